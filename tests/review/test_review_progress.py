"""Progress over a small history, every figure pinned."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from greenroom.assess.assessment import Assessment, Grader, PointVerdict, Verdict
from greenroom.bank.question import KeyPoint, ModelAnswers, Question
from greenroom.interview.attempt import Attempt
from greenroom.interview.engine import Answered, Assessed, Ended, RedoTaken, SelfRated, apply, start
from greenroom.interview.session import Planned, Session, Setup
from greenroom.review.card import ReviewCard
from greenroom.review.past import Entry, Past, make_entries
from greenroom.review.progress import Progress, by_question, make_progress
from greenroom.review.schedule import RATINGS, schedule
from greenroom.review.seen import SeenAnswer, SeenJudgement, SeenPoint, SeenSession

START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


def question(question_id: str, topic: str) -> Question:
    weights = {"a": 3, "b": 2, "c": 1}
    points = tuple(KeyPoint(id=i, point=f"Point {i}.", weight=w, says=("x",), because="So.", source="src") for i, w in weights.items())
    answers = ModelAnswers(plain="Plainly.", technical="Technically.")
    ask = f"What is {question_id}?"
    return Question(
        id=question_id,
        topic=topic,
        level="foundation",
        kind="knowledge",
        ask=ask,
        listens_for="All.",
        key_points=points,
        model_answers=answers,
    )


BANK = (question("hci", "hci"), question("hci-2", "hci"), question("ethics", "ethics"))


def judged(verdicts: str, overall: float | None = 50.0, status: str = "assessed") -> Assessment:
    points = [PointVerdict(id=i, verdict=Verdict(v), decided_by="test") for i, v in zip("abc", verdicts.split(), strict=False)]
    who = Grader(name="test", version="1")
    return Assessment.model_validate(
        {"question_id": "hci", "status": status, "rubric_hash": "0", "grader": who, "overall": overall, "band": 3, "points": points}
    )


class Diary:
    """Rehearsals as they were held."""

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.attempts: list[Attempt] = []
        self.cards: dict[str, ReviewCard] = {}

    def rehearse(
        self, at: datetime, question_id: str, *answers: tuple[Assessment | None, int | None], mode: str = "drill", **how: Any
    ) -> None:
        """One question; each answer after the first is a redo. ``rate=False``: no self-rating yet; ``end=False``: still going on."""
        name = f"s{len(self.sessions)}"
        plan = (Planned(question_id=question_id, ask="?", point_id=how.get("point_id")), Planned(question_id="hci", ask="?"))
        session = start(name, Setup.model_validate({"mode": mode}), plan, 1, at)
        for n, (assessment, rating) in enumerate(answers, 1):
            if n > 1:
                session = apply(session, RedoTaken(turn_id=f"t{n - 1}", at=at))
            answer_id = f"{name}-{n}"
            session = apply(session, Answered(turn_id=f"t{n}", answer_id=answer_id, at=at))
            session = apply(session, SelfRated(turn_id=f"t{n}", rating=rating)) if how.get("rate", True) else session
            session = apply(session, Assessed(answer_id=answer_id, next_ask=None, at=at)) if assessment else session
            new, _ = schedule(self.cards, question_id, assessment, answer_id, at) if assessment else ([], [])
            self.cards |= {card.point_id: card for card in new}
            self.attempts.append(
                Attempt(
                    answer_id=answer_id, session_id=name, turn_id=f"t{n}", question_id=question_id, point_id=how.get("point_id"), ask="?",
                    text="words", answered_at=at + timedelta(minutes=n), assessment=assessment,
                )
            )  # fmt: skip
        self.sessions.append(apply(session, Ended(at=at)) if how.get("end", True) else session)

    def progress(self, now: datetime = START + timedelta(days=9)) -> Progress:
        found = make_progress(BANK, self.past(now), self.cards.values(), now)
        assert Progress.model_validate_json(found.model_dump_json()) == found
        return found

    def entries(self) -> list[Entry]:
        sessions = [SeenSession.model_validate_json(session.model_dump_json()) for session in self.sessions]
        return make_entries(map(seen, self.attempts), sessions)

    def past(self, now: datetime = START) -> Past:
        return Past(BANK, now.tzinfo).reach(self.entries(), len(self.sessions))


def seen(attempt: Attempt) -> SeenAnswer:
    """As the store reads it: what was judged comes from the history of reviews."""
    found = attempt.assessment
    points = [p for p in found.points if p.verdict in RATINGS] if found and found.status == "assessed" else []
    judgement = (
        SeenJudgement(found.overall, tuple(SeenPoint(f"{attempt.question_id}/{p.id}", p.verdict) for p in points)) if found else None
    )
    return SeenAnswer(
        attempt.answer_id,
        attempt.session_id,
        attempt.turn_id,
        attempt.question_id,
        attempt.point_id,
        attempt.ask,
        attempt.answered_at,
        judgement,
    )


@pytest.fixture
def diary() -> Diary:
    return Diary()


def mastery(progress: Progress) -> dict[str, tuple[float | None, int, int]]:
    return {topic.topic: (topic.mastery, topic.seen, topic.total) for topic in progress.topics}


def test_nobody_has_begun(diary: Diary) -> None:
    progress = diary.progress()
    assert mastery(progress) == {"hci": (None, 0, 6), "ethics": (None, 0, 3)}
    assert {point.mastery for topic in progress.topics for point in topic.points} == {None}
    assert (progress.history, progress.days, progress.due, progress.next_due_at, progress.answers) == ((), (), 0, None, 0)
    assert (progress.calibration.count, progress.calibration.mean_difference) == (0, None)


def test_mastery_is_the_weighted_credit_when_last_seen(diary: Diary) -> None:
    diary.rehearse(START, "hci", (judged("missed hit wrong"), 3))
    diary.rehearse(START + timedelta(days=1), "hci", (judged("hit partial unscored"), 3))
    progress = diary.progress()
    rows = [(p.point_id, p.mastery, p.verdict, p.times) for p in progress.topics[0].points[:4]]
    assert rows == [
        ("hci/a", 1.0, Verdict.HIT, 2),
        ("hci/b", 0.5, Verdict.PARTIAL, 2),
        ("hci/c", 0.0, Verdict.WRONG, 1),  # not judged the second time: the first still stands
        ("hci-2/a", None, None, 0),
    ]
    assert mastery(progress)["hci"] == ((3 * 1 + 2 * 0.5) / 6, 3, 6)
    assert by_question(progress) == {"hci": (3 * 1 + 2 * 0.5) / 6, "hci-2": None, "ethics": None}, "of its own points, not its topic's"


def test_history_and_calibration_are_of_whole_answers(diary: Diary) -> None:
    diary.rehearse(START, "hci", (judged("missed", 30.0), 4), (judged("hit", 70.0), None))
    diary.rehearse(START + timedelta(days=1), "ethics", (judged("hit", 90.0), 4))
    diary.rehearse(START + timedelta(days=2), "hci", (judged("hit", 100.0), 1), mode="review", point_id="a")
    diary.rehearse(START + timedelta(days=3), "hci", (judged("", None, "abstained"), 5))
    progress = diary.progress()
    assert [(p.question_id, p.kind, p.overall, p.self_rating, p.difference) for p in progress.history] == [
        ("hci", "question", 30.0, 4, 50.0),
        ("hci", "redo", 70.0, None, None),
        ("ethics", "question", 90.0, 4, -10.0),
        ("hci", "question", None, 5, None),
    ]
    assert (progress.calibration.count, progress.calibration.mean_difference) == (2, 20.0)
    assert progress.calibration.says == "You rate yourself 20 of 100 higher than the scores, on average."
    assert (progress.sessions, progress.answers) == (4, 5)


@pytest.mark.parametrize(
    ("rating", "says"),
    [(1, "You rate yourself 30 of 100 lower than the scores, on average."), (3, "You rate yourself about as the scores do.")],
)
def test_calibration_is_said_in_words(diary: Diary, rating: int, says: str) -> None:
    diary.rehearse(START, "hci", (judged("partial", 50.0 + (5 if rating == 3 else 0)), rating))
    assert diary.progress().calibration.says == says


def test_hidden_scores_do_not_leak(diary: Diary) -> None:
    diary.rehearse(START, "hci", (judged("hit hit hit", 91.0), 3), mode="mock", end=False)
    diary.rehearse(START, "ethics", (judged("hit hit hit", 92.0), None), rate=False)
    progress = diary.progress()
    assert mastery(progress) == {"hci": (None, 0, 6), "ethics": (None, 0, 3)}
    assert (progress.history, progress.calibration.count, progress.answers) == ((), 0, 2)
    diary.sessions = []  # control: without the sessions' veto the same answers count
    assert [past.overall for past in diary.progress().history] == [91.0, 92.0]


def test_days_are_those_of_the_clock_on_the_wall(diary: Diary) -> None:
    diary.rehearse(datetime(2026, 3, 2, 23, 30, tzinfo=UTC), "hci", (judged("hit"), 3))
    diary.rehearse(datetime(2026, 3, 3, 6, 0, tzinfo=UTC), "hci", (judged("hit"), 3))
    assert diary.progress().days == (date(2026, 3, 2), date(2026, 3, 3))
    assert diary.progress(datetime(2026, 3, 9, tzinfo=timezone(timedelta(hours=2)))).days == (date(2026, 3, 3),)


def test_what_is_due_and_what_is_next(diary: Diary) -> None:
    diary.rehearse(START, "hci", (judged("missed hit hit"), 3))
    diary.cards["gone/a"] = diary.cards["hci/a"].model_copy(update={"point_id": "gone/a"})  # its question has left the bank
    progress = diary.progress(START + timedelta(days=1))
    assert (progress.due, progress.next_due_at) == (1, START + timedelta(days=2))
    assert progress.topics[0].points[0].due_at == START + timedelta(days=1)
    assert diary.progress(START).due == 0


def test_answers_to_a_question_that_left_the_bank_stay_in_the_history(diary: Diary) -> None:
    diary.rehearse(START, "gone", (judged("hit hit hit", 80.0), 4))
    progress = diary.progress()
    assert [(past.question_id, past.topic, past.overall) for past in progress.history] == [("gone", None, 80.0)]
    assert mastery(progress)["hci"] == (None, 0, 6)


def test_an_answer_that_waits_counts_as_given_and_as_nothing_else(diary: Diary) -> None:
    diary.rehearse(START, "hci", (None, 3))
    progress = diary.progress()
    assert (progress.answers, progress.days, progress.history) == (1, (date(2026, 3, 2),), ())
