"""What comes back and when, through the room: due points, the day of the interview, renamed points."""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from room_steps import DRILL, ME, says, send

from greenroom.builtin import PACKS
from greenroom.errors import InputError
from greenroom.interview.session import Setup
from greenroom.prep.profile import Profile
from greenroom.review import AT_ONCE
from greenroom.review.past import Entry, make_entries
from greenroom.room import Parts, Room
from greenroom.room.parts import Pasts
from greenroom.room.review import find_cards


def test_missed_points_come_due_and_are_asked_alone(literal_parts: Parts) -> None:
    moments = [datetime(2026, 5, 1, 9, tzinfo=UTC)]
    parts = Parts(literal_parts.settings, given=literal_parts.given, clock=lambda: moments[0])
    with Room(parts.settings, parts) as room:
        room.prep.save(ME, Profile(interview_on=date(2026, 5, 4)))
        view = room.interview.start(ME, DRILL)
        room.interview.wait(ME, send(room, view, "I do not know.").answer_id, 10)
        assert room.review.due(ME) == []
        moments[0] += timedelta(days=2)
        assert room.review.due(ME) == [], "what comes back would say what was missed, before the self-rating"
        assert all(p.due_at is None for t in room.review.progress(ME).topics for p in t.points)
        room.interview.rate(ME, view.session.session_id, "t1", 1)
        due = room.review.due(ME)
        assert {d.point_id for d in due} == {f"attention/{p.id}" for p in room.bank.get("attention").points()}
        review = room.interview.start(ME, Setup(mode="review", count=1))
        assert review.current
        assert review.current.point_id == due[0].local_id
        assert review.current.ask == due[0].ask


def test_moving_the_interview_moves_what_is_due(literal_parts: Parts) -> None:
    moments = [datetime(2026, 5, 1, 9, tzinfo=UTC)]
    parts = Parts(literal_parts.settings, given=literal_parts.given, clock=lambda: moments[0])
    with Room(parts.settings, parts) as room:
        view = room.interview.start(ME, DRILL)
        every = " ".join(p.says[0] for p in room.bank.get("attention").points())
        room.interview.wait(ME, send(room, view, every).answer_id, 10)
        late = max(c.due_at for c in parts.store.get().list_cards(ME))
        room.prep.save(ME, Profile(interview_on=date(2026, 5, 3)))
        capped = max(c.due_at for c in parts.store.get().list_cards(ME))
        assert capped.date() <= date(2026, 5, 2) < late.date()


def test_a_point_that_only_a_form_asks_for_can_be_reviewed(literal_room: Room) -> None:
    """Its rubric is made from all of the question's points, not from the canonical ones."""
    question = next(q for q in literal_room.bank.questions() if any(f.adds for f in q.forms))
    form = next(f for f in question.forms if f.adds)
    rubric = question.point_rubric(form.adds[0], "Tell me more.")
    assert [p.id for p in rubric.points] == [form.adds[0]]
    assert form.adds[0] not in {p.id for p in question.points()}


def test_a_renamed_point_keeps_its_memory(literal_parts: Parts, tmp_path: Path) -> None:
    moments = [datetime(2026, 5, 1, 9, tzinfo=UTC)]
    with Room(literal_parts.settings, Parts(literal_parts.settings, given=literal_parts.given, clock=lambda: moments[0])) as room:
        view = room.interview.start(ME, DRILL)
        room.interview.wait(ME, send(room, view, says(room)).answer_id, 10)
        room.interview.rate(ME, view.session.session_id, "t1", None)
    folder = tmp_path / "renamed"
    shutil.copytree(PACKS / "core", folder)
    path = folder / "attention" / "attention.yaml"
    path.write_text(path.read_text().replace("content-weighting", "weighing"))
    with (folder / "pack.yaml").open("a") as header:
        header.write("aliases:\n  attention/content-weighting: attention/weighing\n")
    settings = literal_parts.settings.model_copy(update={"packs": (folder,)})
    parts = Parts(settings, given={"literal": literal_parts.given["literal"]}, clock=lambda: moments[0])
    with Room(settings, parts) as room:
        moments[0] += timedelta(days=60)
        assert "attention/weighing" in {d.point_id for d in room.review.due(ME)}
        view = room.interview.start(ME, DRILL)
        room.interview.wait(ME, send(room, view, says(room)).answer_id, 10)
        room.interview.rate(ME, view.session.session_id, "t1", None)
        assert not {"attention/weighing", "attention/content-weighting"} & {d.point_id for d in room.review.due(ME)}, (
            "the old card is retired"
        )
        card = find_cards(parts, ME, ["attention/weighing"])["attention/weighing"]
        assert card.repetitions == 2, "the memory goes on"


def test_on_the_eve_what_was_made_is_done_and_the_rest_comes_back(literal_parts: Parts) -> None:
    moments = [datetime(2026, 5, 1, 9, tzinfo=UTC)]
    parts = Parts(literal_parts.settings, given=literal_parts.given, clock=lambda: moments[0])
    with Room(parts.settings, parts) as room:
        room.prep.save(ME, Profile(interview_on=date(2026, 5, 2)))
        view = room.interview.start(ME, DRILL)
        room.interview.wait(ME, send(room, view, says(room)).answer_id, 10)
        room.interview.rate(ME, view.session.session_id, "t1", None)
        made = f"attention/{room.bank.get('attention').points()[0].id}"
        moments[0] += timedelta(hours=1)
        due = {d.point_id for d in room.review.due(ME)}
        assert made not in due
        assert len(due) == len(room.bank.get("attention").points()) - 1


def test_a_day_that_is_past_is_no_interview_to_come(literal_parts: Parts) -> None:
    moments = [datetime(2026, 5, 1, 9, tzinfo=UTC)]
    parts = Parts(literal_parts.settings, given=literal_parts.given, clock=lambda: moments[0])
    with Room(parts.settings, parts) as room:
        with pytest.raises(InputError, match="past"):
            room.prep.save(ME, Profile(interview_on=date(2026, 4, 1)))
        room.prep.save(ME, Profile(interview_on=date(2026, 5, 2)))
        moments[0] += timedelta(days=9)
        room.prep.save(ME, Profile(interview_on=date(2026, 5, 2), role="Engineer"))  # an old day does not stand in the way


def test_progress_is_what_the_store_says_now(literal_parts: Parts) -> None:
    """What answers added up to is remembered between two pages; a rating, a late judgement, another day, an erasure still show at once."""
    moments = [datetime(2026, 5, 1, 9, tzinfo=UTC)]
    parts = Parts(literal_parts.settings, given=literal_parts.given, clock=lambda: moments[0])
    with Room(parts.settings, parts) as room:

        def seen() -> tuple[int, int, int, bool]:
            found = room.review.progress(ME)
            afresh = Room(parts.settings, Parts(parts.settings, given=parts.given, clock=parts.clock), assess=False)
            with afresh:
                assert afresh.review.progress(ME) == found, "control: a room that remembers nothing"
            return found.answers, len(found.history), found.calibration.count, found.practice.run == 1

        assert seen() == (0, 0, 0, False)
        view = room.interview.start(ME, DRILL)
        receipt = send(room, view, "I do not know.")
        assert seen()[:2] == (1, 0)
        room.interview.wait(ME, receipt.answer_id, 10)
        assert seen() == (1, 0, 0, True), "judged, and not shown before the self-rating"
        room.interview.rate(ME, view.session.session_id, "t1", 1)
        assert seen() == (1, 1, 1, True)
        moments[0] += timedelta(days=3)
        assert seen() == (1, 1, 1, False)
        room.data.erase(ME)
        assert seen() == (0, 0, 0, False)


@pytest.mark.parametrize("defended", [True, False])
def test_what_is_erased_while_a_page_is_made_is_not_kept(literal_parts: Parts, monkeypatch: pytest.MonkeyPatch, defended: bool) -> None:
    """The answers were read before they were erased, and reckoned after. Control: without the count they stay in memory."""
    with Room(literal_parts.settings, literal_parts) as room:
        view = room.interview.start(ME, DRILL)
        room.interview.wait(ME, send(room, view, "I do not know.").answer_id, 10)

        def read_and_erased(*given: Any) -> list[Entry]:
            found = make_entries(*given)
            room.data.erase(ME)
            return found

        monkeypatch.setattr("greenroom.room.review.make_entries", read_and_erased)
        if not defended:
            monkeypatch.setattr(Pasts, "since", lambda pasts, owner_id: 1)
        assert room.review.progress(ME).answers == 1
        assert (ME in literal_parts.pasts._kept) is not defended
        monkeypatch.undo()
        assert room.review.progress(ME).answers == 0


def test_nobody_waits_for_anothers_page() -> None:
    pasts, done = Pasts(), list[str]()

    def reckon(owner_id: str) -> threading.Thread:
        def work() -> None:
            with pasts.reach(owner_id, ((), UTC), [], 0, pasts.since(owner_id)):
                done.append(owner_id)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(5 if owner_id == "b" else 0.3)
        return thread

    with pasts.reach("a", ((), UTC), [], 0, 0):
        reckon("b")
        pasts.forget("b")
        waits = reckon("a")
        assert done == ["b"], "one's own two pages come one after the other"
    waits.join(5)
    assert done == ["b", "a"]


def test_what_came_from_another_process_is_seen(literal_parts: Parts, tmp_path: Path) -> None:
    """Answers that an import brings in lie before those that are known."""
    with Room(literal_parts.settings, literal_parts) as room:
        view = room.interview.start(ME, DRILL)
        room.interview.wait(ME, send(room, view, "I do not know.").answer_id, 10)
        room.data.export(ME, tmp_path / "mine.zip")
        room.data.erase(ME)
        room.interview.wait(ME, send(room, room.interview.start(ME, DRILL), "Nor now.").answer_id, 10)
        assert room.review.progress(ME).answers == 1
        other = Parts(literal_parts.settings, given=literal_parts.given)
        with Room(other.settings, other, assess=False) as another:
            another.data.import_(ME, tmp_path / "mine.zip")
        assert room.review.progress(ME).answers == 2


def test_a_review_begins_with_what_counts_most_and_the_rest_stays_due(literal_parts: Parts) -> None:
    moments = [datetime(2026, 5, 1, 9, tzinfo=UTC)]
    parts = Parts(literal_parts.settings, given=literal_parts.given, clock=lambda: moments[0])
    with Room(parts.settings, parts) as room:
        room.prep.save(ME, Profile(interview_on=date(2026, 5, 20)))
        for question_id in ("attention", "training"):
            view = room.interview.start(ME, Setup(mode="drill", question_ids=(question_id,), count=1))
            room.interview.wait(ME, send(room, view, says(room, 0, question_id)).answer_id, 20)
            room.interview.rate(ME, view.session.session_id, "t1", 3)
        moments[0] += timedelta(days=15)
        due = room.review.due(ME)
        sitting = room.review.sitting(ME, len(due))
        assert sitting.more == len(due) - AT_ONCE > 0 and sitting.in_time == len(due)
        held = [each.point_id for each in due if each.last_verdict == "hit"]
        assert not set(held) & {each.point_id for each in due[:AT_ONCE]}, "what was made waits for what was missed"
        begun = room.interview.start(ME, Setup(mode="review", count=sitting.count)).session
        asked = [(turn.question_id, turn.point_id) for turn in (*begun.turns, *begun.plan)]
        assert asked == [(each.question.id, each.local_id) for each in due[:AT_ONCE]]
        assert room.review.due(ME) == due, "begun is not done"
