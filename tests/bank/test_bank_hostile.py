"""A pack of a stranger: whatever its files are or hold, reading it ends in faults with file, line and cure, and soon."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from greenroom.bank import read, source
from greenroom.bank.check import check_pack
from greenroom.bank.load import load_bank
from greenroom.bank.read import read_pack
from greenroom.builtin import PACKS
from greenroom.room import Room
from greenroom.settings import Settings

CORE = PACKS / "core"
CANARY = "canary-of-another-folder"

VALUES = {
    "a number of 5,000 digits": "a: " + "9" * 5000,
    "a day that is none": "a: 2001-99-99",
    "a time that is none": "id: 2001-13-45 25:61:61",
    "a list as key": "? [a, b]\n: 1",
    "a mapping as key": "? {a: b}\n: 1",
    "a number in base sixty": "a: 1" + ":1" * 400_000,
    "no int": 'a: !!int ""',
    "no bool": "a: !!bool perhaps",
    "no date": "a: !!timestamp tomorrow",
    "no float": "a: !!float _",
    "an unknown tag": "a: !" + "x" * 5000 + " b",
    "a long key twice": f"{'k' * 900}: 1\n{'k' * 900}: 2",
    "Python": "a: !!python/object/apply:os.system [id]",
    "deep": "[" * 100_000,
    "a scalar": "just text",
    "a list": "- a\n- b",
    "nothing": "",
    "a byte order": "\ufeff\ufeffa: 1",
}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """One topic of the core pack, without fault as far as form goes."""
    folder = tmp_path / "copy"
    shutil.copytree(CORE / "attention", folder / "attention")
    shutil.copy(CORE / "pack.yaml", folder / "pack.yaml")
    return folder


def question(pack: Path) -> Path:
    return pack / "attention" / "attention.yaml"


CARELESS = "from greenroom.bank.source import Source; Source._plain_bytes = lambda self: self.path.read_bytes()\n"
READ = """import sys
from pathlib import Path
from greenroom.bank.read import read_pack
print("read", flush=True)
read_pack(Path(sys.argv[1]))"""


def soon(pack: Path, before: str = "", seconds: float = 20) -> bool:
    """Whether reading ends, in a process that can be stopped if it does not."""
    with subprocess.Popen([sys.executable, "-c", before + READ, str(pack)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stdout.readline() == "read\n"  # the clock starts after the imports
        try:
            return child.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            child.kill()


@pytest.mark.parametrize("text", VALUES.values(), ids=VALUES.keys())
@pytest.mark.parametrize("place", ["attention/attention.yaml", "pack.yaml"])
def test_whatever_a_file_holds_is_a_fault_with_its_cure(pack: Path, place: str, text: str) -> None:
    (pack / place).write_text(f"# first line\n{text}\n")
    found = [fault for fault in check_pack(pack) if fault.file == f"copy/{place}"]
    assert found and all(fault.line >= 1 and fault.cure for fault in found)
    assert all(len(str(fault)) < 600 for fault in found)
    assert pack not in [p.folder for p in load_bank([pack]).packs]


def test_the_line_of_a_value_that_cannot_be_read(pack: Path) -> None:
    question(pack).write_text("id: attention\nsources:\n  - a\n  - 2001-99-99\n")
    (fault,) = (f for f in read_pack(pack).faults if f.file.endswith("attention/attention.yaml"))
    assert fault.line == 4 and "2001-99-99" in fault.what


@pytest.mark.parametrize("name", ["a number of 5,000 digits", "a day that is none", "a list as key", "no bool", "no date"])
def test_control_the_plain_loader_raises_other_errors(name: str) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError)) as caught:
        yaml.load(VALUES[name], Loader=yaml.CSafeLoader)
    assert name == "a list as key" or not isinstance(caught.value, yaml.YAMLError)


@pytest.mark.parametrize("place", ["attention/attention.yaml", "pack.yaml"])
@pytest.mark.parametrize("kind", ["pipe", "zero", "link", "loop", "folder", "socket link"])
def test_only_plain_files_are_read(pack: Path, place: str, kind: str, tmp_path: Path) -> None:
    path = pack / place
    path.unlink()
    (tmp_path / "outside.yaml").write_text(f"{CANARY}: {CANARY}\n{CANARY}: 1\n")
    made: dict[str, Callable[[], object]] = {
        "pipe": lambda: os.mkfifo(path),
        "zero": lambda: path.symlink_to("/dev/zero"),
        "link": lambda: path.symlink_to(tmp_path / "outside.yaml"),
        "loop": lambda: path.symlink_to(path),
        "folder": lambda: path.mkdir(),
        "socket link": lambda: path.symlink_to("/proc/self/fd/0"),
    }
    made[kind]()
    assert soon(pack)
    (fault,) = (f for f in read_pack(pack).faults if f.file == f"copy/{place}")
    assert "plain file" in fault.what and fault.cure and CANARY not in str(fault)


def test_a_topic_that_leads_outside_is_not_read(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.yaml").write_text(f"{CANARY}: 1\n")
    (pack / "more").symlink_to(tmp_path / "outside")
    faults = read_pack(pack).faults
    assert [(f.file, f.what) for f in faults] == [("copy/more", "This folder is a link, and is not looked into.")] and faults[0].cure


def test_no_name_of_a_file_outside_is_seen_through_a_link(pack: Path, tmp_path: Path) -> None:
    (tmp_path / f"{CANARY}.yaml").write_text("")
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / f"{CANARY}.yml").write_text("")
    (pack / "up").symlink_to("..")
    (pack / "attention" / "up").symlink_to(tmp_path / "away")
    (pack / "loop").symlink_to("loop")
    faults = read_pack(pack).faults
    assert [f.file for f in faults] == ["copy/attention/up", "copy/up"] and all("is a link" in f.what for f in faults)
    assert any(CANARY in path.name for path in pack.glob("*/*/*.yml")), "control: whoever follows them sees the name"


def test_a_loop_of_links_in_place_of_a_pack_is_a_fault_in_the_check_and_the_preview(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    room = Room(Settings(home=tmp_path / "no-home"))
    for faults in (check_pack(tmp_path / "loop"), room.bank.check(tmp_path / "loop"), room.bank.draft(tmp_path / "loop").faults):
        assert [f.what for f in faults] == ["This is no folder."]


def test_faults_have_the_name_of_the_folder_however_it_was_reached(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    question(pack).write_text("id: [")
    (pack / "stray.yaml").write_text("")
    (tmp_path / "link").symlink_to(pack)
    monkeypatch.chdir(pack)
    seen = [
        {f.file for f in check_pack(folder)} for folder in (pack, Path(), Path(), Path("../copy"), Path("attention/.."), tmp_path / "link")
    ]
    assert seen == [{"copy/attention/attention.yaml", "copy/stray.yaml"}] * 6


@pytest.mark.parametrize("value", [".nan", ".inf", "-.INF", "1.0e+400", "!!float nan"])
def test_a_number_that_is_none_is_refused_with_its_line(pack: Path, value: str) -> None:
    text = question(pack).read_text()
    question(pack).write_text(text.replace("\nforms:", f"\nlab:\n  name: loss\n  set:\n    rate: {value}\nforms:", 1))
    (fault,) = (f for f in read_pack(pack).faults if f.file.endswith("attention/attention.yaml"))
    assert value in question(pack).read_text().splitlines()[fault.line - 1] or value.endswith("nan")
    assert "finite number" in fault.what or "is no float" in fault.what
    assert "in quotes" in fault.cure


def test_a_pack_folder_may_be_a_link(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(pack)
    assert read_pack(tmp_path / "link").faults == []


def test_control_a_plain_read_hangs_and_leads_outside(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source.Source, "_plain_bytes", lambda self: self.path.read_bytes())
    (tmp_path / "outside.yaml").write_text(f"{CANARY}: 1\n")
    (pack / "attention" / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    assert any(CANARY in str(fault) for fault in read_pack(pack).faults)
    os.mkfifo(pack / "attention" / "pipe.yaml")
    assert not soon(pack, CARELESS, seconds=1)


def test_a_file_is_read_no_further_than_its_limit(pack: Path) -> None:
    with question(pack).open("wb") as file:
        file.truncate(40 * 2**30)  # sparse
    (fault,) = (f for f in read_pack(pack).faults if f.file.endswith("attention/attention.yaml"))
    assert "Larger" in fault.what and fault.cure


def test_too_many_files_are_not_read(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(list((pack / "attention").iterdir()))
    monkeypatch.setattr(read, "FILES_LIMIT", count)
    assert read_pack(pack).faults == []
    monkeypatch.setattr(read, "FILES_LIMIT", count - 1)
    loaded = read_pack(pack)
    assert [f.file for f in loaded.faults] == ["copy/pack.yaml"] and loaded.questions == [] and loaded.pack() is None


def test_too_much_text_is_not_read(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "PACK_LIMIT", 10)
    loaded = read_pack(pack)
    assert "more than 10 bytes" in loaded.faults[0].what and loaded.questions == []


def test_of_many_faults_the_first_are_shown(pack: Path) -> None:
    question(pack).write_text("".join(f"{'k' * 200}{n}: 1\n" for n in range(4_000)))
    faults = read_pack(pack).faults
    assert len(faults) == read.FAULTS_LIMIT + 1 and "more fault" in faults[-1].what
    assert all(len(str(fault)) < 600 for fault in faults)
    (pack / "attention" / "other.yaml").write_text("- a\n")
    assert len(check_pack(pack)) == read.FAULTS_LIMIT + 1


def test_a_name_that_is_no_text_is_shown(pack: Path) -> None:
    question(pack).rename(pack / "attention" / os.fsdecode(b"\xff\xfe.yaml"))
    for fault in check_pack(pack):
        str(fault).encode()
    question(pack).write_bytes(b"\xff")
    assert any("UTF-8" in fault.what for fault in read_pack(pack).faults)


@pytest.mark.parametrize("sign", ["\x1b", "\u00ad", "\u061c", "\u180e", "\u3164", "\U000e0069"])
def test_a_sign_that_cannot_be_seen_is_found_with_its_line(pack: Path, sign: str) -> None:
    path = pack / "attention/attention.yaml"
    path.write_text(path.read_text().replace("What is the role of attention", f"What is the {sign}role of attention", 1))
    line = path.read_text()[: path.read_text().index(sign)].count("\n") + 1
    (found,) = (fault for fault in check_pack(pack) if fault.file == "copy/attention/attention.yaml")
    assert (found.line, found.what) == (line, f"A character that cannot be seen (U+{ord(sign):04X}).") and "Remove it" in found.cure
