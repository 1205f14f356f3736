"""Ids that a pack in use has already: the check and the preview name them, as loading does, and no pack clashes with itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from greenroom.bank.load import load_bank
from greenroom.builtin import PACKS
from greenroom.errors import NotFoundError
from greenroom.room import Room
from greenroom.settings import Settings

CORE = PACKS / "core"


def make(folder: Path, question_id: str, name: str | None = None) -> Path:
    """A pack of one question."""
    (folder / "mine").mkdir(parents=True)
    (folder / "pack.yaml").write_text((CORE / "pack.yaml").read_text().replace("id: core", f"id: {name or folder.name}"))
    text = (CORE / "attention/attention.yaml").read_text()
    text = text.replace("id: attention\ntopic: attention", f"# a line more\nid: {question_id}\ntopic: mine", 1)
    (folder / f"mine/{question_id}.yaml").write_text(text)
    return folder


def room(tmp_path: Path, *packs: Path) -> Room:
    return Room(Settings(home=tmp_path / "no-home", packs=packs))


@pytest.mark.parametrize("in_use", [False, True])
def test_an_id_of_the_core_pack_is_named_by_the_check_and_the_preview(tmp_path: Path, in_use: bool) -> None:
    pack = make(tmp_path / "clash", "attention")
    mine = room(tmp_path, *([pack] if in_use else []))
    (fault,) = mine.bank.check(pack)
    assert (fault.file, fault.line) == ("clash/mine/attention.yaml", 2)
    assert "“attention”" in fault.what and "“core”" in fault.what and "another id" in fault.cure
    assert mine.bank.draft(pack).faults == (fault,)
    assert mine.bank.check() == ([fault] if in_use else [])


def test_control_a_pack_of_its_own_ids_has_no_fault_whether_in_use_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = make(tmp_path / "good", "mine-alone")
    (tmp_path / "link").symlink_to(pack)
    monkeypatch.chdir(tmp_path)
    for used in ((), (pack,), (pack, Path("good"), tmp_path / "link")):
        mine = room(tmp_path, *used)
        for path in (pack, Path("good"), Path("good/../good"), tmp_path / "link"):
            assert mine.bank.check(path) == [] and mine.bank.draft(path).faults == ()
        assert mine.bank.check() == [] and mine.bank.faults() == []


def test_of_two_packs_in_use_the_later_one_has_the_fault(tmp_path: Path) -> None:
    first, later = make(tmp_path / "first", "same"), make(tmp_path / "later", "same")
    mine = room(tmp_path, first, later)
    (fault,) = mine.bank.check()
    assert fault.file == "later/mine/same.yaml" and "“first”" in fault.what
    assert mine.bank.check(first) == [] and mine.bank.check(later) == [fault]
    assert mine.bank.faults() == [str(fault)]


def test_a_pack_of_the_same_name_is_told_apart_by_its_folder(tmp_path: Path) -> None:
    first, later = make(tmp_path / "first", "same", "twin"), make(tmp_path / "later", "same", "twin")
    (fault,) = room(tmp_path, first).bank.check(later)
    assert str(first) in fault.what
    assert str(first) not in room(tmp_path, make(tmp_path / "other", "same")).bank.check(later)[0].what


def test_what_is_not_found_may_be_in_a_pack_that_was_left_out(tmp_path: Path) -> None:
    folder = make(tmp_path / "my pack", "mine-alone", "bad id")
    mine = room(tmp_path, folder)
    left = f"my pack is left out (1 fault): `greenroom bank check '{folder}'`"
    with pytest.raises(NotFoundError) as question:
        mine.bank.get("mine-alone")
    with pytest.raises(NotFoundError) as near:
        mine.bank.get("attentoin")
    with pytest.raises(NotFoundError) as topic:
        mine.bank.check_topic("mine")
    assert all(left in caught.value.hint for caught in (question, near, topic)) and "attention?" in near.value.hint
    assert mine.bank.left_out() == [left]


def test_control_where_no_pack_is_left_out_nothing_is_said_of_one() -> None:
    with pytest.raises(NotFoundError) as caught:
        load_bank([CORE]).get("image-layers")
    assert "left out" not in caught.value.hint and load_bank([CORE]).whats_left_out() == []


def test_a_folder_that_is_not_there_is_left_out_by_its_path(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "gone", ignore_errors=True)
    bank = load_bank([CORE, tmp_path / "gone"])
    assert bank.left_out == {tmp_path / "gone": 1} and bank.faults[0].file == str(tmp_path / "gone")
