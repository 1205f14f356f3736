"""Two programs share one home and have different question packs; and an assessor that breaks down takes no other answer with it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NoReturn

import pytest
from room_steps import DRILL, ME, send

from greenroom.builtin import PACKS
from greenroom.interview.session import Setup
from greenroom.room import Parts, Room
from greenroom.room.data import Finding
from greenroom.store.own.erase import erase_owner

MINE = Setup(mode="drill", question_ids=("mine-alone",))


class PanicException(BaseException):
    """What a panic in Rust is in Python: no ``Exception``."""


@pytest.fixture
def with_pack(literal_parts: Parts, tmp_path: Path) -> Parts:
    """The same home, with one pack more."""
    pack = tmp_path / "extra"
    (pack / "mine").mkdir(parents=True)
    (pack / "pack.yaml").write_text((PACKS / "core/pack.yaml").read_text().replace("id: core", "id: extra"))
    text = (PACKS / "core/attention/attention.yaml").read_text()
    (pack / "mine/mine-alone.yaml").write_text(text.replace("id: attention\ntopic: attention", "id: mine-alone\ntopic: mine", 1))
    return Parts(literal_parts.settings.model_copy(update={"packs": (pack,)}), given=literal_parts.given)


def answers_of(room: Room) -> Finding:
    return next(finding for finding in room.data.doctor() if finding.name == "answers")


def test_an_answer_is_left_to_the_greenroom_that_has_its_question(literal_parts: Parts, with_pack: Parts) -> None:
    first = Room(with_pack.settings, with_pack)  # its queue is busy elsewhere for now
    strange = send(first, first.interview.start(ME, MINE), "An answer to my own question.")
    with Room(literal_parts.settings, literal_parts) as second:
        known = send(second, second.interview.start(ME, DRILL), "An answer to a question of everybody.")
        assert second.interview.wait(ME, known.answer_id, 10).status == "done", "the older one is not in its way"
        assert second.interview.queue.run_once() is False, "nothing to do: it goes to sleep"
        left = second.interview.wait(ME, strange.answer_id, 0)
        assert (left.status, left.fault) == ("pending", None)
        told = answers_of(second)
        assert not told.well and "1 answer waiting for questions that are not here (mine-alone)" in told.state
        assert "GREENROOM_PACKS" in told.cure
    with first:
        assert first.interview.wait(ME, strange.answer_id, 10).status == "done"
        told = answers_of(first)
        assert told.well and told.state == "none failed"


def test_the_doctor_counts_the_answers_that_failed(literal_parts: Parts) -> None:
    class Broken:
        def assess(self, rubric: object, answer: str) -> NoReturn:
            raise RuntimeError("it broke")

    literal_parts.assessor._make = Broken  # type: ignore[assignment]
    with Room(literal_parts.settings, literal_parts) as room:
        for _ in range(2):
            receipt = send(room, room.interview.start(ME, DRILL), "Some words of mine.")
            assert room.interview.wait(ME, receipt.answer_id, 10).status == "failed"
        told = answers_of(room)
    assert not told.well and told.state == "2 answers could not be judged" and "Judge it again" in told.cure


@pytest.mark.parametrize("short", [MemoryError(), PanicException("ThreadPoolBuildError { kind: IOError(Os { code: 11 }) }")])
def test_want_of_memory_fails_one_answer_with_its_cure_and_the_queue_goes_on(literal_parts: Parts, short: BaseException) -> None:
    maker = literal_parts.plugins.get().assessors()["literal"]()

    class Moody:
        def assess(self, rubric, answer):
            if "much" in answer:
                raise short
            return maker.assess(rubric, answer)

    literal_parts.assessor._make = Moody  # type: ignore[assignment]
    with Room(literal_parts.settings, literal_parts) as room:
        view = room.interview.start(ME, Setup(mode="mock", count=2))
        bad = send(room, view, "Too much of it.")
        assert room.interview.wait(ME, bad.answer_id, 5).status == "failed"
        fault = room.interview.wait(ME, bad.answer_id, 0).fault or ""
        assert "not enough free memory" in fault and "Close other programs" in fault
        good = send(room, room.interview.get(ME, view.session.session_id), "Honest words.")
        assert room.interview.wait(ME, good.answer_id, 10).status == "done"


def test_the_doctor_says_that_memory_is_short(literal_parts: Parts) -> None:
    def too_large() -> NoReturn:
        raise MemoryError

    literal_parts.offline._make = too_large
    with Room(literal_parts.settings, literal_parts) as room:
        told = next(finding for finding in room.data.doctor() if finding.name == "assessor")
    assert not told.well and "memory" in told.state and "Close other programs" in told.cure


@pytest.mark.parametrize("wiped", [True, False])
def test_a_canary_in_a_draft_is_in_no_file_after_erasing_and_control(literal_parts: Parts, tmp_path: Path, wiped: bool) -> None:
    """Typed, thrown away, erased. The control deletes with secure_delete off and erases the rows only."""
    home, canary = literal_parts.settings.home, b"zyzzyva-canary"
    with Room(literal_parts.settings, literal_parts) as room:
        store = literal_parts.store.get()
        view = room.interview.start(ME, DRILL)
        assert view.current
        room.interview.draft(ME, view.session.session_id, view.current.turn_id, canary.decode() * 20)
        with store.database.plain() as connection:
            raw = connection.connection.cursor()
            raw.execute("PRAGMA secure_delete=OFF")  # as an earlier greenroom had it, on some SQLites
            raw.execute("DELETE FROM drafts")
            raw.execute("PRAGMA secure_delete=ON")
            raw.close()
        room.data.erase(ME) if wiped else erase_owner(store, ME)
        shutil.copytree(home, tmp_path / "seized")  # while it is open: the log is there
    for folder in (home, tmp_path / "seized"):
        found = [file.name for file in folder.glob("greenroom.db*") if canary in file.read_bytes()]
        assert bool(found) is not wiped, found
