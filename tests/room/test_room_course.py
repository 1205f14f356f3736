"""The course of an interview through the room and the real store: plans, restarts, two tabs, an hour's answer, a clock that jumps."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from room_steps import ME, says, send

from greenroom.assess.assessment import Assessment
from greenroom.assess.assessor import Verbatim
from greenroom.bank.question import Rubric
from greenroom.builtin import Builtin
from greenroom.errors import ConflictError, InputError, NotFoundError, TooLargeError
from greenroom.interview.attempt import Submission
from greenroom.interview.session import Setup
from greenroom.plugins import AssessorMaker, hookimpl
from greenroom.room import Parts, Room
from greenroom.room.views import SessionView
from greenroom.settings import Settings

MOCK = Setup(mode="mock", question_ids=("attention", "generation"), personas=("warm", "sceptical"), follow_ups=3)


class Literal:
    @hookimpl
    def greenroom_assessors(self, settings: Settings) -> Mapping[str, AssessorMaker]:
        return {"literal": Verbatim}


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def hands() -> Hands:
    return Hands()


def open_room(home: Path, hands: Hands, **settings: Any) -> Room:
    chosen = Settings(home=home, assessor="literal", **settings)
    return Room(chosen, Parts(chosen, clock=hands, given={"builtin": Builtin(), "literal": Literal()}))


@pytest.fixture
def room(tmp_path: Path, hands: Hands) -> Iterator[Room]:
    with open_room(tmp_path, hands) as found:
        yield found


def read(room: Room, view: SessionView, text: str) -> SessionView:
    """Answer, and wait until it is read."""
    receipt = send(room, view, text)
    room.interview.wait(ME, receipt.answer_id, 60)
    return room.interview.get(ME, view.session.session_id)


def test_complaint_follow_ups_that_ignore_the_answer(room: Room, tmp_path: Path, hands: Hands) -> None:
    question = room.bank.get("attention")
    first, second = question.points()[0], question.points()[1]
    asks = {follow.point_id: follow.ask for follow in question.follow_ups}
    view = read(room, room.interview.start(ME, MOCK), "Nothing of it, in a sentence of quite some words.")
    assert view.current and (view.current.kind, view.current.point_id, view.current.ask) == ("follow_up", first.id, asks[first.id])
    view = read(room, view, "It has to do with lengths, I should think.")
    assert view.current and view.current.point_id == first.id and "“It has to do with lengths, I should think”" in view.line
    room.close()
    with open_room(tmp_path, hands) as again:
        kept = again.interview.get(ME, view.session.session_id)
        assert (kept.ask, kept.line, kept.by) == (view.ask, view.line, view.by)
        kept = read(again, kept, first.says[0])
        assert kept.current and kept.current.point_id == second.id, "answered: on to the next open point"
        kept = read(again, kept, "No idea.")
        assert kept.current and kept.current.question_id == "generation" and kept.by.id == "sceptical"


def test_what_is_left_open_stays_sealed_until_the_debrief(room: Room) -> None:
    view = read(room, room.interview.start(ME, MOCK), "Nothing of it, in a sentence of quite some words.")
    assert all(turn.needs == () and turn.next_ask is None and turn.heard_next == "" for turn in view.session.turns)
    assert "needs" not in str(room.interview.report(ME, view.session.session_id).model_dump())


@pytest.mark.parametrize("plan", ["phone-screen", "deep-dive", "behavioural", "full-loop"])
def test_each_plan_can_be_gone_through_to_your_questions_and_its_debrief(room: Room, plan: str) -> None:
    view = room.interview.start(ME, Setup.model_validate({"mode": "mock", "plan": plan, "count": 2, "follow_ups": 1}))
    said: list[str] = []
    while not view.session.ended:
        assert view.current
        said += [view.line, view.ask]
        view = read(room, view, "In a sentence of some words I say what I think of it and stop.")
    assert view.session.turns[-1].closing and len(set(said)) == len(said), "no phrase twice"
    found = room.interview.report(ME, view.session.session_id)
    assert [question.turns[0].kind for question in found.questions] == ["question"] * 3


def test_my_weak_points_are_those_i_missed_and_there_are_none_at_first(room: Room) -> None:
    weak = Setup(mode="mock", plan="weak-points")
    with pytest.raises(InputError) as caught:
        room.interview.start(ME, weak)
    assert "phone screen" in caught.value.hint
    view = read(room, room.interview.start(ME, Setup(mode="drill", question_ids=("hci",))), "Some words that make no point of it at all.")
    room.interview.rate(ME, view.session.session_id, "t1", 2)
    found = room.interview.start(ME, weak)
    assert found.session.turns[0].question_id == "hci" and found.session.turns[0].ask != view.session.turns[0].ask, "in other words"
    assert found.session.setup.minutes == 30


def test_one_job_wants_its_topics(room: Room) -> None:
    with pytest.raises(InputError) as caught:
        room.interview.start(ME, Setup(mode="mock", plan="job"))
    assert "Paste its advert" in caught.value.hint
    with pytest.raises(NotFoundError):
        room.interview.start(ME, Setup(mode="mock", plan="job", topics=("sourdough",)))
    view = room.interview.start(ME, Setup(mode="mock", plan="job", topics=("robustness",)))
    assert room.bank.get(view.session.turns[0].question_id).topic == "robustness"


def test_one_job_is_the_one_whose_advert_was_pasted(room: Room) -> None:
    text = "We look for an engineer who fine-tunes models with LoRA, builds retrieval-augmented generation and knows prompt injection. "
    room.prep.papers.paste(ME, "job", text * 2)
    view = room.interview.start(ME, Setup(mode="mock", plan="job"))
    asked = {view.session.turns[0].question_id, *(each.question_id for each in view.session.plan)}
    known = room.prep.papers.job(ME)
    assert known and {each.question_id for each in known.reading.questions[:5]} <= asked
    assert [each.closing for each in view.session.plan][-1]


def test_two_tabs_on_one_interview_the_second_answer_is_kept_beside_the_first(room: Room) -> None:
    tab_a = room.interview.start(ME, MOCK)
    tab_b = room.interview.get(ME, tab_a.session.session_id)
    send(room, tab_a, "The answer of the first window.")
    with pytest.raises(ConflictError) as caught:
        send(room, tab_b, "The answer of the second window.")
    assert "kept beside it" in caught.value.hint
    view = room.interview.get(ME, tab_a.session.session_id)
    assert view.attempts["t1"].text == "The answer of the first window." and view.beside == {"t1": ("The answer of the second window.",)}


def test_control_two_tabs_without_the_shelf_the_second_text_is_nowhere(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenroom.room.hosting.beside.keep_other", lambda store, owner_id, attempt, error: error)
    view = room.interview.start(ME, MOCK)
    send(room, view, "The answer of the first window.")
    with pytest.raises(ConflictError):
        send(room, view, "The answer of the second window.")
    assert room.interview.get(ME, view.session.session_id).beside == {}


def test_the_same_answer_from_two_tabs_is_one(room: Room) -> None:
    view = room.interview.start(ME, MOCK)
    send(room, view, "Said once.")
    with pytest.raises(ConflictError):
        send(room, view, "Said once.")
    assert room.interview.get(ME, view.session.session_id).beside == {}


def test_two_tabs_a_draft_does_not_wipe_out_another(room: Room) -> None:
    view = room.interview.start(ME, MOCK)
    session_id, long = view.session.session_id, "A long draft in one window, of more than forty letters."
    room.interview.draft(ME, session_id, "t1", long)
    for text in ("S", "Something", "Something else from the other window"):
        room.interview.draft(ME, session_id, "t1", text)
    found = room.interview.get(ME, session_id)
    assert found.draft == "Something else from the other window" and found.beside == {"t1": (long,)}


def test_one_goes_on_typing_without_a_shelf_full_of_drafts(room: Room) -> None:
    view = room.interview.start(ME, MOCK)
    for text in (
        "A first sentence of more than forty letters, in one go.",
        "A first sentence of more than forty",
        "A first sentence, then.",
    ):
        room.interview.draft(ME, view.session.session_id, "t1", text)
    assert room.interview.get(ME, view.session.session_id).beside == {}


def test_what_lies_beside_travels_with_an_export(room: Room, tmp_path: Path, hands: Hands) -> None:
    view = room.interview.start(ME, MOCK)
    read(room, view, "The answer of the first window.")
    with pytest.raises(ConflictError):
        send(room, view, "The answer of the second window.")
    room.interview.pause(ME, view.session.session_id)
    room.data.export(ME, tmp_path / "mine.zip")
    with open_room(tmp_path / "other", hands) as other:
        other.data.import_(ME, tmp_path / "mine.zip")
        found = other.interview.get(ME, view.session.session_id)
        assert found.beside == {"t1": ("The answer of the second window.",)} and found.session.paused_at is not None
        assert found.session == room.interview.get(ME, view.session.session_id).session


def test_an_answer_of_an_hour_is_kept_whole_with_a_sentence_that_says_what_to_do(tmp_path: Path, hands: Hands) -> None:
    with open_room(tmp_path, hands, answer_limit=1000) as room:
        view, hour = room.interview.start(ME, MOCK), "words and more words " * 200
        with pytest.raises(TooLargeError) as caught:
            send(room, view, hour)
        assert "4,200 characters; the limit is 1,000" in caught.value.message and "kept as your draft" in caught.value.hint
        assert room.interview.get(ME, view.session.session_id).draft == hour
        send(room, view, hour[:900])
        assert room.interview.get(ME, view.session.session_id).attempts["t1"].text == hour[:900]


def test_an_hour_of_typing_is_timed_and_a_closed_lid_is_not_guessed_at(room: Room, hands: Hands) -> None:
    view = room.interview.start(ME, Setup(mode="mock", question_ids=("attention", "generation"), minutes=30))
    for minute in range(60):
        hands.on(minutes=1)
        room.interview.draft(ME, view.session.session_id, "t1", f"Minute {minute}.")
    send(room, view, "At last.")
    found = room.interview.get(ME, view.session.session_id)
    assert found.attempts["t1"].seconds == 3600 and found.session.ended and found.told == ()


def test_a_clock_set_back_in_the_middle_loses_nothing(room: Room, hands: Hands) -> None:
    view = room.interview.start(ME, Setup(mode="mock", question_ids=("attention", "generation"), minutes=30))
    hands.on(minutes=5)
    send(room, view, "Before the jump.")
    hands.on(hours=-3)
    view = room.interview.get(ME, view.session.session_id)
    send(room, view, "After the jump.")
    found = room.interview.get(ME, view.session.session_id)
    assert [found.attempts[turn].text for turn in ("t1", "t2")] == ["Before the jump.", "After the jump."]
    assert found.attempts["t2"].seconds is None and "set back" in found.told[0] and found.session.ended
    assert all(turn.answered_at and turn.answered_at >= turn.asked_at for turn in found.session.turns)


def test_a_lid_closed_for_a_night_gives_the_time_back(room: Room, hands: Hands) -> None:
    view = room.interview.start(ME, Setup(mode="mock", question_ids=("attention", "generation"), minutes=30))
    hands.on(hours=9)
    send(room, view, "In the morning.")
    found = room.interview.get(ME, view.session.session_id)
    assert not found.session.ended and found.attempts["t1"].seconds is None and "9 hours" in found.told[0]


def test_pause_resume_and_a_moment_to_think(room: Room, hands: Hands) -> None:
    view = room.interview.start(ME, Setup(mode="mock", plan="phone-screen"))
    session_id, ends = view.session.session_id, view.session.ends_at
    assert ends
    assert room.interview.think(ME, session_id, "t1").line != view.line
    assert room.interview.pause(ME, session_id).session.paused_at == hands.now
    hands.on(hours=1)
    found = room.interview.resume(ME, session_id)
    assert found.session.ends_at == ends + timedelta(hours=1) and found.session.paused_at is None


def test_complaint_stuck_at_grading_holds_no_interview_up(tmp_path: Path, hands: Hands) -> None:
    with open_room(tmp_path, hands) as room:

        class Broken:
            def assess(self, rubric: Rubric, answer: str) -> Assessment:
                raise RuntimeError("no")

        object.__setattr__(room._parts.assessor, "_make", Broken)
        view = read(room, room.interview.start(ME, MOCK), "An answer that cannot be read.")
        assert view.current and view.current.question_id == "generation" and view.attempts["t1"].status == "failed"


def test_another_persons_interview_is_not_there(room: Room) -> None:
    view = room.interview.start(ME, MOCK)
    for step in (room.interview.pause, room.interview.resume, room.interview.word):
        with pytest.raises(NotFoundError):
            step("somebody-else", view.session.session_id)
    with pytest.raises(NotFoundError):
        room.interview.think("somebody-else", view.session.session_id, "t1")


def test_an_old_submission_again_changes_nothing(room: Room) -> None:
    view = room.interview.start(ME, MOCK)
    submission = Submission(submission_id=str(uuid.uuid4()), turn_id="t1", text=says(room))
    room.interview.answer(ME, view.session.session_id, submission)
    assert room.interview.answer(ME, view.session.session_id, submission).repeated
