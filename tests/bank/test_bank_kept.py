"""Packs kept between runs: the same bank without reading YAML, and never an old one."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from greenroom.bank import load as loading
from greenroom.bank.bank import Bank
from greenroom.bank.kept import MOST, KeptPacks
from greenroom.bank.load import load_bank
from greenroom.builtin import PACKS

FILE = Path("attention/attention.yaml")
LATER = 3600.0
SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "attention").mkdir(parents=True)
    shutil.copy(SAMPLE / FILE, folder / FILE)
    shutil.copy(SAMPLE / "pack.yaml", folder / "pack.yaml")
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> KeptPacks:
    """As an hour from now, so that what a test has just written counts as settled."""
    return KeptPacks(tmp_path / "cache", lambda: time.time() + LATER)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The packs whose YAML was read, in order."""
    found: list[Path] = []
    real = loading.read_pack

    def watched(folder: Path) -> object:
        found.append(folder)
        return real(folder)

    monkeypatch.setattr(loading, "read_pack", watched)
    return found


def ask(bank: Bank) -> str:
    return bank.get("attention").ask


def test_the_second_time_no_yaml_is_read_and_the_bank_is_the_same(kept: KeptPacks, read: list[Path]) -> None:
    folders = sorted(folder for folder in PACKS.iterdir() if (folder / "pack.yaml").is_file())
    first = load_bank(folders, kept)
    assert read == folders
    second = load_bank(folders, kept)
    assert read == folders and second.packs == first.packs and second.packs == load_bank(folders).packs
    assert len(second.questions()) > 130 and not second.faults


def _edit(path: Path) -> None:
    path.write_text(path.read_text().replace("weight: 3", "weight: 2"))


def _same_size_and_time(path: Path) -> None:
    """The same length, and the time of the file put back: the change time and nothing else tells."""
    before = path.stat()
    _edit(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def _another_file_in_its_place(path: Path) -> None:
    made = path.with_suffix(".new")
    made.write_text(path.read_text().replace("weight: 3", "weight: 2"))
    made.replace(path)


@pytest.mark.parametrize("change", [_edit, _same_size_and_time, _another_file_in_its_place])
def test_a_changed_question_is_read_again(pack: Path, kept: KeptPacks, change: Callable[[Path], None]) -> None:
    assert load_bank([pack], kept).get("attention").key_points[0].weight == 3
    change(pack / FILE)
    assert load_bank([pack], kept).get("attention").key_points[0].weight == 2


def test_a_new_question_one_that_goes_and_a_new_version_are_seen(pack: Path, kept: KeptPacks) -> None:
    load_bank([pack], kept)
    (pack / "ethics").mkdir()
    (pack / "ethics/ethics.yaml").write_text(
        (pack / FILE).read_text().replace("id: attention\ntopic: attention", "id: ethics\ntopic: ethics", 1)
    )
    assert len(load_bank([pack], kept).questions()) == 2
    (pack / FILE).unlink()
    assert [question.id for question in load_bank([pack], kept).questions()] == ["ethics"]
    header = pack / "pack.yaml"
    header.write_text("\n".join("version: 9.9.9" if line.startswith("version:") else line for line in header.read_text().splitlines()))
    assert load_bank([pack], kept).packs[0].header.version == "9.9.9"


def test_a_file_that_has_just_changed_is_not_kept(pack: Path, tmp_path: Path, read: list[Path]) -> None:
    for _ in range(2):
        load_bank([pack], KeptPacks(tmp_path / "cache"))
    assert read == [pack, pack] and not (tmp_path / "cache").exists()


def test_a_pack_with_a_fault_is_never_kept(pack: Path, kept: KeptPacks, tmp_path: Path) -> None:
    (pack / FILE).write_text((pack / FILE).read_text() + "\nsurprise: 1\n")
    for _ in range(2):
        assert any("surprise" in fault.what for fault in load_bank([pack], kept).faults)
    assert not (tmp_path / "cache").exists()


def test_a_link_is_refused_although_the_file_was_kept(pack: Path, kept: KeptPacks) -> None:
    load_bank([pack], kept)
    (pack / FILE).rename(pack.parent / "elsewhere.yaml")
    (pack / FILE).symlink_to(pack.parent / "elsewhere.yaml")
    assert not load_bank([pack], kept).packs


def test_a_clash_of_ids_is_named_with_its_line_also_from_what_is_kept(pack: Path, kept: KeptPacks) -> None:
    for _ in range(2):
        bank = load_bank([PACKS / "core", pack], kept)
        assert [p.folder for p in bank.packs] == [PACKS / "core"]
        assert "earlier pack" in bank.faults[0].what and bank.faults[0].line == 1


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"[]", b'{"mark": "x", "pack": {}}', b"[" * 100_000])
def test_a_damaged_file_costs_time_only(pack: Path, kept: KeptPacks, tmp_path: Path, raw: bytes) -> None:
    expected = load_bank([pack], kept).packs
    (file,) = (tmp_path / "cache").iterdir()
    file.write_bytes(raw)
    assert load_bank([pack], kept).packs == expected
    assert file.read_bytes() != raw, "and is mended"


def test_a_folder_that_cannot_be_written_costs_time_only(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert load_bank([pack], KeptPacks(tmp_path / "cache", lambda: time.time() + LATER)).packs


def test_the_folder_stays_small(pack: Path, kept: KeptPacks, tmp_path: Path) -> None:
    for n in range(MOST + 3):
        load_bank([shutil.copytree(pack, tmp_path / f"pack-{n}")], kept)
    assert len(list((tmp_path / "cache").iterdir())) == MOST


def test_a_topic_that_became_a_link_and_a_question_in_the_wrong_place_are_seen(pack: Path, kept: KeptPacks) -> None:
    assert load_bank([pack], kept).packs
    (pack / "attention/why.yml").write_text("id: why")
    assert any("not read" in fault.what for fault in load_bank([pack], kept).faults)
    (pack / "attention/why.yml").unlink()
    assert load_bank([pack], kept).packs
    (pack / "attention").rename(pack.parent / "elsewhere")
    (pack / "attention").symlink_to(pack.parent / "elsewhere")
    assert not load_bank([pack], kept).packs


def test_what_is_in_use_is_not_what_goes_first(pack: Path, kept: KeptPacks, tmp_path: Path) -> None:
    load_bank([pack], kept)
    (first,) = (tmp_path / "cache").iterdir()
    os.utime(first, (0, 0))
    load_bank([pack], kept)
    assert first.stat().st_mtime > 0


def test_a_pipe_in_its_place_holds_nobody_up(pack: Path, kept: KeptPacks, tmp_path: Path) -> None:
    load_bank([pack], kept)
    (file,) = (tmp_path / "cache").iterdir()
    file.unlink()
    os.mkfifo(file)
    assert load_bank([pack], kept).packs


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> list[int]:
    return [stat.S_IMODE(each.stat().st_mode) for each in (folder, *folder.iterdir())]


@pytest.mark.usefixtures("open_umask")
def test_what_is_kept_is_for_one_person_whatever_the_umask(pack: Path, kept: KeptPacks, tmp_path: Path) -> None:
    (tmp_path / "control").mkdir()
    assert modes(tmp_path / "control") == [0o777], "control: the umask lets all"
    load_bank([pack], kept)
    assert modes(tmp_path / "cache") == [0o700, 0o600]


@pytest.mark.parametrize("place", ["folder", "file"])
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_what_another_person_may_have_written_is_not_believed(
    pack: Path, kept: KeptPacks, tmp_path: Path, read: list[Path], place: str, mode: int
) -> None:
    load_bank([pack], kept)
    load_bank([pack], kept)
    assert len(read) == 1, "control: else it is believed"
    (file,) = (tmp_path / "cache").iterdir()
    changed = file if place == "file" else file.parent
    changed.chmod(changed.stat().st_mode | mode)
    load_bank([pack], kept)
    assert len(read) == 2 and modes(tmp_path / "cache") == [0o700, 0o600], "and is made anew"


def test_what_is_another_persons_is_not_believed(pack: Path, kept: KeptPacks, read: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    load_bank([pack], kept)
    monkeypatch.setattr(os, "geteuid", lambda real=os.geteuid: real() + 1)
    load_bank([pack], kept)
    assert len(read) == 2


def test_a_link_in_its_place_is_not_followed(pack: Path, kept: KeptPacks, tmp_path: Path, read: list[Path]) -> None:
    load_bank([pack], kept)
    (file,) = (tmp_path / "cache").iterdir()
    file.rename(tmp_path / "elsewhere.json")
    file.symlink_to(tmp_path / "elsewhere.json")
    load_bank([pack], kept)
    assert len(read) == 2 and not file.is_symlink()
