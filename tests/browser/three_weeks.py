"""Three weeks of somebody preparing, made by a seeded candidate who learns: what every page looks like after real use.

Each day but the rest days: what is due, then two new questions, with a redo or a follow-up now and then; two mocks; a story, a company, a
job text, a CV and questions of one's own. Answers are put together from the bank's own phrasings: more of them each week, sometimes with
a misconception.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from greenroom.builtin import Builtin
from greenroom.interview.attempt import Submission
from greenroom.interview.session import Setup
from greenroom.prep.company import Company
from greenroom.prep.profile import Profile
from greenroom.room import LOCAL_OWNER, Parts, Room
from greenroom.settings import Settings

DAYS, REST, MOCKS = 21, (6, 13), (10, 18)
STARTS = datetime(2026, 10, 5, 17, 30, tzinfo=UTC)
STORY = (
    "Last spring the search of our help centre found the wrong article for one question in three. "
    "I was asked to make it useful before the summer. "
    "I labelled two hundred questions with a colleague, added a keyword index beside the vectors and measured both every night. "
    "In the end the right article came first for 84 percent of the questions instead of 61. I learned to label before I tune."
)
JOB = (
    "We look for an engineer who builds assistants on large language models.\n"
    "You have experience with retrieval and evaluation of language models.\nYou know prompt injection, guardrails and fine-tuning.\n"
    "We care about latency and cost.\nYou explain trade-offs to people who are not engineers."
)
CV = (
    "Built a retrieval pipeline for 40,000 support articles.\nFine-tuned a 7B model with LoRA for classification.\n"
    "Cut the cost of inference by 35 percent."
)


class Days:
    """A clock that is set forward by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class Candidate:
    """Who says a share of the points that grows from day to day, and rates themselves with some hope."""

    def __init__(self, room: Room, clock: Days, dice: random.Random) -> None:
        self.room, self.clock, self.dice, self.day = room, clock, dice, 0
        self.knows: dict[str, float] = {}

    def text(self, question_id: str, point_id: str | None) -> str:
        question = self.room.bank.get(question_id)
        points = [point for point in question.key_points if point_id in (None, point.id)]
        share = self.knows[question_id] = min(0.95, self.knows.get(question_id, 0.25 + 0.02 * self.day) + 0.12)
        said = [self.dice.choice(point.says) for point in points if self.dice.random() < share]
        if question.misconceptions and point_id is None and self.dice.random() > share + 0.2:
            said.insert(len(said) // 2, self.dice.choice(self.dice.choice(question.misconceptions).says))
        return " ".join(f"{line.rstrip('.')}." for line in said) or "I would have to look that up, to be honest, I have not worked with it."

    def rehearse(self, setup: Setup) -> str:
        session_id = self.room.interview.start(LOCAL_OWNER, setup).session.session_id
        while (turn := self.room.interview.get(LOCAL_OWNER, session_id).session.turns[-1]).open:
            self.clock.forward(minutes=self.dice.uniform(1.5, 4))
            text = self.text(turn.question_id, turn.point_id)
            given = Submission(submission_id=str(uuid.UUID(int=self.dice.getrandbits(128), version=4)), turn_id=turn.turn_id, text=text)
            receipt = self.room.interview.answer(LOCAL_OWNER, session_id, given)
            found = self.room.interview.wait(LOCAL_OWNER, receipt.answer_id, 60)
            if setup.mode != "mock":
                overall = found.assessment.overall if found.assessment and found.assessment.overall is not None else 40
                self.room.interview.rate(
                    LOCAL_OWNER, session_id, turn.turn_id, round(min(5, max(1, overall / 20 + self.dice.gauss(0.6, 0.8))))
                )
            if setup.mode == "drill" and turn.redo_of is None and turn.point_id is None and self.dice.random() < 0.25:
                self.room.interview.redo(LOCAL_OWNER, session_id, turn.turn_id, self.dice.choice(["minute", "plain", "staff", None]))
                continue
            ended = self.room.interview.next(LOCAL_OWNER, session_id, after=turn.turn_id).session.ended
            if ended:
                break
        if not self.room.interview.get(LOCAL_OWNER, session_id).session.ended:
            self.room.interview.end(LOCAL_OWNER, session_id)
        return session_id

    def live(self, day: int) -> None:
        self.day = day
        if self.room.review.due(LOCAL_OWNER):
            self.rehearse(Setup(mode="review", count=5))
        if day in MOCKS:
            self.rehearse(Setup(mode="mock", plan="phone-screen", clock=False))
        topics = self.room.bank.topics()
        self.rehearse(Setup(mode="drill", question_ids=(topics[day % len(topics)],), count=1))
        self.rehearse(Setup(mode="drill", count=1))


def live_through(home: Path, assessor: str = "literal", more: Mapping[str, Any] | None = None, seed: int = 20261127) -> tuple[Room, Days]:
    """The room on the evening of the last day, three days before the interview. Close it."""
    clock = Days(STARTS)
    settings = Settings(home=home, assessor=assessor)
    dice, draws = random.Random(seed), random.Random(seed)
    given = {"builtin": Builtin(), **(more or {})}
    room = Room(settings, Parts(settings, clock=clock, new_seed=lambda: draws.randrange(2**31), given=given)).open()
    prep = room.prep
    prep.save(
        LOCAL_OWNER,
        Profile(
            role="ML engineer", company="Halden Hospital", level="practitioner", interview_on=(STARTS + timedelta(days=DAYS + 3)).date()
        ),
    )
    prep.company.save(
        LOCAL_OWNER, Company(does="A hospital with nine wards.", llms="Discharge letters are drafted by a model.", stack="Python, vLLM.")
    )
    prep.papers.paste(LOCAL_OWNER, "job", JOB)
    prep.papers.paste(LOCAL_OWNER, "cv", CV)
    prep.plan.choose(LOCAL_OWNER, "job")
    prep.story.add(LOCAL_OWNER, STORY, "The help centre", ("retrieval",))
    prep.asks.add(
        LOCAL_OWNER, "manager", "How do you decide that a drafted letter is good enough for a doctor to sign?", "They draft letters."
    )
    candidate = Candidate(room, clock, dice)
    for day in range(DAYS):
        clock.now = STARTS + timedelta(days=day, minutes=dice.randint(0, 90))
        if day not in REST:
            candidate.live(day)
    return room, clock
