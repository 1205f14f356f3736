"""The engine under any sequence of events: each changes the session legally or raises ConflictError, and none corrupts it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenroom.assess.assessment import AskNext
from greenroom.errors import ConflictError
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
from greenroom.interview.session import Mode, Planned, Session, Setup

START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
turn_ids = st.sampled_from([f"t{n}" for n in range(1, 8)])
answer_ids = st.sampled_from([f"answer-{n}" for n in range(1, 8)])
next_asks = st.none() | st.sampled_from([AskNext(point_id=p, ask=f"And {p}?") for p in "ab"])
ratings = st.none() | st.integers(1, 5)


def events(at: datetime) -> st.SearchStrategy[Event]:
    return st.one_of(
        st.builds(Answered, turn_id=turn_ids, answer_id=answer_ids, at=st.just(at)),
        st.builds(Skipped, turn_id=turn_ids, at=st.just(at)),
        st.builds(SelfRated, turn_id=turn_ids, rating=ratings),
        st.builds(Assessed, answer_id=answer_ids, next_ask=next_asks, at=st.just(at)),
        st.builds(FollowUpTaken, turn_id=turn_ids, at=st.just(at)),
        st.builds(RedoTaken, turn_id=turn_ids, at=st.just(at)),
        st.builds(NextTaken, at=st.just(at), after=st.none() | turn_ids),
    )


def likely(session: Session, at: datetime) -> st.SearchStrategy[Event]:
    """What a person could do now: random events alone rarely get far."""
    found: list[Event] = [NextTaken(at=at)]
    turn = session.turns[-1]
    if session.current:
        found = [Answered(turn_id=turn.turn_id, answer_id=f"answer-{turn.turn_id}", at=at), Skipped(turn_id=turn.turn_id, at=at)]
    for each in session.turns:
        if each.answer_id:
            ask = AskNext(point_id="a", ask="And a?")
            found.append(Assessed(answer_id=each.answer_id, next_ask=ask, at=at))
            found += [
                SelfRated(turn_id=each.turn_id, rating=2),
                FollowUpTaken(turn_id=each.turn_id, at=at),
                RedoTaken(turn_id=each.turn_id, at=at),
            ]
    return st.sampled_from(found)


@st.composite
def beginnings(draw: st.DrawFn) -> Session:
    mode: Mode = draw(st.sampled_from(["drill", "mock", "review"]))
    point = "a" if mode == "review" else None
    plan = tuple(Planned(question_id=f"q{n}", ask=f"Q{n}?", point_id=point) for n in range(draw(st.integers(1, 4))))
    return start("s", Setup(mode=mode, minutes=draw(st.none() | st.integers(1, 20))), plan, 1, START)


def check(before: Session, after: Session) -> None:
    """What must hold of any session, and between two that follow one another."""
    turns = after.turns
    assert [turn.turn_id for turn in turns] == [f"t{n}" for n in range(1, len(turns) + 1)]
    assert all(not (turn.answer_id and turn.skipped_at) for turn in turns)
    assert all(not turn.open for turn in turns[:-1]), "at most one question is open, and it is the last"
    answers = [turn.answer_id for turn in turns if turn.answer_id]
    assert len(answers) == len(set(answers))
    assert all(turn.answer_id for turn in turns if turn.rated or turn.assessed_at)
    asked = sum(turn.kind == "question" for turn in turns)
    assert asked + len(after.plan) == sum(turn.kind == "question" for turn in before.turns) + len(before.plan)
    for turn in turns:
        back = engine.follows(after, turn)
        assert (back is None) == (turn.kind == "question")
        assert back is None or (
            back.answer_id is not None and back.question_id == turn.question_id and turns.index(back) < turns.index(turn)
        )
        if turn.kind == "follow_up":
            assert back is not None and back.next_ask is not None and back.next_ask.point_id == turn.point_id
    assert after.setup.mode != "mock" or all(turn.kind == "question" for turn in turns)
    assert Session.model_validate_json(after.model_dump_json()) == after
    check_step(before, after)


def check_step(before: Session, after: Session) -> None:
    """Nothing that was said, skipped, shown or ended is ever taken back."""
    assert len(after.turns) - len(before.turns) in (0, 1)
    for old, new in zip(before.turns, after.turns, strict=False):
        kept = ("turn_id", "kind", "question_id", "ask", "form", "point_id", "redo_of", "asked_at")
        assert all(getattr(old, name) == getattr(new, name) for name in kept)
        for name in ("answer_id", "answered_at", "skipped_at", "assessed_at", "next_ask"):
            assert getattr(old, name) in (None, getattr(new, name)) or (name == "next_ask" and old.assessed_at is None)
        if old.assessed_at and before.may_show_score(old):
            assert (old.self_rating, old.rating_declined) == (new.self_rating, new.rating_declined)
    assert before.ended_at in (None, after.ended_at)
    assert not before.ended or (len(before.turns), before.plan) == (len(after.turns), after.plan)


@settings(max_examples=150, deadline=None)
@given(beginnings(), st.data())
def test_any_sequence_of_events_is_legal_or_refused(session: Session, data: st.DataObject) -> None:
    done: list[Event] = []
    check(session, session)
    for minute in range(1, data.draw(st.integers(1, 14)) + 1):
        at = START + timedelta(minutes=minute)
        ending = st.just(Ended(at=at)) if data.draw(st.integers(0, 19)) == 0 else st.nothing()
        event = data.draw(likely(session, at) | events(at) | ending)
        try:
            after = apply(session, event)
        except ConflictError as error:
            assert error.hint
            continue
        check(session, after)
        assert apply(after, event) is after, "the second click changes nothing"
        if after is not session:
            done.append(event)
        session = after
    for event in done:  # a retry may come at any later time
        if isinstance(event, SelfRated) or (isinstance(event, NextTaken) and event.after is None):
            continue  # a rating may be thought over until the score is shown; an unnamed "next" is a new one
        assert apply(session, event) is session


@settings(max_examples=60, deadline=None)
@given(beginnings(), st.data())
def test_every_rehearsal_comes_to_its_end(session: Session, data: st.DataObject) -> None:
    """By answering, skipping and going on, every question is asked in the order of the plan, and then it is over."""
    wanted = [session.turns[0].question_id, *(planned.question_id for planned in session.plan)]
    for minute in range(1, 2 * len(wanted) + 1):
        at, turn = START + timedelta(seconds=minute), session.turns[-1]
        if session.ended:
            break
        if session.current is None:
            session = apply(session, NextTaken(at=at))
        elif data.draw(st.booleans()):
            session = apply(session, Answered(turn_id=turn.turn_id, answer_id=f"answer-{turn.turn_id}", at=at))
        else:
            session = apply(session, Skipped(turn_id=turn.turn_id, at=at))
    assert session.ended
    assert [turn.question_id for turn in session.turns] == wanted


@pytest.mark.parametrize("broken", ["_check_on_table", "_check_open"])
def test_the_rules_above_notice_an_engine_without_its_checks(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control."""
    monkeypatch.setattr(engine, broken, lambda session, turn: None)
    plan = tuple(Planned(question_id=f"q{n}", ask=f"Q{n}?") for n in range(3))
    session = start("s", Setup(mode="mock"), plan, 1, START)
    first = apply(session, Answered(turn_id="t1", answer_id="answer-t1", at=START))
    wrong = {
        "_check_on_table": lambda: apply(first, RedoTaken(turn_id="t1", at=START)),
        "_check_open": lambda: apply(apply(session, Skipped(turn_id="t1", at=START)), Answered(turn_id="t1", answer_id="x", at=START)),
    }
    with pytest.raises(AssertionError):
        check(first if broken == "_check_on_table" else session, wrong[broken]())
