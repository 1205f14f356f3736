"""The life of an answer through the room: stored, acknowledged, assessed, scheduled, shown; once, and in spite of crashes."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from room_steps import DRILL, ME, says, send

from greenroom.errors import BacklogFullError, ConflictError, InputError, NotFoundError, TooLargeError
from greenroom.interview.session import Setup
from greenroom.room import Parts, Room
from greenroom.room.queue import LEASE_SECONDS
from greenroom.settings import Settings


def test_an_answer_goes_its_way(literal_room: Room) -> None:
    room = literal_room
    view = room.interview.start(ME, DRILL)
    receipt = send(room, view, f"{says(room)} And more.")
    turn_id = view.session.turns[0].turn_id
    waiting = room.interview.wait(ME, receipt.answer_id, 10)
    assert waiting.status == "done"
    assert waiting.assessment is None, "first the self-rating, then the score"
    room.interview.rate(ME, view.session.session_id, turn_id, 4)
    shown = room.interview.get(ME, view.session.session_id).attempts[turn_id]
    assert shown.assessment is not None
    hit = shown.assessment.points[0]
    assert hit.span is not None
    assert shown.text[slice(*hit.span)] == hit.quote == says(room)
    report = room.interview.report(ME, view.session.session_id)
    assert report.questions[0].turns[0].self_rating == 4
    assert report.questions[0].turns[0].overall == shown.assessment.overall


def test_the_same_submission_twice_is_one_answer(literal_room: Room) -> None:
    view = literal_room.interview.start(ME, DRILL)
    sid = str(uuid.uuid4())
    first, second = (send(literal_room, view, "The same words of mine.", sid) for _ in range(2))
    assert (first.repeated, second.repeated) == (False, True)
    assert first.answer_id == second.answer_id
    with pytest.raises(ConflictError):
        send(literal_room, view, "Other words.", sid)


def test_many_duplicates_at_once_are_one_answer_and_one_assessment(literal_parts: Parts) -> None:
    counted: list[str] = []
    maker = literal_parts.plugins.get().assessors()["literal"]()

    class Counting:
        def assess(self, rubric, answer):
            counted.append(answer)
            return maker.assess(rubric, answer)

    literal_parts.assessor._make = Counting  # type: ignore[assignment]
    with Room(literal_parts.settings, literal_parts) as room:
        view = room.interview.start(ME, DRILL)
        sid = str(uuid.uuid4())
        with ThreadPoolExecutor(16) as pool:
            receipts = list(pool.map(lambda _: send(room, view, "Once is enough.", sid), range(100)))
        assert sum(not r.repeated for r in receipts) == 1
        room.interview.wait(ME, sid, 10)
        assert len({r.answer_id for r in receipts}) == 1
        assert len(counted) == 1


def test_a_follow_up_is_about_the_missed_point_and_a_redo_shows_the_difference(literal_room: Room) -> None:
    room = literal_room
    view = room.interview.start(ME, DRILL)
    session_id = view.session.session_id
    first = send(room, view, says(room, 1))
    room.interview.wait(ME, first.answer_id, 10)
    view = room.interview.rate(ME, session_id, "t1", None)
    view = room.interview.follow_up(ME, session_id, "t1")
    assert view.current
    assert view.current.point_id == room.bank.get("attention").points()[0].id
    second = send(room, view, says(room, 0))
    room.interview.wait(ME, second.answer_id, 10)
    view = room.interview.rate(ME, session_id, "t2", 5)
    assert [p.id for p in view.attempts["t2"].assessment.points] == [room.bank.get("attention").points()[0].id]
    view = room.interview.redo(ME, session_id, "t1")
    third = send(room, view, f"{says(room, 0)} {says(room, 1)}")
    room.interview.wait(ME, third.answer_id, 10)
    room.interview.rate(ME, session_id, "t3", None)
    redo = room.interview.report(ME, session_id).questions[0].turns[2]
    assert redo.kind == "redo"
    assert redo.delta is not None
    changed = {row.id: row.change for row in redo.points}
    assert changed[room.bank.get("attention").points()[0].id] == "better"
    assert changed[room.bank.get("attention").points()[1].id] == "same"


def test_a_mock_is_silent_until_it_ends(literal_room: Room) -> None:
    room = literal_room
    view = room.interview.start(ME, Setup(mode="mock", count=2))
    session_id = view.session.session_id
    assert len({t.question_id for t in [*view.session.turns, *view.session.plan]}) == 2
    first = send(room, view, "Something that I believe.")
    room.interview.wait(ME, first.answer_id, 10)
    view = room.interview.rate(ME, session_id, "t1", 3)
    assert view.attempts["t1"].assessment is None
    assert room.interview.report(ME, session_id).overall is None
    view = room.interview.skip(ME, session_id, "t2")
    assert view.session.ended
    assert view.attempts["t1"].assessment is not None
    assert room.interview.report(ME, session_id).counts["skipped"] == 1


def test_what_waits_survives_a_crash_and_is_assessed_once(literal_parts: Parts) -> None:
    """The process dies while an answer is being assessed: the claim runs out, another process takes it."""
    first = Room(literal_parts.settings, literal_parts)  # its queue is never started
    view = first.interview.start(ME, DRILL)
    receipt = send(first, view, "Kept through everything.")
    store = literal_parts.store.get()
    assert store.claim("a worker that dies", datetime.now(UTC) - timedelta(seconds=LEASE_SECONDS + 1), LEASE_SECONDS)
    first.close()
    second = Parts(literal_parts.settings, given=literal_parts.given)
    with Room(second.settings, second) as room:
        assert room.interview.wait(ME, receipt.answer_id, 10).status == "done"


def test_a_claim_that_holds_is_left_alone(literal_parts: Parts) -> None:
    """The control: without a lease that has ended, nothing is taken from another worker."""
    room = Room(literal_parts.settings, literal_parts)
    view = room.interview.start(ME, DRILL)
    send(room, view, "Being judged elsewhere.")
    assert literal_parts.store.get().claim("another worker", datetime.now(UTC), LEASE_SECONDS)
    assert room.interview.queue.run_once() is False
    room.close()


def test_a_failing_assessor_fails_one_answer_and_the_queue_goes_on(literal_parts: Parts) -> None:
    maker = literal_parts.plugins.get().assessors()["literal"]()

    class Moody:
        def assess(self, rubric, answer):
            if "poison" in answer:
                raise RuntimeError("it broke")
            return maker.assess(rubric, answer)

    literal_parts.assessor._make = Moody  # type: ignore[assignment]
    with Room(literal_parts.settings, literal_parts) as room:
        view = room.interview.start(ME, Setup(mode="mock", count=2))
        bad = send(room, view, "poison")
        good = send(room, room.interview.get(ME, view.session.session_id), "honest words")
        assert room.interview.wait(ME, bad.answer_id, 10).status == "failed"
        assert room.interview.wait(ME, good.answer_id, 10).status == "done"
        fault = room.interview.wait(ME, bad.answer_id, 0).fault or ""
        assert "RuntimeError" in fault
        assert "it broke" not in fault, "inner texts are for the log"
        literal_parts.assessor._made[:] = [maker]  # mended
        room.interview.judge_again(ME, bad.answer_id)
        assert room.interview.wait(ME, bad.answer_id, 10).status == "done"
        with pytest.raises(ConflictError):
            room.interview.judge_again(ME, bad.answer_id)


def test_an_answer_that_takes_the_process_down_is_not_tried_for_ever(literal_parts: Parts) -> None:
    room = Room(literal_parts.settings, literal_parts)
    receipt = send(room, room.interview.start(ME, DRILL), "Deadly for the assessor.")
    store, past = literal_parts.store.get(), datetime.now(UTC) - timedelta(hours=1)
    for n in range(3):
        assert store.claim(f"worker {n} that dies", past, 1.0)
        store.recover(datetime.now(UTC))
    assert store.claim("the next", datetime.now(UTC), 1.0) is None
    assert room.interview.wait(ME, receipt.answer_id, 0).status == "failed"
    room.close()


def test_the_doctor_shows_no_password() -> None:
    from greenroom.room.data import without_password

    assert without_password("postgresql://me:s3cr:et@host/db") == "postgresql://me:***@host/db"
    assert without_password("sqlite:////srv/greenroom.db") == "sqlite:////srv/greenroom.db"


def test_the_backlog_is_bounded_and_nothing_is_lost(literal_parts: Parts) -> None:
    settings = literal_parts.settings.model_copy(update={"backlog_limit": 1})
    parts = Parts(settings, given=literal_parts.given)
    room = Room(settings, parts)  # no queue: everything waits
    view = room.interview.start(ME, Setup(mode="mock", count=3))
    send(room, view, "The first one.")
    view = room.interview.get(ME, view.session.session_id)
    assert view.current
    room.interview.draft(ME, view.session.session_id, view.current.turn_id, "The second one.")
    with pytest.raises(BacklogFullError):
        send(room, view, "The second one.")
    assert room.interview.get(ME, view.session.session_id).draft == "The second one."
    room.close()


@pytest.mark.parametrize(
    ("text", "error"),
    [("", InputError), ("   \n", InputError), ("a\x00b", InputError), ("a\ud800b", InputError), ("x" * 20_001, TooLargeError)],
)
def test_unusable_answers_are_refused_with_a_cure(literal_room: Room, text: str, error: type[InputError]) -> None:
    view = literal_room.interview.start(ME, DRILL)
    with pytest.raises(error) as caught:
        send(literal_room, view, text)
    assert caught.value.hint
    assert literal_room.interview.get(ME, view.session.session_id).current is not None


def test_right_to_left_and_emoji_text_comes_back_to_the_letter(literal_room: Room) -> None:
    text = "مرحبا 👩‍👩‍👧 e\u0301 \u202eabc\u202c " + says(literal_room)
    view = literal_room.interview.start(ME, DRILL)
    receipt = send(literal_room, view, text)
    literal_room.interview.wait(ME, receipt.answer_id, 10)
    view = literal_room.interview.rate(ME, view.session.session_id, "t1", None)
    attempt = view.attempts["t1"]
    assert attempt.text == text
    assert all(attempt.text[slice(*p.span)] == p.quote for p in attempt.assessment.points if p.span)


def test_another_owner_sees_nothing(literal_room: Room) -> None:
    view = literal_room.interview.start(ME, DRILL)
    receipt = send(literal_room, view, "Mine alone.")
    for ask in (
        lambda: literal_room.interview.get("other", view.session.session_id),
        lambda: literal_room.interview.report("other", view.session.session_id),
        lambda: literal_room.interview.wait("other", receipt.answer_id, 0),
        lambda: literal_room.interview.end("other", view.session.session_id),
        lambda: literal_room.interview.draft("other", view.session.session_id, "t1", "x"),
        lambda: literal_room.interview.dispute("other", receipt.answer_id, "p", "x"),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert list(literal_room.interview.list("other")) == []
    assert literal_room.review.due("other") == []


def test_a_dispute_is_kept_beside_the_verdict(literal_room: Room) -> None:
    room = literal_room
    view = room.interview.start(ME, DRILL)
    receipt = send(room, view, "Not a word of it.")
    room.interview.wait(ME, receipt.answer_id, 10)
    room.interview.rate(ME, view.session.session_id, "t1", None)
    point = room.bank.get("attention").points()[0].id
    room.interview.dispute(ME, receipt.answer_id, point, "I said it in other words.")
    row = room.interview.report(ME, view.session.session_id).questions[0].turns[0].points[0]
    assert [d.view for d in row.disputes] == ["I said it in other words."]
    with pytest.raises(NotFoundError):
        room.interview.dispute(ME, receipt.answer_id, "nothing", "x")


def test_nothing_to_ask_says_so(literal_room: Room) -> None:
    with pytest.raises(InputError):
        literal_room.interview.start(ME, Setup(mode="review"))
    with pytest.raises(NotFoundError):
        literal_room.interview.start(ME, Setup(topics=("no-such-topic",)))


def test_a_room_can_be_made_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENROOM_PACKS", "/nowhere/at/all")
    room = Room(Settings())
    assert len(room.bank.topics()) == 14  # the thirteen of the core pack, and behavioural
    assert "no such folder" in room.bank.faults()[0].lower()


def test_the_follow_up_gives_nothing_away_before_the_score_may_be_shown(literal_room: Room) -> None:
    view = literal_room.interview.start(ME, DRILL)
    receipt = send(literal_room, view, "Not a word of it.")
    literal_room.interview.wait(ME, receipt.answer_id, 10)
    session_id = view.session.session_id
    assert literal_room.interview.get(ME, session_id).session.turns[0].next_ask is None
    assert literal_room.interview.list(ME)[0].turns[0].next_ask is None
    shown = literal_room.interview.rate(ME, session_id, "t1", 1)
    assert shown.session.turns[0].next_ask is not None


def test_a_verdict_is_disputed_only_when_it_may_be_seen(literal_room: Room) -> None:
    view = literal_room.interview.start(ME, DRILL)
    receipt = send(literal_room, view, "Not a word of it.")
    literal_room.interview.wait(ME, receipt.answer_id, 10)
    with pytest.raises(ConflictError):
        literal_room.interview.dispute(ME, receipt.answer_id, "anything", "x")
    assert not literal_room.interview.attempted(ME, "attention"), "no model answer before the score"
    literal_room.interview.rate(ME, view.session.session_id, "t1", None)
    assert literal_room.interview.attempted(ME, "attention")


def test_a_look_at_the_data_judges_nothing(literal_parts: Parts) -> None:
    with Room(literal_parts.settings, literal_parts, assess=False) as room:
        receipt = send(room, room.interview.start(ME, DRILL), "Waits for another process.")
        assert room.interview.wait(ME, receipt.answer_id, 0.5).status == "pending"
