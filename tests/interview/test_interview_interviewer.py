"""The interviewer's voice: no line twice, never praise, the same state always the same line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from greenroom.assess.assessment import AskNext
from greenroom.interview.engine import Answered, Assessed, Ended, FollowUpTaken, NextTaken, RedoTaken, SelfRated, Skipped, apply, start
from greenroom.interview.interviewer import speak
from greenroom.interview.lines import LINES
from greenroom.interview.session import Planned, Session, Setup
from greenroom.interview.voices.cast import SCRIPTS

START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
PRAISE = re.compile(
    r"\b(great|good|well done|excellent|perfect|correct|wrong|right|nice|brilliant|impressive|interesting|fantastic|amazing|wonderful"
    r"|bad|poor|mistake|better|best|score|fine|exactly|indeed)\b",
    re.IGNORECASE,
)


def begin(mode: str, count: int, seed: int = 5, **setup: Any) -> Session:
    plan = tuple(Planned(question_id=f"q{n}", ask=f"Q{n}?") for n in range(count))
    return start("s", Setup.model_validate({"mode": mode, "count": count, **setup}), plan, seed, START)


def drill(session: Session, lines: list[str]) -> Session:
    """A question with everything one can do: answer, follow-up, redo."""
    at, turn = START, session.turns[-1].turn_id
    steps = [
        lambda: Answered(turn_id=turn, answer_id=f"a-{turn}", at=at),
        lambda: FollowUpTaken(turn_id=turn, at=at),
        lambda: Answered(turn_id=session.turns[-1].turn_id, answer_id=f"a-{session.turns[-1].turn_id}", at=at),
        lambda: RedoTaken(turn_id=turn, at=at),
        lambda: Answered(turn_id=session.turns[-1].turn_id, answer_id=f"a-{session.turns[-1].turn_id}", at=at),
        lambda: NextTaken(at=at),
    ]
    for n, step in enumerate(steps):
        session = apply(session, step())
        if n == 0:
            session = apply(session, Assessed(answer_id=f"a-{turn}", next_ask=AskNext(point_id="a", ask=f"And a, {turn}?"), at=at))
            session = apply(session, SelfRated(turn_id=turn, rating=3))
        lines.append(speak(session))
    return session


@pytest.mark.parametrize("seed", range(5))
def test_a_drill_of_twenty_questions_with_everything_repeats_no_line(seed: int) -> None:
    session = begin("drill", 20, seed)
    lines = [speak(session)]
    while not session.ended:
        session = drill(session, lines)
    assert len(lines) == 121
    assert len(set(lines)) == len(lines)


def test_a_mock_of_fifty_repeats_no_line_and_neither_do_twenty_skips() -> None:
    for length, event in ((50, Answered), (20, Skipped)):
        session, lines = begin("mock", length), list[str]()
        while not session.ended:
            lines.append(speak(session))
            turn = session.turns[-1].turn_id
            more = {"answer_id": f"a-{turn}"} if event is Answered else {}
            session = apply(session, event(turn_id=turn, at=START, **more))
        lines.append(speak(session))
        assert len(set(lines)) == len(lines) == length + 1


def everything_said() -> list[str]:
    return [line for script in SCRIPTS.values() for kind in script.values() for line in kind]


def test_every_line_stands_once_and_none_praises_or_judges() -> None:
    lines = everything_said()
    assert len(set(lines)) == len(lines) > 600
    assert [line for line in lines if PRAISE.search(line)] == []
    assert PRAISE.search("That was a good answer.")  # control
    assert [line for line in lines if not (line[0].isupper() or line.startswith("“")) or line[-1] not in ".:?"] == []
    assert [line for line in lines if len(line) > 125 or "!" in line] == []


def test_only_lines_that_take_up_words_have_a_place_for_them() -> None:
    for script in SCRIPTS.values():
        for kind, lines in script.items():
            assert all((line.count("“{heard}”") == 1) == (kind == "heard") for line in lines), kind
            assert kind != "angle" or all(line.count("?") == 1 and line.endswith("?") for line in lines)


def test_the_voice_follows_the_session() -> None:
    session = begin("mock", 3)
    assert speak(session) in LINES["opening_mock"]
    session = apply(session, Answered(turn_id="t1", answer_id="a", at=START))
    assert speak(session) in LINES["next"]
    skipped = apply(session, Skipped(turn_id="t2", at=START))
    assert speak(skipped) in LINES["last"]
    assert speak(apply(skipped, Answered(turn_id="t3", answer_id="c", at=START))) in LINES["closing"]
    assert speak(apply(skipped, Ended(at=START))) in LINES["closing_early"]
    assert speak(apply(begin("mock", 3), Skipped(turn_id="t1", at=START))) in LINES["skip"]
    timed = begin("mock", 3, minutes=1)
    assert speak(apply(timed, Answered(turn_id="t1", answer_id="a", at=START + timedelta(minutes=2)))) in LINES["closing_time"]
    assert speak(begin("review", 2)) in LINES["opening_review"]


def test_a_skipped_follow_up_leads_back() -> None:
    session = begin("drill", 2)
    for event in (
        Answered(turn_id="t1", answer_id="a", at=START),
        RedoTaken(turn_id="t1", at=START),
        Skipped(turn_id="t2", at=START),
    ):
        session = apply(session, event)
    assert speak(session) in LINES["back"]


def test_the_same_state_speaks_the_same_line_and_seeds_differ() -> None:
    assert speak(begin("drill", 3)) == speak(Session.model_validate_json(begin("drill", 3).model_dump_json()))
    assert len({speak(begin("drill", 3, seed)) for seed in range(30)}) == len(LINES["opening_drill"])


def test_what_comes_in_meanwhile_does_not_change_the_line() -> None:
    session = apply(begin("drill", 2), Answered(turn_id="t1", answer_id="a", at=START))
    line = speak(session)
    session = apply(session, SelfRated(turn_id="t1", rating=2))
    assert speak(session) == line
    assert speak(apply(session, Assessed(answer_id="a", next_ask=None, at=START))) == line
