"""A pack of a stranger is bounded work: lists have limits that are looked at first, and nothing is looked for once per fault. Steps are
counted, never seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from greenroom.bank import read, source
from greenroom.bank.bank import ALIASES_LIMIT, Fault, PackHeader
from greenroom.bank.check import check_pack
from greenroom.bank.question import Question
from greenroom.bank.read import read_pack
from greenroom.bank.source import Source

SAMPLE = Path(__file__).parent / "sample"
QUESTION = "attention/attention.yaml"


def data(pack: Path) -> dict[str, Any]:
    return yaml.load((pack / QUESTION).read_text(), Loader=source.SafeLoader)  # type: ignore[no-any-return]


def written(pack: Path, value: dict[str, Any]) -> list[Fault]:
    (pack / QUESTION).write_text(yaml.safe_dump(value, sort_keys=False))
    return read_pack(pack).faults


LISTS = [
    (("forms",), 50),
    (("forms", 0, "adds"), 40),
    (("forms", 0, "drops"), 40),
    (("key_points",), 40),
    (("key_points", 0, "says"), 40),
    (("misconceptions",), 40),
    (("misconceptions", 0, "says"), 40),
    (("follow_ups",), 80),
    (("sources",), 40),
]


@pytest.mark.parametrize(("path", "limit"), LISTS, ids=[str(path) for path, _ in LISTS])
def test_a_list_has_a_limit_that_is_named_with_its_line(pack: Path, path: tuple[str | int, ...], limit: int) -> None:
    value = data(pack)
    value["forms"][0].update(adds=["qkv"], drops=["qkv"])
    holder: Any = value
    for step in path[:-1]:
        holder = holder[step]
    one = holder[path[-1]][0]
    holder[path[-1]] = [one] * limit
    (pack / QUESTION).write_text(yaml.dump(value, Dumper=Plain, sort_keys=False))
    assert read_pack(pack).faults == []
    holder[path[-1]] = [one] * (limit + 1)
    (pack / QUESTION).write_text(yaml.dump(value, Dumper=Plain, sort_keys=False))
    (fault,) = read_pack(pack).faults
    assert f"more than {limit} entries" in fault.what and fault.cure
    assert str(path[-1]) in (pack / QUESTION).read_text().splitlines()[fault.line - 1]


class Plain(yaml.SafeDumper):
    """Writes a value that comes again out again."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def test_the_values_for_a_lab_and_the_renamed_points_have_a_limit(pack: Path) -> None:
    value = data(pack)
    value["lab"] = {"name": "loss", "set": {f"k{n}": n for n in range(40)}}
    assert written(pack, value) == []
    value["lab"]["set"]["more"] = 1
    assert ["more than 40 entries" in fault.what for fault in written(pack, value)] == [True]
    header = (pack / "pack.yaml").read_text()
    (pack / QUESTION).write_text((SAMPLE / QUESTION).read_text())
    for count, faults in ((ALIASES_LIMIT, 0), (ALIASES_LIMIT + 1, 1)):
        aliases = "".join(f"  attention/old-{n}: attention/qkv\n" for n in range(count))
        (pack / "pack.yaml").write_text(f"{header}aliases:\n{aliases}")
        found = check_pack(pack)
        assert len(found) == faults and all(f"more than {ALIASES_LIMIT} entries" in fault.what for fault in found)


def errors(kind: type[Question | PackHeader], **given: object) -> int:
    """How many errors there are of the lists given, beside those for what is missing."""
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(given)
    return sum(error["type"] != "missing" for error in caught.value.errors())


def test_a_list_that_is_too_long_is_one_error_before_its_entries_are_looked_at() -> None:
    assert errors(Question, forms=[1] * 50) == 50, "control: each wrong entry is an error"
    assert errors(Question, forms=[1] * 480_000) == 1
    assert errors(PackHeader, aliases=dict.fromkeys(map(str, range(10_000)))) == 1


MANY = {
    "a list": ("a: [" + "1," * 40 + "1]", 1),
    "a list in lines": ("a:\n" + "- 1\n" * 50, 39),
    "keys": ("".join(f"k{n}: 1\n" for n in range(30)), 20),
    "keys without a value": ("{" + ",".join(f"k{n}" for n in range(30)) + "}", 1),
    "lists in lists": ("[" * 60 + "]" * 60, 1),
    "nothing at all": ("-\n" * 50, 40),
}


@pytest.mark.parametrize(("text", "line"), MANY.values(), ids=MANY.keys())
def test_a_file_of_too_many_values_is_one_fault_before_anything_is_made_of_it(
    pack: Path, text: str, line: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pack / QUESTION).write_text(text)
    assert not any("values in this file" in fault.what for fault in read_pack(pack).faults), "control"
    monkeypatch.setattr(source, "VALUES_LIMIT", 40)
    made: list[object] = []
    monkeypatch.setattr(source.yaml, "load", lambda *given, real=yaml.load, **more: made.append(1) or real(*given, **more))
    (fault,) = read_pack(pack).faults
    assert fault.what == "More than 40 values in this file." and fault.cure and len(made) == 1, "pack.yaml alone"
    assert line <= fault.line <= line + 1


def test_a_broken_file_with_anchors_is_a_fault(pack: Path) -> None:
    (pack / QUESTION).write_text("a: &x [1\nb: 1\n")
    (fault,) = read_pack(pack).faults
    assert "Not valid YAML" in fault.what and fault.cure


def test_what_forms_share_is_looked_for_once(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    real = Question._added
    monkeypatch.setattr(Question, "_added", lambda self: seen.append(1) or real(self))
    counts = []
    for forms in (10, 20):
        value = data(pack)
        value["forms"] = [{"id": f"form-{n}", "ask": f"Asked in another way, the {n}th?", "source": "pack"} for n in range(forms)]
        (pack / QUESTION).write_text(yaml.safe_dump(value, sort_keys=False))
        seen.clear()
        assert check_pack(pack) == []
        counts.append(len(seen))
    assert counts[0] == counts[1] > 0


class Counted(list[Any]):
    walks = 0

    def __iter__(self) -> Any:
        self.walks += 1
        return super().__iter__()


def test_the_keys_of_a_mapping_are_walked_once_however_many_lines_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("".join(f"k{n}: 1\n" for n in range(200)))
    file = Source(tmp_path / "a.yaml", tmp_path)
    file.line(())
    assert isinstance(file._root, yaml.MappingNode)
    file._root.value = Counted(file._root.value)
    assert [file.line((f"k{n}",)) for n in range(200)] == list(range(1, 201))
    assert file._root.value.walks == 1


@pytest.mark.parametrize("before", ["", "\ufeff", "a: 1\n", "a: 1\r", "a: 1\r\n", "a: 1\u2028", "a: 1\x85", "--- 1\n...\n"])
def test_a_line_that_yaml_takes_for_a_directive_is_refused_before_it_is_read(
    pack: Path, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pack / QUESTION).write_bytes(f"{before}%TAG !x! tag:x,2000:\n".encode())
    read_at_all: list[object] = []
    monkeypatch.setattr(source.yaml, "load", lambda *given, real=yaml.load, **more: read_at_all.append(1) or real(*given, **more))
    (fault,) = read_pack(pack).faults
    assert "begins with “%”" in fault.what and fault.line == before.count("\n") + 1 and fault.cure
    assert len(read_at_all) == 1, "pack.yaml alone"


def test_control_a_percent_sign_elsewhere_is_text(pack: Path) -> None:
    text = (pack / QUESTION).read_text()
    (pack / QUESTION).write_text(f"{text}  - 90 % of it, https://example.org/a%20b\n  # %TAG\n")
    assert check_pack(pack) == []


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    real = Source.__init__

    def watched(self: Source, path: Path, folder: Path) -> None:
        found.append(path.name)
        real(self, path, folder)

    monkeypatch.setattr(Source, "__init__", watched)
    return found


def broken(pack: Path, count: int) -> None:
    for n in range(count):
        (pack / f"attention/b{n:02}.yaml").write_text("[" * 100)


def test_files_that_cannot_be_read_count_as_bytes_of_the_pack(pack: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (pack / QUESTION).unlink()
    broken(pack, 10)
    monkeypatch.setattr(read, "PACK_LIMIT", 300)
    faults = read_pack(pack).faults
    assert "more than 300 bytes" in faults[0].what and len(opened) == 1 + 3
    monkeypatch.setattr(read, "PACK_LIMIT", 1000)
    opened.clear()
    assert not any("bytes" in fault.what for fault in read_pack(pack).faults) and len(opened) == 1 + 10


def test_no_file_is_read_whose_faults_would_not_be_shown(pack: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    broken(pack, 10)
    (pack / QUESTION).unlink()
    monkeypatch.setattr(read, "FAULTS_LIMIT", 3)
    faults = read_pack(pack).faults
    assert len(opened) == 1 + 4 and faults[0].what == "6 further files not read: there are too many faults."
