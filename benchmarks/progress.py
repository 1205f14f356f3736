"""How long a person with a long past waits for the progress page: 5,000 answers of 1,250 rehearsals over a year.

In one process, over the real store (SQLite in a folder of its own), with the bank loaded and put out of the collector's way as the server
does: the page as it is for the first time, after one more answer, and again. Beside it what the same costs with the whole answers read
(texts, quotes, reasons), as every other page that needs them does. Processor time, so that a busy machine can tell too; one thread does it
all, so on an idle one it is the time one waits.
"""

from __future__ import annotations

import gc
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.public import Options
from benchmarks.tables import Report
from greenroom.assess.assessment import Assessment, Grader, PointVerdict, Verdict, Why
from greenroom.bank.question import Question
from greenroom.interview.attempt import Attempt
from greenroom.interview.session import Session, Setup, Turn
from greenroom.prep.profile import Profile
from greenroom.review.card import ReviewCard
from greenroom.review.schedule import schedule
from greenroom.room import LOCAL_OWNER, Parts, Room
from greenroom.settings import Settings

ANSWERS, A_SESSION, DAYS, TIMES = 5_000, 4, 365, 9
NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


def run(chosen: Options) -> Report:
    from greenroom.web.progress.pages import page_of

    report, count = Report("progress"), chosen.rows or ANSWERS
    with tempfile.TemporaryDirectory() as home:
        room = Room(Settings(home=Path(home)), Parts(Settings(home=Path(home)), clock=lambda: NOW), assess=False)
        with room:
            fill(room, count)
            gc.collect()
            gc.freeze()
            store, pasts = room._parts.store.get(), room._parts.pasts
            size = len(page_of(room, LOCAL_OWNER).body) / 1000  # the templates are read
            again = timed(lambda: page_of(room, LOCAL_OWNER))
            first = timed(lambda: page_of(room, LOCAL_OWNER), before=lambda: pasts.forget(LOCAL_OWNER))
            more = iter(list(_rehearsals(room, TIMES * A_SESSION, random.Random(2), more=True)))
            after = timed(lambda: page_of(room, LOCAL_OWNER), before=lambda: _keep(room, [next(more)], {}))
            whole = timed(lambda: store.list_attempts(LOCAL_OWNER, limit=100_000))
            gc.unfreeze()
    report.say(f"### Progress with {count:,} answers")
    rows = [["the page, first time", *first], ["after another rehearsal", *after], ["again", *again]]
    report.table(
        ["", "processor ms, median", "slowest", "aim"],
        [*([*row, "≤ 150"] for row in rows), ["reading the whole answers instead", *whole, None]],
    )
    report.say(f"The page has {size:.0f} kB.")
    return report


def timed(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> list[float]:
    spent = []
    for _ in range(TIMES):
        before()
        begun = time.process_time()
        work()
        spent.append(1000 * (time.process_time() - begun))
    return [round(sorted(spent)[TIMES // 2], 1), round(max(spent), 1)]


def fill(room: Room, count: int) -> None:
    """A year of rehearsals that slowly get better; the same every time."""
    room._parts.store.get().save_profile(LOCAL_OWNER, Profile(interview_on=date(2026, 12, 20)))
    _keep(room, _rehearsals(room, count, random.Random(1)), {})


def _keep(room: Room, rehearsals: Iterable[tuple[Session, list[Attempt]]], cards: dict[str, ReviewCard]) -> None:
    from greenroom.store import answers, reviews, sessions, tables

    rows: list[dict[str, object]] = []
    with room._parts.store.get().database.write(LOCAL_OWNER) as connection:
        for session, attempts in rehearsals:
            sessions.put_session(connection, LOCAL_OWNER, session)
            for attempt in attempts:
                assert attempt.assessment is not None
                answers.put(connection, LOCAL_OWNER, attempt)
                new, events = schedule({}, attempt.question_id, attempt.assessment, attempt.answer_id, attempt.answered_at)
                cards |= {card.point_id: card for card in new}
                rows += [{"owner_id": LOCAL_OWNER, **event.model_dump(), "verdict": event.verdict.value} for event in events]
        connection.execute(tables.events.insert(), rows)
        reviews.put_cards(connection, LOCAL_OWNER, cards.values())


def _rehearsals(room: Room, count: int, dice: random.Random, *, more: bool = False) -> Iterator[tuple[Session, list[Attempt]]]:
    """Over the year before ``NOW``; with ``more``, one a minute after it."""
    questions = room.bank.questions()
    for number in range(count // A_SESSION):
        share, name = number / (count // A_SESSION), f"more{number}" if more else f"{number}"
        at = NOW + timedelta(minutes=number) if more else NOW - timedelta(days=DAYS) + timedelta(days=DAYS) * share
        chosen = [dice.choice(questions) for _ in range(A_SESSION)]
        turns = tuple(
            Turn(
                turn_id=f"t{n}", kind="question", question_id=q.id, ask=q.ask, asked_at=at, answer_id=f"a{name}-{n}", answered_at=at,
                self_rating=dice.randint(1, 5), assessed_at=at,
            )
            for n, q in enumerate(chosen, 1)
        )  # fmt: skip
        ended_at = at + timedelta(minutes=20)
        session = Session(session_id=f"s{name}", setup=Setup(), seed=1, started_at=at, ended_at=ended_at, turns=turns)
        given = [
            Attempt(
                answer_id=f"a{name}-{n}", session_id=session.session_id, turn_id=turn.turn_id, question_id=q.id, ask=q.ask,
                text="One sentence of an answer, as they are. " * 15, answered_at=at + timedelta(seconds=n), seconds=90, status="done",
                assessed_at=at, assessment=_judged(q, share, dice),
            )
            for n, (turn, q) in enumerate(zip(turns, chosen, strict=True), 1)
        ]  # fmt: skip
        yield session, given


def _judged(question: Question, skill: float, dice: random.Random) -> Assessment:
    points = []
    for point in question.points():
        verdict = dice.choices((Verdict.HIT, Verdict.PARTIAL, Verdict.MISSED), (0.2 + skill, 0.3, 1 - 0.7 * skill))[0]
        quoted: dict[str, Any] = {"quote": "One sentence of an answer", "span": (0, 25)} if verdict is not Verdict.MISSED else {}
        why = Why(nearest=point.says[0], score=0.5, threshold=0.6)
        points.append(PointVerdict(id=point.id, verdict=verdict, confidence=0.8, decided_by="reader", why=why, **quoted))
    overall = 100 * sum(p.verdict is Verdict.HIT for p in points) / len(points)
    return Assessment(
        question_id=question.id, status="assessed", rubric_hash="0" * 16, grader=Grader(name="benchmark", version="1"),
        overall=overall, band=1, points=tuple(points),
    )  # fmt: skip
