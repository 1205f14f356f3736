"""Complaint: "follow-ups that ignore the answer". Here they chase its first wrong or missed point, up to three deep, and are stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from greenroom.bank.question import FollowUp
from greenroom.errors import ConflictError
from greenroom.interview.course import chase
from greenroom.interview.engine import Answered, Assessed, Ended, NextTaken, Skipped, Unjudged, apply, start, waits
from greenroom.interview.interviewer import script, speak
from greenroom.interview.session import Need, Planned, Session, Setup

START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
PLAN = tuple(Planned(question_id=q, ask=f"What is {q}?", by="sceptical") for q in ("attention", "training"))
LEFT_OPEN = (
    Need(point_id="b", ask="And b?", heard="b is what it is"),
    Need(point_id="c", ask="And c?"),
    Need(point_id="d", ask="And d?"),
)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def begin(depth: int | None = 3, mode: str = "mock", **setup: Any) -> Session:
    return start("s", Setup.model_validate({"mode": mode, "follow_ups": depth, **setup}), PLAN, 7, START)


def answer(session: Session, *needs: Need, minute: float | None = None) -> Session:
    """The open question answered, and the answer read: ``needs`` is what it left open."""
    turn, when = session.turns[-1], at(len(session.turns) if minute is None else minute)
    session = apply(session, Answered(turn_id=turn.turn_id, answer_id=f"a-{turn.turn_id}", at=when))
    return apply(session, Assessed(answer_id=f"a-{turn.turn_id}", next_ask=None, needs=needs, at=when))


def still(point: str, heard: str = "I think so") -> Need:
    return Need(point_id=point, ask="", heard=heard)


def asked(session: Session) -> list[tuple[str, str | None, str | None]]:
    return [(turn.kind, turn.point_id, turn.after) for turn in session.turns]


def test_a_point_that_stays_open_is_asked_from_another_side_and_then_the_next_one() -> None:
    session = answer(answer(answer(answer(begin(), *LEFT_OPEN), still("b")), still("b")), still("c"))
    assert asked(session) == [
        ("question", None, None),
        ("follow_up", "b", "t1"),
        ("follow_up", "b", "t2"),
        ("follow_up", "c", "t3"),
        ("question", None, None),
    ]
    assert session.turns[1].ask == "And b?"
    assert session.turns[2].ask not in ("And b?", "") and session.turns[2].ask.endswith("?")
    assert [turn.heard for turn in session.turns] == ["", "b is what it is", "I think so", "", ""]


def test_an_answer_that_closes_the_point_leads_to_the_next_open_one() -> None:
    session = answer(answer(answer(answer(begin(), *LEFT_OPEN)), still("c")))
    assert [turn.point_id for turn in session.turns] == [None, "b", "c", "c", None]


def test_a_follow_up_asked_about_an_earlier_question_is_not_asked_again() -> None:
    session = answer(answer(answer(begin(depth=1), Need(point_id="b", ask="And b?"))), Need(point_id="b", ask="And b?"), LEFT_OPEN[1])
    assert [turn.ask for turn in session.turns] == ["What is attention?", "And b?", "What is training?", "And c?"]
    only = answer(answer(answer(begin(depth=1), Need(point_id="b", ask="And b?"))), Need(point_id="b", ask="And b?"))
    assert only.ended and len(only.turns) == 3, "nothing is asked rather than the same again"


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("I do not know exactly. It filters out noise.", "It filters out noise"),
        ("Well, honestly, I'm not really sure. Good question. No idea.", ""),
        ("Good question! The cache holds keys.", "The cache holds keys"),
        ("I do not retrain it each night.", "I do not retrain it each night"),
        ("I do not know who wrote it, but it reads every token twice.", "I do not know who wrote it, but it reads every token twice"),
    ],
)  # fmt: skip
def test_words_that_claim_nothing_are_not_said_back_as_a_claim(said: str, heard: str) -> None:
    assert chase.claimed(said) == heard


def test_control_the_first_sentence_was_said_back_whatever_it_was() -> None:
    assert chase.clip("I do not know exactly. It filters out noise.") == "I do not know exactly"


def test_an_answer_that_leaves_nothing_open_is_not_followed_up() -> None:
    assert asked(answer(begin())) == [("question", None, None), ("question", None, None)]


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_never_deeper_than_agreed(depth: int) -> None:
    session = begin(depth)
    while session.turns[-1].question_id == "attention":
        turn = session.turns[-1]
        session = answer(session, *(LEFT_OPEN if turn.point_id is None else (still(turn.point_id),)))
    assert sum(turn.kind == "follow_up" for turn in session.turns) == depth


def test_the_words_it_takes_up_are_spoken_and_stored() -> None:
    session = answer(begin(), *LEFT_OPEN)
    assert "“b is what it is”" in speak(session)
    again = Session.model_validate_json(session.model_dump_json())
    assert speak(again) == speak(session) and again.turns[-1].heard == "b is what it is"


def test_a_mock_waits_for_the_answer_to_be_read_and_only_for_that() -> None:
    session = apply(begin(), Answered(turn_id="t1", answer_id="a", at=at(1)))
    assert waits(session) == session.turns[0] and session.current is None and not session.ended
    assert apply(session, NextTaken(after="t1", at=at(2))).turns[-1].question_id == "training", "nobody has to wait"
    gone = apply(apply(session, NextTaken(after="t1", at=at(2))), Assessed(answer_id="a", next_ask=None, needs=LEFT_OPEN, at=at(3)))
    assert [turn.question_id for turn in gone.turns] == ["attention", "training"], "late news does not turn the interview back"
    assert waits(apply(begin(0), Answered(turn_id="t1", answer_id="a", at=at(1)))) is None


def test_complaint_stuck_at_grading_holds_nobody_up() -> None:
    session = apply(begin(), Answered(turn_id="t1", answer_id="a", at=at(1)))
    on = apply(session, Unjudged(answer_id="a", at=at(2)))
    assert on.turns[-1].question_id == "training"
    assert apply(on, Unjudged(answer_id="a", at=at(3))) is on
    later = apply(on, Assessed(answer_id="a", next_ask=None, needs=LEFT_OPEN, at=at(4)))  # judged again after all
    assert later.turns[0].assessed_at is not None and len(later.turns) == 2


def test_a_skipped_follow_up_of_a_mock_leads_on() -> None:
    session = apply(answer(begin(), *LEFT_OPEN), Skipped(turn_id="t2", at=at(3)))
    assert session.turns[-1].question_id == "training"


def test_time_that_is_up_takes_no_more_follow_ups_and_never_the_answer() -> None:
    session = answer(begin(minutes=5), *LEFT_OPEN, minute=4.9)
    assert session.turns[-1].kind == "follow_up"
    session = answer(session, still("b"), minute=9)
    assert session.turns[1].answered_at == at(9) and session.ended


def test_a_drill_is_followed_up_by_choice_three_deep() -> None:
    from greenroom.interview.engine import FollowUpTaken, SelfRated

    session = begin(None, "drill")
    for n in range(1, 5):
        turn = session.turns[-1]
        session = answer(session, *(LEFT_OPEN if turn.point_id is None else (still(turn.point_id),)), minute=n)
        session = apply(session, SelfRated(turn_id=turn.turn_id, rating=3))
        if n == 4:
            with pytest.raises(ConflictError):
                apply(session, FollowUpTaken(turn_id=turn.turn_id, at=at(n)))
            break
        session = apply(session, FollowUpTaken(turn_id=turn.turn_id, at=at(n)))
        assert apply(session, FollowUpTaken(turn_id=turn.turn_id, at=at(n))) is session
    assert [turn.point_id for turn in session.turns] == [None, "b", "b", "c"]


def test_no_phrase_twice_in_a_long_interview_with_all_of_it() -> None:
    plan = tuple(
        Planned(question_id=f"q{n}", ask=f"Q{n}?", by=("warm", "terse", "sceptical", "plain", "house")[n % 5])  # type: ignore[arg-type]
        for n in range(50)
    )
    for seed in range(3):
        session = start("s", Setup(mode="mock", follow_ups=3), plan, seed, START)
        while not session.ended:
            turn = session.turns[-1]
            left_open = [need.model_copy(update={"ask": f"{need.ask[:-1]} of {turn.question_id}?"}) for need in LEFT_OPEN]
            session = answer(session, *(left_open if turn.point_id is None else (still(turn.point_id, f"words {turn.turn_id}"),)), minute=1)
        said = [*script(session), *(turn.ask for turn in session.turns)]
        assert len(said) == len(set(said)) and len(session.turns) > 150


def test_the_authored_angles_run_out_before_one_is_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control for the test above: an interviewer that forgets what it asked repeats itself."""
    from greenroom.interview import engine

    monkeypatch.setattr(engine, "angle", lambda session, by: "Why is that so?")
    session = begin()
    for _ in range(8):
        if not session.ended:
            turn = session.turns[-1]
            session = answer(session, *(LEFT_OPEN if turn.point_id is None else (still(turn.point_id),)))
    asks = [turn.ask for turn in session.turns]
    assert asks.count("Why is that so?") > 1


class TestNeeds:
    """What an answer left open, from its assessment."""

    def test_wrong_first_then_the_heaviest_missed_with_the_words_of_the_wrong_one(self, make: Any) -> None:
        rubric = self.rubric(make)
        found = make.assessment("q", "missed wrong hit")
        needs = chase.needs_of(rubric, found, "word for word")
        assert [(need.point_id, need.ask, need.heard) for need in needs] == [("b", "Ask b?", "word"), ("a", "Ask a?", "")]

    def test_the_proposal_of_the_assessor_stands_in_front(self, make: Any) -> None:
        found = make.assessment("q", "missed missed hit", follow_up={"point_id": "b", "ask": "Ask b?"})
        assert [need.point_id for need in chase.needs_of(self.rubric(make), found, "x")] == ["b", "a"]

    def test_what_could_not_be_judged_is_not_chased(self, make: Any) -> None:
        assert chase.needs_of(self.rubric(make), make.abstention("q"), "x") == ()

    def test_an_interviewer_lets_go_of_what_a_person_does_not_know(self, make: Any) -> None:
        rubric = make.question("q").point_rubric("a", "Ask a?")
        found = make.assessment("q", "missed")
        assert chase.needs_of(rubric, found, "I don't know.") == ()
        assert [need.heard for need in chase.needs_of(rubric, found, "It depends on the data. And more.")] == ["It depends on the data"]

    def rubric(self, make: Any) -> Any:
        asks = tuple(FollowUp(point_id=p, ask=f"Ask {p}?") for p in "abc")
        return make.question("q").rubric().model_copy(update={"follow_ups": asks})


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        ("It is short.", "It is short"),
        ("One. Two.", "One"),
        ("  spaced\n out ", "spaced out"),
        ("w " * 40, "w w w w w w w w w w w w w w w w …"),
        ("x" * 500, ""),
        ("", ""),
    ],
)
def test_what_is_said_back_is_short(words: str, heard: str) -> None:
    assert chase.clip(words) == heard


def test_an_interview_that_was_ended_is_not_gone_on_with_by_late_news() -> None:
    session = apply(apply(begin(), Answered(turn_id="t1", answer_id="a", at=at(1))), Ended(at=at(2)))
    late = apply(session, Assessed(answer_id="a", next_ask=None, needs=LEFT_OPEN, at=at(3)))
    assert len(late.turns) == 1 and late.ended_at == at(2)
