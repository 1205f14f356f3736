"""The engine: whole histories pinned, every refusal with its cure, every event harmless the second time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from greenroom.assess.assessment import AskNext
from greenroom.errors import ConflictError, InputError
from greenroom.interview import engine
from greenroom.interview.engine import (
    Answered,
    Assessed,
    Ended,
    Event,
    FollowUpTaken,
    NextTaken,
    RedoTaken,
    SelfRated,
    Skipped,
    apply,
    start,
)
from greenroom.interview.session import Planned, Session, Setup

START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
PLAN = tuple(Planned(question_id=q, ask=f"What is {q}?") for q in ("attention", "training", "hci"))
ASK_B = AskNext(point_id="b", ask="And b?")


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def begin(mode: str = "drill", plan: tuple[Planned, ...] = PLAN, **setup: Any) -> Session:
    return start("s", Setup.model_validate({"mode": mode, **setup}), plan, 7, START)


def play(session: Session, *events: Event) -> Session:
    for event in events:
        session = apply(session, event)
    return session


def answered(turn: str, minute: float, answer: str | None = None) -> Answered:
    return Answered(turn_id=turn, answer_id=answer or f"answer-{turn}", at=at(minute))


def assessed(turn: str, minute: float, ask: AskNext | None = None) -> Assessed:
    return Assessed(answer_id=f"answer-{turn}", next_ask=ask, at=at(minute))


def rated(turn: str, rating: int | None = 3) -> SelfRated:
    return SelfRated(turn_id=turn, rating=rating)


def asked(session: Session) -> list[tuple[str, str, str, str | None, str | None, float]]:
    minutes = [(turn.asked_at - START).total_seconds() / 60 for turn in session.turns]
    return [(t.turn_id, t.kind, t.question_id, t.point_id, t.redo_of, m) for t, m in zip(session.turns, minutes, strict=True)]


def test_a_drill_from_beginning_to_end() -> None:
    session = play(
        begin(),
        answered("t1", 2), rated("t1"), assessed("t1", 2.1, ASK_B), FollowUpTaken(turn_id="t1", at=at(3)),
        answered("t2", 4), rated("t2", 4), assessed("t2", 4.1, ASK_B), RedoTaken(turn_id="t1", at=at(5)),
        answered("t3", 7), rated("t3", None), assessed("t3", 7.1), NextTaken(at=at(8)),
        Skipped(turn_id="t4", at=at(9)), answered("t5", 11), NextTaken(at=at(12)),
    )  # fmt: skip
    assert asked(session) == [
        ("t1", "question", "attention", None, None, 0),
        ("t2", "follow_up", "attention", "b", None, 3),
        ("t3", "redo", "attention", None, "t1", 5),
        ("t4", "question", "training", None, None, 8),
        ("t5", "question", "hci", None, None, 9),
    ]
    assert [(turn.self_rating, turn.rating_declined) for turn in session.turns] == [
        (3, False),
        (4, False),
        (None, True),
        (None, False),
        (None, False),
    ]
    assert [turn.next_ask for turn in session.turns] == [ASK_B, None, None, None, None]
    assert (session.ended_at, session.plan, session.current) == (at(12), (), None)
    back = [engine.follows(session, turn) for turn in session.turns]
    assert [turn.turn_id if turn else None for turn in back] == [None, "t1", "t1", None, None]


def test_a_mock_goes_straight_on_and_ends_with_its_plan() -> None:
    session = play(begin("mock"), answered("t1", 2), assessed("t1", 2.1, ASK_B), Skipped(turn_id="t2", at=at(3)), answered("t3", 6))
    assert asked(session) == [
        ("t1", "question", "attention", None, None, 0),
        ("t2", "question", "training", None, None, 2),
        ("t3", "question", "hci", None, None, 3),
    ]
    assert session.ended_at == at(6)
    assert not session.may_show_score(session.turns[0])
    late = play(session, assessed("t3", 7), rated("t1", 5))
    assert late.turns[2].assessed_at == at(7)
    assert late.may_show_score(late.turns[0])


def test_a_running_mock_shows_no_score_even_when_rated() -> None:
    session = play(begin("mock"), answered("t1", 2), rated("t1", 5), assessed("t1", 2.1))
    assert not session.may_show_score(session.turns[0])
    assert apply(session, rated("t1", 2)).turns[0].self_rating == 2  # nothing was seen: one may think again


def test_a_timed_mock_takes_the_last_answer_whole() -> None:
    session = play(begin("mock", minutes=5), answered("t1", 4.9))
    assert session.current is not None
    session = apply(session, answered("t2", 11))
    assert session.turns[1].answered_at == at(11)
    assert (session.ended_at, len(session.plan)) == (at(11), 1)


def test_a_timed_mock_ends_at_its_minute_exactly() -> None:
    assert play(begin("mock", minutes=5), answered("t1", 5)).ended
    assert not play(begin("mock", minutes=5), answered("t1", 4.99)).ended


def test_a_review_asks_single_points_without_follow_ups() -> None:
    plan = (Planned(question_id="hci", ask="And a?", point_id="a"), Planned(question_id="hci", ask="And b?", point_id="b"))
    session = play(begin("review", plan), answered("t1", 1), rated("t1"), assessed("t1", 1.1, ASK_B))
    assert session.turns[0].next_ask is None
    with pytest.raises(ConflictError):
        apply(session, FollowUpTaken(turn_id="t1", at=at(2)))
    session = play(session, RedoTaken(turn_id="t1", at=at(2)), answered("t2", 3), NextTaken(at=at(4)))
    assert asked(session)[1:] == [("t2", "redo", "hci", "a", "t1", 2), ("t3", "question", "hci", "b", None, 4)]


def test_a_form_is_kept_in_follow_up_and_redo() -> None:
    plan = (Planned(question_id="hci", ask="In other words?", form="In other words?"),)
    session = play(begin("drill", plan), answered("t1", 1), rated("t1"), assessed("t1", 1.1, ASK_B), FollowUpTaken(turn_id="t1", at=at(2)))
    session = play(session, Skipped(turn_id="t2", at=at(3)), RedoTaken(turn_id="t1", at=at(4)))
    assert [(turn.ask, turn.form) for turn in session.turns[1:]] == [("And b?", "In other words?"), ("In other words?", "In other words?")]


def test_skipping_a_follow_up_leads_back_to_the_feedback() -> None:
    session = play(begin(), answered("t1", 2), rated("t1"), assessed("t1", 2.1, ASK_B), FollowUpTaken(turn_id="t1", at=at(3)))
    session = apply(session, Skipped(turn_id="t2", at=at(4)))
    assert (session.current, session.ended, len(session.plan)) == (None, False, 2)
    assert apply(session, NextTaken(at=at(5))).turns[2].question_id == "training"


def test_the_follow_up_belongs_to_the_newest_answer() -> None:
    session = play(begin(), answered("t1", 2), rated("t1"), assessed("t1", 2.1, ASK_B), RedoTaken(turn_id="t1", at=at(3)))
    skipped = play(session, Skipped(turn_id="t2", at=at(4)), FollowUpTaken(turn_id="t1", at=at(5)))
    back = engine.follows(skipped, skipped.turns[2])
    assert back is not None and back.turn_id == "t1"
    again = play(session, answered("t2", 4), rated("t2"), assessed("t2", 4.1, ASK_B))
    with pytest.raises(ConflictError, match="answered again since"):
        apply(again, FollowUpTaken(turn_id="t1", at=at(5)))
    taken = apply(again, FollowUpTaken(turn_id="t2", at=at(5)))
    back = engine.follows(taken, taken.turns[2])
    assert back is not None and back.turn_id == "t2"


def test_an_open_question_stays_unanswered_when_the_rehearsal_is_ended() -> None:
    session = apply(begin(), Ended(at=at(1)))
    assert (session.ended_at, session.current, session.turns[0].open, len(session.plan)) == (at(1), None, True, 2)


def test_late_news_still_arrives_after_the_end() -> None:
    session = play(begin(), answered("t1", 2), Ended(at=at(3)), assessed("t1", 4, ASK_B), rated("t1"))
    assert (session.turns[0].assessed_at, session.turns[0].self_rating, session.ended_at) == (at(4), 3, at(3))


def test_an_empty_plan_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        begin(plan=())
    assert caught.value.hint


ONE_ANSWERED = (answered("t1", 2), rated("t1"), assessed("t1", 2.1, ASK_B))
REFUSED: dict[str, tuple[str, tuple[Event, ...], Event]] = {
    "unknown turn": ("drill", (), Skipped(turn_id="t9", at=at(1))),
    "another answer": ("drill", (answered("t1", 1),), answered("t1", 2, "other")),
    "one answer for two turns": ("mock", (answered("t1", 1),), answered("t2", 2, "answer-t1")),
    "answer after skip": ("mock", (Skipped(turn_id="t1", at=at(1)),), answered("t1", 2)),
    "answer after the end": ("drill", (Ended(at=at(1)),), answered("t1", 2)),
    "skip after answer": ("drill", (answered("t1", 1),), Skipped(turn_id="t1", at=at(2))),
    "skip after the end": ("drill", (Ended(at=at(1)),), Skipped(turn_id="t1", at=at(2))),
    "rating an open question": ("drill", (), rated("t1")),
    "rating a skipped question": ("drill", (Skipped(turn_id="t1", at=at(1)),), rated("t1")),
    "rating after the score": ("drill", ONE_ANSWERED, rated("t1", 5)),
    "rating after having declined": ("drill", (answered("t1", 2), rated("t1", None), assessed("t1", 2.1)), rated("t1", 5)),
    "assessment of nothing": ("drill", (), assessed("t1", 1)),
    "follow-up before the answer": ("drill", (), FollowUpTaken(turn_id="t1", at=at(1))),
    "follow-up before the rating": ("drill", (answered("t1", 2), assessed("t1", 2.1, ASK_B)), FollowUpTaken(turn_id="t1", at=at(3))),
    "follow-up that was not proposed": ("drill", (answered("t1", 2), rated("t1")), FollowUpTaken(turn_id="t1", at=at(3))),
    "follow-up in a mock": ("mock", ONE_ANSWERED, FollowUpTaken(turn_id="t1", at=at(3))),
    "follow-up of a question gone by": (
        "drill",
        (*ONE_ANSWERED, NextTaken(at=at(3)), answered("t2", 4)),
        FollowUpTaken(turn_id="t1", at=at(5)),
    ),
    "follow-up after the end": ("drill", (*ONE_ANSWERED, Ended(at=at(3))), FollowUpTaken(turn_id="t1", at=at(4))),
    "redo of an open question": ("drill", (), RedoTaken(turn_id="t1", at=at(1))),
    "redo of a skipped follow-up": (
        "drill",
        (*ONE_ANSWERED, FollowUpTaken(turn_id="t1", at=at(3)), Skipped(turn_id="t2", at=at(4))),
        RedoTaken(turn_id="t2", at=at(5)),
    ),
    "redo in a mock": ("mock", (answered("t1", 1),), RedoTaken(turn_id="t1", at=at(2))),
    "redo while another is open": ("drill", (*ONE_ANSWERED, FollowUpTaken(turn_id="t1", at=at(3))), RedoTaken(turn_id="t1", at=at(4))),
    "next after an unknown turn": ("drill", (), NextTaken(at=at(1), after="t9")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_with_a_cure(case: str) -> None:
    mode, before, event = REFUSED[case]
    session = play(begin(mode), *before)
    with pytest.raises(ConflictError) as caught:
        apply(session, event)
    assert caught.value.message.endswith(".") and caught.value.hint.endswith(".")


@pytest.mark.parametrize("rating", [0, 6, -1, 99])
def test_a_rating_off_the_scale_is_refused(rating: int) -> None:
    with pytest.raises(InputError, match="1 to 5"):
        play(begin(), answered("t1", 1), rated("t1", rating))


def test_events_carry_their_time_zone() -> None:
    with pytest.raises(ValueError, match="timezone"):
        Ended(at=datetime(2026, 3, 2))  # noqa: DTZ001


REPEATED: dict[str, tuple[tuple[Event, ...], Event]] = {
    "answer": ((), answered("t1", 1)),
    "answer, later": ((answered("t1", 1),), answered("t1", 9)),
    "skip": ((), Skipped(turn_id="t1", at=at(1))),
    "rating": ((answered("t1", 1),), rated("t1")),
    "rating, after the score": (ONE_ANSWERED, rated("t1")),
    "declined rating": ((answered("t1", 1),), rated("t1", None)),
    "assessment": ((answered("t1", 1),), assessed("t1", 2, ASK_B)),
    "follow-up": (ONE_ANSWERED, FollowUpTaken(turn_id="t1", at=at(3))),
    "follow-up, answered": (
        (*ONE_ANSWERED, FollowUpTaken(turn_id="t1", at=at(3)), answered("t2", 4)),
        FollowUpTaken(turn_id="t1", at=at(5)),
    ),
    "redo": (ONE_ANSWERED, RedoTaken(turn_id="t1", at=at(3))),
    "redo, answered": ((*ONE_ANSWERED, RedoTaken(turn_id="t1", at=at(3)), answered("t2", 4)), RedoTaken(turn_id="t1", at=at(5))),
    "next": (ONE_ANSWERED, NextTaken(at=at(3))),
    "next, naming the turn": (ONE_ANSWERED, NextTaken(at=at(3), after="t1")),
    "end": (ONE_ANSWERED, Ended(at=at(3))),
    "end, later": ((Ended(at=at(1)),), Ended(at=at(3))),
}


@pytest.mark.parametrize("case", REPEATED)
def test_a_double_click_changes_nothing_more(case: str) -> None:
    before, event = REPEATED[case]
    once = play(begin(), *before, event)
    assert apply(once, event) is once


def test_a_late_next_does_not_pass_over_a_newer_question() -> None:
    session = play(begin(), answered("t1", 1), NextTaken(at=at(2), after="t1"), answered("t2", 3))
    assert apply(session, NextTaken(at=at(4), after="t1")) is session
    # Control: without the turn's name the same click cannot be told from a new one, and goes on.
    assert apply(session, NextTaken(at=at(4))).turns[-1].turn_id == "t3"


def test_without_its_check_the_engine_would_take_an_answer_to_a_skipped_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control for the refusals above: they come from the check, not from the test's choice of events."""
    monkeypatch.setattr(engine, "_check_open", lambda session, turn: None)
    session = play(begin("mock"), Skipped(turn_id="t1", at=at(1)), answered("t1", 2))
    assert session.turns[0].answer_id is not None and session.turns[0].skipped_at is not None


def test_a_session_survives_json_at_every_step() -> None:
    session = begin()
    for event in (*ONE_ANSWERED, FollowUpTaken(turn_id="t1", at=at(3)), answered("t2", 4), NextTaken(at=at(5))):
        session = apply(Session.model_validate_json(session.model_dump_json()), event)
    assert [turn.turn_id for turn in session.turns] == ["t1", "t2", "t3"]


def test_a_question_is_taken_up_again_twenty_times_at_most() -> None:
    session = play(begin(), answered("t1", 1))
    for n in range(1, 21):
        session = play(session, RedoTaken(turn_id=f"t{n}", at=at(2)), answered(f"t{n + 1}", 3))
    with pytest.raises(ConflictError) as caught:
        apply(session, RedoTaken(turn_id="t21", at=at(4)))
    assert caught.value.hint and len(session.turns) == 21
    assert apply(session, RedoTaken(turn_id="t3", at=at(4))) == session, "a repetition stays one"


@pytest.mark.parametrize(
    "many", [{"topics": ("a",) * 51}, {"question_ids": ("a",) * 51}, {"topics": ("a" * 65,)}, {"question_ids": ("a" * 65,)}]
)
def test_a_setup_names_no_more_than_can_be_asked(many: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValueError):
        Setup(**many)
