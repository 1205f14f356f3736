"""Ids that a pack in use has already: the check and the preview name them, as loading does, and no pack clashes with itself."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from greenroom.bank.bank import Bank
from greenroom.bank.kept import KeptPacks
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


def renaming(folder: Path, question_id: str, old: str) -> Path:
    """A pack of one question, one point of which is said to have had another id."""
    make(folder, question_id)
    with (folder / "pack.yaml").open("a") as header:
        header.write(f"aliases:\n  {old}: {question_id}/qkv\n")
    return folder


def test_of_two_packs_that_rename_one_point_the_first_is_believed(tmp_path: Path) -> None:
    first, later = renaming(tmp_path / "first", "one", "gone/old"), renaming(tmp_path / "later", "two", "gone/old")
    mine = room(tmp_path, first, later)
    (fault,) = mine.bank.check()
    assert (
        fault.file == "later/pack.yaml"
        and "“first”" in fault.what
        and "gone/old:" in (later / "pack.yaml").read_text().splitlines()[fault.line - 1]
    )
    assert mine.bank.bank.present_id("gone/old") == "one/qkv" and mine.bank.faults() == [str(fault)]
    assert mine.bank.check(first) == [] and mine.bank.draft(later).faults == (fault,)
    assert Bank([*load_bank([first]).packs, *load_bank([later]).packs]).present_id("gone/old") == "one/qkv", "also unchecked"


def test_a_pack_that_comes_before_the_owner_takes_nothing_from_it(tmp_path: Path) -> None:
    point = "two/old"
    first, owner = renaming(tmp_path / "first", "one", point), renaming(tmp_path / "owner", "two", point)
    bank = load_bank([first, owner])
    assert len(bank.packs) == 2 and bank.present_id(point) == "two/qkv" and bank.former_ids("one/qkv") == []
    assert load_bank([first]).present_id(point) == "one/qkv", "control: where the owner is not in use"


def test_a_misconception_of_a_later_pack_is_living(tmp_path: Path) -> None:
    wrong = load_bank([CORE]).get("attention").misconceptions[0].id
    first, owner = renaming(tmp_path / "first", "one", f"two/{wrong}"), make(tmp_path / "owner", "two")
    bank = load_bank([first, owner])
    assert len(bank.packs) == 2 and bank.present_id(f"two/{wrong}") == f"two/{wrong}"
    header = bank.packs[1].header.model_copy(update={"aliases": {f"two/{wrong}": "two/qkv"}})
    unchecked = Bank([bank.packs[1].model_copy(update={"header": header})])
    assert unchecked.present_id(f"two/{wrong}") == f"two/{wrong}", "also for its own pack"


def test_a_kept_pack_that_renames_what_is_not_its_own_is_left_out_too(tmp_path: Path) -> None:
    pack = renaming(tmp_path / "mine", "one", "attention/old")
    kept = KeptPacks(tmp_path / "cache", lambda: time.time() + 3600)
    for folders, count in (([pack], 1), ([pack], 1), ([CORE, pack], 1), ([CORE, pack], 1)):
        bank = load_bank(folders, kept)
        assert len(bank.packs) == count and len(bank.faults) == len(folders) - 1


def test_the_preview_of_a_question_shows_the_faults_of_its_file_whatever_the_file_is_called(tmp_path: Path) -> None:
    pack = make(tmp_path / "pack", "mine-alone")
    (pack / "mine/mine-alone.yaml").rename(pack / "mine/other-name.yaml")
    (pack / "mine/mine-alone.yaml").write_text("id: [")
    draft = room(tmp_path).bank.draft(pack)
    found = draft.faults_of("mine-alone")
    assert [(fault.file, fault.line) for fault in found] == [("pack/mine/other-name.yaml", 2)] and "The file is named" in found[0].what
    assert len(draft.faults) == 2, "the other file's fault is not this question's"
