"""Values that the store tests keep and bring back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from greenroom.assess.assessment import Assessment, Grader, PointVerdict, Verdict
from greenroom.interview.attempt import Attempt
from greenroom.interview.session import Session, Setup, Turn
from greenroom.review.card import ReviewCard, ReviewEvent
from greenroom.store.store import Outcome, Store
from greenroom.voice.heard import Take, Word

NOON = datetime(2025, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
OWNER = "local"
HERE = Path(__file__).parent
Change = Callable[[Session], Session]


def at(seconds: float = 0) -> datetime:
    return NOON + timedelta(seconds=seconds)


def make_session(session_id: str = "s1", turns: int = 1, started: float = 0) -> Session:
    asked = [
        Turn(turn_id=f"t{n}", kind="question", question_id="attention", ask="Why attention?", asked_at=at(started)) for n in range(turns)
    ]
    return Session(session_id=session_id, setup=Setup(), seed=7, started_at=at(started), turns=tuple(asked))


def make_attempt(answer_id: str = "a0", turn_id: str = "t0", text: str = "It weighs context.", session_id: str = "s1") -> Attempt:
    return Attempt(
        answer_id=answer_id, session_id=session_id, turn_id=turn_id, question_id="attention",
        ask="Why attention?", text=text, answered_at=at(5), seconds=5.0,
    )  # fmt: skip


def answered(answer_id: str = "a0", turn_id: str = "t0") -> Change:
    """What the engine does to the session, as far as the store cares."""

    def change(session: Session) -> Session:
        turns = [t.model_copy(update={"answer_id": answer_id, "answered_at": at(5)}) if t.turn_id == turn_id else t for t in session.turns]
        return session.model_copy(update={"turns": tuple(turns)})

    return change


def make_take(take_id: str = "a" * 32, turn_id: str = "t0", begun: float = 1) -> Take:
    words = (Word(text=" It", start=0.1, end=0.3, probability=0.9), Word(text=" weighs", start=0.4, end=0.8, probability=0.75))
    return Take(
        take_id=take_id, session_id="s1", turn_id=turn_id, begun_at=at(begun), seconds=2.5, recogniser="Whisper tiny.en", words=words
    )


def make_assessment(overall: float = 50.0, text: str = "It weighs context.") -> Assessment:
    point = PointVerdict(id="p1", verdict=Verdict.HIT, confidence=0.9, decided_by="coverage", quote=text[3:9], span=(3, 9))
    grader = Grader(name="coverage", version="0.1 abc")
    return Assessment(
        question_id="attention", status="assessed", rubric_hash="r" * 16, grader=grader, overall=overall, band=3, points=(point,)
    )


def make_card(point_id: str = "attention/p1", due: float = 60, reviewed: float = 0) -> ReviewCard:
    fsrs = {"card_id": 1, "state": 2, "step": None, "stability": 2.3065, "difficulty": 2.1181, "due": at(due).isoformat()}
    fsrs["last_review"] = at(reviewed).isoformat()
    return ReviewCard(point_id=point_id, due_at=at(due), last_verdict=Verdict.HIT, reviewed_at=at(reviewed), fsrs=fsrs)


def make_event(answer_id: str = "a0", point_id: str = "attention/p1", reviewed: float = 0) -> ReviewEvent:
    return ReviewEvent(point_id=point_id, verdict=Verdict.HIT, reviewed_at=at(reviewed), answer_id=answer_id)


def submit(store: Store, answer_id: str = "a0", turn_id: str = "t0", text: str = "It weighs context.", owner_id: str = OWNER) -> bool:
    return store.add_answer(owner_id, make_attempt(answer_id, turn_id, text), answered(answer_id, turn_id), 1000)[2]


def judge(store: Store, worker: str = "w") -> bool:
    """Claim one and finish it, with its card and event."""
    claimed = store.claim(worker, at(6), 15)
    assert claimed is not None
    owner_id, attempt = claimed
    outcome = {"cards": [make_card()], "events": [make_event(attempt.answer_id)]}
    return store.finish(owner_id, attempt.answer_id, worker, Outcome(make_assessment(text=attempt.text), at(7), change=None, **outcome))
