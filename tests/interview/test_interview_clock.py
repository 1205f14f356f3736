"""Complaint: "cut off while thinking". And the bad input of a room with a clock: one that jumps, a pause, an answer of an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from greenroom.errors import ConflictError
from greenroom.interview.course import clock
from greenroom.interview.engine import (
    Answered,
    Assessed,
    Ended,
    Event,
    NextTaken,
    Paused,
    Resumed,
    Skipped,
    ThinkingTaken,
    Typed,
    apply,
    start,
)
from greenroom.interview.interviewer import speak
from greenroom.interview.lines import LINES
from greenroom.interview.session import Planned, Session, Setup

START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def begin(count: int = 4, **setup: Any) -> Session:
    plan = tuple(Planned(question_id=f"q{n}", ask=f"Q{n}?") for n in range(count))
    return start("s", Setup.model_validate({"mode": "mock", **setup}), plan, 7, START)


def play(session: Session, *events: Event) -> Session:
    for event in events:
        session = apply(session, event)
    return session


def answered(turn: str, minute: float) -> Answered:
    return Answered(turn_id=turn, answer_id=f"a-{turn}", at=at(minute))


def test_complaint_cut_off_while_thinking() -> None:
    session = apply(begin(minutes=5), ThinkingTaken(turn_id="t1", at=at(1)))
    assert speak(session) in LINES["thinking"] and session.current is not None
    assert apply(session, ThinkingTaken(turn_id="t1", at=at(2))) is session
    late = play(session, Typed(turn_id="t1", at=at(9)), answered("t1", 14))
    assert late.turns[0].answered_at == at(14), "taken whole, long after the time was up"
    assert clock.thought(late, late.turns[0]) == 9 * 60
    with pytest.raises(ConflictError):
        apply(late, ThinkingTaken(turn_id="t9", at=at(15)))


def test_complaint_cut_off_while_thinking_control() -> None:
    """The clock is a real one: after the answer that came late nothing more is asked, after one in time the next question is."""
    late = play(begin(minutes=5), ThinkingTaken(turn_id="t1", at=at(1)), Typed(turn_id="t1", at=at(9)), answered("t1", 14))
    assert late.ended and len(late.plan) == 3
    soon = play(begin(minutes=5), ThinkingTaken(turn_id="t1", at=at(1)), answered("t1", 2))
    assert soon.current is not None and soon.current.turn_id == "t2"


def test_a_pause_stops_the_clock_and_survives_json() -> None:
    session = play(begin(minutes=10), Paused(at=at(3)))
    assert session.paused_at == at(3) and speak(session) in LINES["pause"]
    assert apply(session, Paused(at=at(4))) is session
    session = apply(Session.model_validate_json(session.model_dump_json()), Resumed(at=at(63)))
    assert session.ends_at == at(70) and session.paused_at is None
    assert apply(session, Resumed(at=at(64))) is session
    assert clock.spent(session, session.turns[0], at(65)) == 5 * 60
    assert speak(play(session, Paused(at=at(66)))) not in (speak(play(begin(minutes=10), Paused(at=at(3)))), "")


def test_an_interview_lasted_as_long_as_it_ran() -> None:
    session = play(begin(), Paused(at=at(2)), Resumed(at=at(32)), Ended(at=at(35)))
    assert clock.lasted(session) == 5 * 60 and clock.lasted(begin()) is None


def test_whoever_answers_is_back_from_the_pause() -> None:
    """Two tabs: paused in one, answered in the other."""
    session = play(begin(minutes=10), Paused(at=at(1)), answered("t1", 31))
    assert session.paused_at is None and session.turns[0].answer_id == "a-t1" and session.ends_at == at(40)


def test_a_draft_on_its_way_does_not_end_a_pause() -> None:
    session = play(begin(), Paused(at=at(1)), Typed(turn_id="t1", at=at(1.1)))
    assert session.paused_at == at(1)


def test_there_is_nothing_to_pause_after_the_end() -> None:
    with pytest.raises(ConflictError) as caught:
        apply(apply(begin(), Ended(at=at(1))), Paused(at=at(2)))
    assert caught.value.hint


def test_a_closed_lid_costs_nothing() -> None:
    session = play(begin(minutes=10), answered("t1", 2), answered("t2", 242))
    assert not session.ended and session.ends_at == at(250)
    assert clock.told(session) == [
        "For 4 hours nothing was heard here, so the interview's clock stood still. Nothing was lost; go on where you are."
    ]
    assert clock.spent(session, session.turns[1], at(242)) is None, "how long it took is not known, and not guessed"


def test_control_without_the_clock_the_lid_would_have_ended_the_interview(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "settle", lambda session, now, resumes: (session, now))
    assert play(begin(minutes=10), answered("t1", 2), answered("t2", 242)).ended


def test_a_clock_that_was_set_back_loses_nothing_and_says_so() -> None:
    session = play(begin(minutes=30), answered("t1", 5), answered("t2", -120), answered("t3", -118))
    assert [turn.answered_at for turn in session.turns[:3]] == [at(5), at(5), at(7)]
    assert clock.told(session) == [
        "The clock of this computer was set back meanwhile. Nothing was lost; the interview's own time goes on from where it was."
    ]
    assert clock.time_of(session, at(-117)) == at(8)
    assert not session.ended and session.ends_at == at(30)


def test_a_second_of_jitter_is_nothing_to_speak_of() -> None:
    session = play(begin(), answered("t1", 5), answered("t2", 5 - 1 / 60))
    assert clock.told(session) == [] and session.turns[1].answered_at == at(5)


def test_an_answer_of_an_hour_is_taken_whole_and_timed() -> None:
    session = begin(minutes=30)
    for minute in range(1, 61):
        session = apply(session, Typed(turn_id="t1", at=at(minute)))
    assert clock.spent(session, session.turns[0], at(61)) == 61 * 60
    session = apply(session, answered("t1", 61))
    assert session.turns[0].answered_at == at(61) and session.ended and clock.told(session) == []


def test_signs_of_life_are_not_written_down_one_by_one() -> None:
    session = apply(begin(), Typed(turn_id="t1", at=at(0.1)))
    assert apply(session, Typed(turn_id="t1", at=at(0.2))) is session
    assert apply(session, Typed(turn_id="t1", at=at(0.9))) is not session
    assert apply(session, Typed(turn_id="t1", at=at(0.1), words=False)) is session


def test_what_is_read_meanwhile_is_no_sign_of_life() -> None:
    session = play(begin(follow_ups=2), answered("t1", 1), Assessed(answer_id="a-t1", next_ask=None, at=at(90)))
    assert session.turns[-1].asked_at == at(90) and session.seen_at == at(1)
    session = play(session, answered("t2", 91))
    assert clock.spent(session, session.turns[1], at(91)) is None or clock.spent(session, session.turns[1], at(91)) == 60.0


def test_the_closing_question_is_asked_even_when_the_time_is_up() -> None:
    plan = (*(Planned(question_id=f"q{n}", ask=f"Q{n}?") for n in range(3)), Planned(question_id="yours", ask="Yours?", closing=True))
    session = start("s", Setup(mode="mock", minutes=5), plan, 7, START)
    session = play(session, answered("t1", 6))
    assert session.current is not None and session.current.question_id == "yours" and speak(session) in LINES["your_turn"]
    session = play(session, answered("t2", 8))
    assert session.ended and [turn.question_id for turn in session.turns] == ["q0", "yours"]


@settings(max_examples=60, deadline=None)
@example([("pause", 0), ("type", 21)])  # what is typed in a pause does not end it
@given(
    st.lists(
        st.tuples(st.sampled_from(["answer", "skip", "pause", "resume", "type", "think", "next"]), st.integers(-500, 500)), max_size=12
    )
)
def test_whatever_the_clock_does_time_goes_forward_and_nothing_is_lost(steps: list[tuple[str, int]]) -> None:
    session, now = begin(6, minutes=30), START
    for kind, minutes in steps:
        now += timedelta(minutes=minutes)
        turn = session.turns[-1]
        event: Event = {
            "answer": Answered(turn_id=turn.turn_id, answer_id=f"a-{turn.turn_id}", at=now),
            "skip": Skipped(turn_id=turn.turn_id, at=now),
            "pause": Paused(at=now),
            "resume": Resumed(at=now),
            "type": Typed(turn_id=turn.turn_id, at=now),
            "think": ThinkingTaken(turn_id=turn.turn_id, at=now),
            "next": NextTaken(at=now),
        }[kind]  # type: ignore[assignment]
        before = session
        try:
            session = apply(session, event)
        except ConflictError as error:
            assert error.hint
            continue
        assert apply(session, event) is session, "the second click changes nothing"
        assert Session.model_validate_json(session.model_dump_json()) == session
        assert kind != "answer" or before.ended or session.turns[len(before.turns) - 1].answer_id is not None, "an answer is always taken"
        times = [t for turn in session.turns for t in (turn.asked_at, turn.begun_at, turn.answered_at or turn.skipped_at) if t]
        assert times == sorted(times) and (session.seen_at is None or times[-1] <= session.seen_at)
        assert all(each.began_at <= each.ended_at for each in session.breaks)
        seen = session.seen_at or START
        still = seen - session.paused_at if session.paused_at is not None and seen > session.paused_at else timedelta()
        used = seen - START - still - sum((b.ended_at - b.began_at for b in session.breaks), timedelta())
        assert timedelta(0) <= used <= timedelta(minutes=10 * len(steps)), "no jump counts against the person"
