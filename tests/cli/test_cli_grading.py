"""Files of ``grade``: nasty rows, files that are none, two runs at once, a full disk. The assessor here knows nothing and is quick."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenroom.assess.assessor import Verbatim
from greenroom.builtin import Builtin
from greenroom.cli import grading
from greenroom.cli.grading import LINE_LIMIT, grade_with, read_lines
from greenroom.errors import InputError
from greenroom.plugins import AssessorMaker, hookimpl
from greenroom.room import Parts, Room
from greenroom.settings import Settings

pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="NOT RUN: this system has no named pipes")


class Graded(Verbatim):
    grader = Verbatim.GRADER


class Literal:
    @hookimpl
    def greenroom_assessors(self, settings: Settings) -> dict[str, AssessorMaker]:
        return {"literal": Graded}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    settings = Settings(home=tmp_path / "home", assessor="literal")
    with Room(settings, Parts(settings, given={"builtin": Builtin(), "literal": Literal()})) as made:
        yield made


def line(id_: object, **more: Any) -> bytes:
    return json.dumps({"id": id_, "reference": "It melts.", "answer": "It melts.", **more}).encode() + b"\n"


NASTY = {
    "half a pair as id": b'{"id": "\\ud800", "reference": "r", "answer": "a"}\n',
    "bytes that are no text as id": b'{"id": "\xff", "reference": "r", "answer": "a"}\n',
    "bytes that are no text": b'{"id": "x", "reference": "r", "answer": "\xff\xfe"}\n',
    "deep": b"[" * 100_000 + b"\n",
    "longer than a line may be": b'{"id": "x", "answer": "' + b"a" * (LINE_LIMIT + 10) + b'"}\n',
    "blank for longer than a line may be": b" " * LINE_LIMIT + line("c"),
    "a row and then more than a line may be": line("c")[:-1] + b" " * LINE_LIMIT + b"GARBAGE}}}\n",
    "a reference without words": line("c", reference="..."),
    "a point without words": line("c", reference=None, key_points=[{"id": "p", "point": "\u200b"}]),
    "too many phrasings": line("c", key_points=[{"id": str(n), "point": "It melts.", "says": ["It melts."] * 40} for n in range(10)]),
    "five thousand digits": b'{"id": ' + b"9" * 5000 + b', "reference": "r", "answer": "a"}\n',
    "NUL": b"\x00\x00\n",
}


@pytest.mark.parametrize("nasty", NASTY.values(), ids=NASTY)
def test_a_nasty_row_is_reported_and_the_rest_go_on(room: Room, tmp_path: Path, nasty: bytes) -> None:
    rows, scored = tmp_path / "rows.jsonl", tmp_path / "scored.jsonl"
    rows.write_bytes(line("a") + nasty + line("b"))
    assert grade_with(room, rows, scored, quiet=True) == {"graded": 2, "abstained": 0, "error": 1}
    results = [json.loads(each) for each in scored.read_text(encoding="utf-8").splitlines()]
    assert [result["status"] for result in results] == ["graded", "error", "graded"] and results[1]["reason"]


def test_the_mark_that_editors_put_first_is_no_part_of_the_row(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(b"\xef\xbb\xbf" + line("a") + b"\xef\xbb\xbf" + line("b"))
    first, second = read_lines(rows)
    assert json.loads(first)["id"] == "a"
    with pytest.raises(ValueError, match="BOM"):
        json.loads(second)  # control


@pytest.mark.parametrize("part", [False, True])
def test_rows_are_never_written_over(room: Room, tmp_path: Path, part: bool) -> None:
    scored = tmp_path / "rows.jsonl"
    rows = tmp_path / "rows.jsonl.part" if part else scored
    rows.write_bytes(line("a"))
    with pytest.raises(InputError, match="the same file"):
        grade_with(room, rows, scored, quiet=True)
    assert rows.read_bytes() == line("a")


@pipes
def test_a_pipe_as_rows_is_refused(room: Room, tmp_path: Path) -> None:
    """It would be counted, and then be empty: nothing graded, and no fault."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="a pipe or a device"):
        grade_with(room, tmp_path / "pipe", tmp_path / "scored.jsonl", quiet=True)
    assert not (tmp_path / "scored.jsonl").exists()


@pytest.mark.parametrize("make", [pytest.param("mkfifo", marks=pipes), "mkdir"])
def test_what_is_no_file_is_not_replaced_by_results(room: Room, tmp_path: Path, make: str) -> None:
    """Else ``--out /dev/null`` by root would put a file in its place."""
    rows, there = tmp_path / "rows.jsonl", tmp_path / "there"
    rows.write_bytes(line("a"))
    getattr(os, make)(there)
    with pytest.raises(InputError, match="a folder, a pipe or a device") as caught:
        grade_with(room, rows, there, quiet=True)
    assert caught.value.hint and there.exists() and not there.is_file()


def test_rows_that_are_not_there_leave_nothing_behind(room: Room, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl cannot be used"):
        grade_with(room, tmp_path / "nowhere.jsonl", tmp_path / "scored.jsonl", quiet=True)
    assert not list(tmp_path.glob("scored*"))


def test_two_runs_do_not_write_one_file(room: Room, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl", reason="NOT RUN: this system has no such locks")
    rows, scored, part = tmp_path / "rows.jsonl", tmp_path / "scored.jsonl", tmp_path / "scored.jsonl.part"
    rows.write_bytes(line("a"))
    with part.open("wb") as other:
        other.write(b"of another run")
        other.flush()
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="Another run is writing"):
            grade_with(room, rows, scored, quiet=True)
        assert part.read_bytes() == b"of another run" and not scored.exists()
    assert grade_with(room, rows, scored, quiet=True)["graded"] == 1, "control: once it is closed"


def test_a_run_that_ends_meanwhile_loses_nothing(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run publishes its results between this one's opening of the file and its lock: then the lock is on the published file."""
    pytest.importorskip("fcntl", reason="NOT RUN: this system has no such locks")
    rows, scored, part = tmp_path / "rows.jsonl", tmp_path / "scored.jsonl", tmp_path / "scored.jsonl.part"
    rows.write_bytes(line("a"))
    part.write_bytes(b"results of the other\n")
    real = grading.fcntl.flock

    def late(out: Any, how: int) -> None:
        part.rename(scored)
        real(out, how)

    monkeypatch.setattr(grading.fcntl, "flock", late)
    with pytest.raises(InputError, match="has just finished"):
        grade_with(room, rows, scored, quiet=True)
    assert scored.read_bytes() == b"results of the other\n"


def test_results_are_published_before_the_lock_goes(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl", reason="NOT RUN: this system has no such locks")
    rows, scored = tmp_path / "rows.jsonl", tmp_path / "scored.jsonl"
    rows.write_bytes(line("a"))
    held: list[bool] = []
    real = Path.replace

    def watched(self: Path, target: Path) -> Path:
        with self.open("rb") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.append(True)
        return real(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    grade_with(room, rows, scored, quiet=True)
    assert held == [True] and scored.exists()


@pytest.mark.parametrize("out", [".", "/", "x" * 300, "x" * 252], ids=["here", "the root", "a long name", "a name too long with .part"])
def test_a_name_that_will_not_do_is_said(room: Room, tmp_path: Path, out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.jsonl").write_bytes(line("a"))
    with pytest.raises(InputError):
        grade_with(room, Path("rows.jsonl"), Path(out), quiet=True)


def test_links_that_go_round_are_said(room: Room, tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    (tmp_path / "rows.jsonl").write_bytes(line("a"))
    for rows, out in (("one", "scored"), ("rows.jsonl", "one")):
        with pytest.raises(InputError):
            grade_with(room, tmp_path / rows, tmp_path / out, quiet=True)


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_no_other_file_is_written_through_a_link(room: Room, tmp_path: Path, link: str) -> None:
    rows, scored, other = tmp_path / "rows.jsonl", tmp_path / "scored.jsonl", tmp_path / "other"
    rows.write_bytes(line("a"))
    other.write_bytes(line("b"))
    for target in (rows, other) if link == "symlink_to" else (rows,):
        getattr(tmp_path / "scored.jsonl.part", link)(target)
        with pytest.raises(InputError) as caught:
            grade_with(room, rows, scored, quiet=True)
        assert "nothing was written" in (caught.value.hint or "")
        (tmp_path / "scored.jsonl.part").unlink()
    assert rows.read_bytes() == line("a") and other.read_bytes() == line("b") and not scored.exists()


def test_a_full_disk_is_said_with_the_file(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(line("a"))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"scored\.jsonl\.part cannot be used: No space left"):
        grade_with(room, rows, tmp_path / "scored.jsonl", quiet=True)
    assert not (tmp_path / "scored.jsonl").exists()


def test_an_interrupted_run_goes_on_and_another_subject_starts_anew(room: Room, tmp_path: Path) -> None:
    rows, scored, part = tmp_path / "rows.jsonl", tmp_path / "scored.jsonl", tmp_path / "scored.jsonl.part"
    rows.write_bytes(line("a") + line("b") + line("c"))
    grade_with(room, rows, scored, quiet=True)
    whole = scored.read_bytes()
    for cut in (0, 1, len(whole) // 2, len(whole) - 1, len(whole)):
        part.write_bytes(whole[:cut])
        scored.unlink(missing_ok=True)
        grade_with(room, rows, scored, quiet=True)
        assert scored.read_bytes() == whole and not part.exists()
    part.write_bytes(whole)
    rows.write_bytes(line("x") + line("b"))
    grade_with(room, rows, scored, quiet=True)
    assert [json.loads(each)["id"] for each in io.BytesIO(scored.read_bytes())] == ["x", "b"]
