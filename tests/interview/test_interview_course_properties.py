"""An interview with follow-ups under any sequence of events: what is asked stays within what was agreed, and nothing is said twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenroom.errors import ConflictError
from greenroom.interview import engine
from greenroom.interview.course import chase
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
    Unjudged,
    Worded,
    apply,
    start,
)
from greenroom.interview.interviewer import script
from greenroom.interview.session import Need, Planned, Session, Setup, Wording

START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
PEOPLE = ("house", "warm", "terse", "sceptical", "plain")


def needs_for(session: Session, points: str) -> tuple[Need, ...]:
    """What an answer to the last turn may have left open."""
    turn = session.turns[-1]
    if turn.point_id is not None:
        return (Need(point_id=turn.point_id, ask="", heard=f"words of {turn.turn_id}"),) if points else ()
    return tuple(Need(point_id=point, ask=f"{turn.question_id}: and {point}?") for point in points)


@st.composite
def events(draw: st.DrawFn, session: Session, at: datetime) -> Event:
    turn = session.turns[-1]
    answer_id = turn.answer_id or f"a-{turn.turn_id}"
    points = draw(st.sampled_from(["", "a", "ab", "abc", "ba"]))
    likely: list[Event] = [
        Answered(turn_id=turn.turn_id, answer_id=f"a-{turn.turn_id}", at=at),
        Assessed(answer_id=answer_id, next_ask=None, needs=needs_for(session, points), at=at),
    ]
    other: list[Event] = [
        Skipped(turn_id=turn.turn_id, at=at),
        Unjudged(answer_id=answer_id, at=at),
        NextTaken(at=at, after=turn.turn_id),
        ThinkingTaken(turn_id=turn.turn_id, at=at),
        Typed(turn_id=turn.turn_id, at=at),
        Paused(at=at),
        Resumed(at=at),
        Worded(turn_id=turn.turn_id, wording=Wording(by="m", ask=f"As {turn.turn_id}?")),
        Ended(at=at),
    ]
    return draw(st.sampled_from([*likely * 5, *other]))


@st.composite
def beginnings(draw: st.DrawFn) -> Session:
    depth, count = draw(st.integers(0, 3)), draw(st.integers(1, 4))
    plan = [Planned(question_id=f"q{n}", ask=f"Q{n}?", by=draw(st.sampled_from(PEOPLE))) for n in range(count)]
    if draw(st.booleans()):
        plan.append(Planned(question_id="yours", ask="Yours?", closing=True))
    minutes = draw(st.none() | st.integers(1, 30))
    return start("s", Setup(mode="mock", follow_ups=depth, minutes=minutes), tuple(plan), draw(st.integers(0, 99)), START)


def check(session: Session) -> None:
    turns = session.turns
    assert all(not turn.open for turn in turns[:-1]), "at most one question is open, and it is the last"
    for turn in turns:
        linked = chase.chain(session, turn)
        assert len(linked) - 1 <= session.setup.depth, "never deeper than agreed"
        asked = [each.point_id for each in linked[1:]]
        assert all(asked.count(point) <= chase.ONCE_MORE for point in asked)
        if turn.kind == "follow_up":
            before = session.find_turn(turn.after or "")
            assert before and before.answer_id and before.question_id == turn.question_id and turns.index(before) == turns.index(turn) - 1
            assert before.next_ask and (before.next_ask.point_id, before.next_ask.ask) == (turn.point_id, turn.ask)
            assert turn.by == before.by and not before.closing
    asks = [turn.ask for turn in turns]
    said = script(session)
    assert len(asks) == len(set(asks)) and len(said) == len(set(said)), "no phrase twice"
    assert Session.model_validate_json(session.model_dump_json()) == session


@settings(max_examples=60, deadline=None)
@given(beginnings(), st.data())
def test_any_interview_with_follow_ups(session: Session, data: st.DataObject) -> None:
    check(session)
    for minute in range(1, data.draw(st.integers(1, 24)) + 1):
        event = data.draw(events(session, START + timedelta(minutes=minute)))
        before = session
        try:
            session = apply(session, event)
        except ConflictError as error:
            assert error.hint
            continue
        assert apply(session, event) is session, "the second click changes nothing"
        assert len(session.turns) - len(before.turns) in (0, 1)
        assert not before.ended or session.turns[: len(before.turns)] == session.turns
    check(session)


@pytest.mark.parametrize("broken", ["depth", "once more"])
def test_control_the_rules_above_notice_an_engine_that_does_not_stop(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if broken == "depth":
        monkeypatch.setattr(chase, "may_chase", lambda session, turn: True)
    else:
        monkeypatch.setattr(engine.chase, "choose", lambda session, turn, needs, angle: Need(point_id="a", ask=f"Again {turn.turn_id}?"))
    plan = (Planned(question_id="q", ask="Q?"), Planned(question_id="r", ask="R?"))
    session = start("s", Setup(mode="mock", follow_ups=1 if broken == "depth" else 3), plan, 1, START)
    with pytest.raises(AssertionError):
        for minute in range(1, 6):
            turn = session.turns[-1]
            session = apply(session, Answered(turn_id=turn.turn_id, answer_id=f"a-{turn.turn_id}", at=START + timedelta(minutes=minute)))
            needs = needs_for(session, "ab")
            session = apply(
                session, Assessed(answer_id=f"a-{turn.turn_id}", next_ask=None, needs=needs, at=START + timedelta(minutes=minute))
            )
            check(session)
