"""What an author is told: each slip of the pen has its own cure, in words, counted from 1, and with the values that are allowed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from greenroom.bank.bank import Fault
from greenroom.bank.check import check_pack
from greenroom.bank.cures import writing
from greenroom.bank.cures.values import place
from greenroom.builtin import PACKS

CORE = PACKS / "core"
QUESTION = "attention/attention.yaml"
QUOTE = "Quote text"


def faults(pack: Path, old: str, new: str) -> list[Fault]:
    text = (pack / QUESTION).read_text()
    assert old in text
    (pack / QUESTION).write_text(text.replace(old, new, 1))
    return check_pack(pack)


@pytest.mark.parametrize(
    ("text", "line", "cure"),
    [
        ("a: 1\n\tb: 2\n", 2, "Use spaces"),
        ("a:\n\tb: 2\n", 2, "Use spaces"),
        ("a: b: c\n", 1, QUOTE),
        ("a: @you\n", 1, QUOTE),
        ("id: x\n  topic: y\n", 2, "same column"),
        ("a:\n  - b: 1\n     c: 2\n", 3, "same column"),
        ("a:\n  - x\n - y\n", 3, "same column"),
        ("a: 1\n- b\n", 2, "same column"),
        ("- x\nb: 1\n", 2, "same column"),
        ('a: "so" they say\n', 1, "Let a quote end"),
        ('a: "open\nb: 1\n', 3, "close it"),
        ("a: [1, 2\nb: 1\n", 2, "Close the bracket"),
        ("a: !so x\n", 1, "begins with “!”"),
        ("a: 1\nsome words\nb: 2\n", 3, "key: value"),
        ("a: - b\n", 1, "line below its key"),
        ("id: x\nask: y\nid: z\n", 3, "Keep one of the two."),
        ("a: {b: 1, b: 2}\n", 1, "Keep one of the two."),
        ("a: 2001-99-99\n", 1, "in quotes"),
        ("? [a]\n: 1\n", 1, "plain text"),
    ],
)
def test_each_slip_in_yaml_has_its_own_cure(pack: Path, text: str, line: int, cure: str) -> None:
    (pack / QUESTION).write_text(text)
    (fault,) = check_pack(pack)
    assert fault.line == line and cure in fault.cure, str(fault)


def test_both_parsers_are_understood() -> None:
    """The one written in C and the one in Python word their problems differently."""
    for text in ("a:\n\tb: 2\n", "a:\n  - x\n - y\n", 'a: "so" they\n', "a: [1, 2\nb: 1\n", "a: - b\n", "id: x\n  topic: y\n", "a: b: c\n"):
        cures = set()
        for loader in {getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader}:
            with pytest.raises(yaml.YAMLError) as caught:
                yaml.load(text, Loader=loader)
            cures.add(writing.cure(text, caught.value))
        assert len(cures) == 1, (text, cures)


def test_a_key_that_stands_twice_names_the_first(pack: Path) -> None:
    (pack / QUESTION).write_text("id: x\nask: y\nid: z\n")
    assert "first in line 1" in check_pack(pack)[0].what


VALUES = [
    ("weight: 3", "weight: essential", "key_points, 1st, weight: this is no whole number.", "Write 1, 2 or 3."),
    ("weight: 3", "weight: 9", "key_points, 1st, weight: the number is too large.", "Write 1, 2 or 3."),
    ("weight: 3", "weight: 0", "key_points, 1st, weight: the number is too small.", "Write 1, 2 or 3."),
    ("level: foundation", "level: guru", "level: this is none of the values allowed.", "Write foundation, practitioner or expert."),
    ("kind: knowledge", "kind: no", "kind: this is none of the values allowed.", "Write knowledge, behavioural or asks."),
    ("id: attention", "id: My Id", "id: this is no id.", "Use lower-case letters"),
    ("    says:\n", "    says:\n      - no\n", "says, 1st: this is read as yes or no, not as text.", "Put it in quotes."),
    ("    says:\n", "    says:\n      - 2017\n", "says, 1st: this is read as a number, not as text.", "Put it in quotes."),
    ("    says:\n", "    says:\n      - 2017-06-12\n", "says, 1st: this is read as a date, not as text.", "Put it in quotes."),
    ("    says:\n", "    says:\n      - So: it mixes.\n", "read as a key with a value, not as text.", "Put the whole text in quotes"),
    ("    says:\n", "    says:\n      -\n", "says, 1st: there is no text.", "Write one."),
    ("listens_for:", "listen_for:", "listen_for: there is no such key here.", "Did you mean listens_for?"),
    ("listens_for:", "listen_for:", "listens_for: this key is missing.", "`greenroom bank new DIR` writes"),
    ("\nforms:", "\nzzz: 1\nforms:", "zzz: there is no such key here.", "Keys here: id, topic"),
    ("\nforms:", "\nneeds: experience\nforms:", "needs: this is no list.", "“- ”"),
    ("\nforms:", "\nlab: cutoffs\nforms:", "lab: these are no keys with values.", "as keys with values"),
    ("\nforms:", "\nlab: {name: loss, set: {rate: [1]}}\nforms:", "lab, set, rate: this is neither", "Write one of these."),
]


@pytest.mark.parametrize(("old", "new", "what", "cure"), VALUES)
def test_a_wrong_value_says_what_is_allowed(pack: Path, old: str, new: str, what: str, cure: str) -> None:
    assert check_pack(pack) == []
    found = faults(pack, old, new)
    assert [fault for fault in found if what in fault.what and cure in fault.cure], [str(fault) for fault in found]
    assert not any("Input should" in str(fault) or "Correct the value" in str(fault) for fault in found)


def test_a_value_of_no_kind_that_is_allowed_is_one_fault(pack: Path) -> None:
    assert len(faults(pack, "\nforms:", "\nlab: {name: loss, set: {rate: [1]}}\nforms:")) == 1


def test_places_are_counted_from_one() -> None:
    assert place(("misconceptions", 3, "says", 2)) == "misconceptions, 4th, says, 3rd"
    assert [place((n,)) for n in (0, 1, 10, 11, 12, 20, 110)] == ["1st", "2nd", "11th", "12th", "13th", "21st", "111th"]


def test_text_is_looked_at_also_in_a_file_with_a_wrong_value(pack: Path) -> None:
    found = faults(pack, "level: foundation", "level: guru\nzzz: <b>bold</b>\nyyy: a\u200bb\nxxx: REPLACE")
    said = " ".join(fault.what for fault in found)
    assert "Markup" in said and "U+200B" in said and "A placeholder" in said and "none of the values" in said
    header = (pack / "pack.yaml").read_text()
    (pack / "pack.yaml").write_text(header.replace("schema: 2", "schema: 9\nzzz: <b>bold</b>"))
    assert any("Markup" in fault.what for fault in check_pack(pack) if fault.file == "copy/pack.yaml")


def test_many_texts_in_a_row_are_looked_at_soon(pack: Path) -> None:
    (pack / QUESTION).write_text("".join(f"k{n}: <b>\n" for n in range(4_000)))
    assert any("Markup" in fault.what for fault in check_pack(pack))


def test_a_few_placeholders_are_all_named_and_one_file_has_one_fault_for_them(pack: Path) -> None:
    (fault,) = faults(pack, "\nforms:", "\nround:\n  # REPLACE\n  # REPLACE\n  - peer\nforms:")
    line = (pack / QUESTION).read_text().splitlines().index("round:") + 2
    assert (fault.line, fault.what) == (line, f"2 placeholders are left, in lines {line}, {line + 1}.")


def test_an_id_in_two_files_names_the_other(pack: Path) -> None:
    shutil.copy(pack / QUESTION, pack / "attention/other.yaml")
    (twice,) = (fault for fault in check_pack(pack) if "used twice" in fault.what)
    assert twice.file == "copy/attention/other.yaml" and "copy/attention/attention.yaml" in twice.what


def test_a_part_of_a_pack_leads_to_the_pack(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in (pack / "attention", pack / QUESTION):
        (fault,) = check_pack(part)
        assert fault.cure.endswith(f"name the pack's folder: {pack}"), str(fault)
    monkeypatch.chdir(pack / "attention")
    assert check_pack(Path())[0].cure.endswith(f": {pack}")
    (alone,) = check_pack(pack.parent)
    assert "greenroom bank new DIR" in alone.cure and str(pack) not in alone.cure


def test_a_path_that_is_wrong_is_shown_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for given in ("/nowhere/x", "no/such", "../no-such"):
        (fault,) = check_pack(Path(given))
        assert (fault.file, fault.what) == (given, "There is no such folder.")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert check_pack(Path("loop"))[0].file == "loop"
    (tmp_path / "file").write_text("")
    assert check_pack(Path("file"))[0].what == "This is no folder."


def test_a_form_that_drops_nothing_is_not_told_to_drop_fewer(pack: Path) -> None:
    value = yaml.safe_load((pack / QUESTION).read_text())
    keep = [point["id"] for point in value["key_points"] if point["id"] in {"qkv", "scaling"}]
    value["key_points"] = [point for point in value["key_points"] if point["id"] in keep]
    value["follow_ups"] = [each for each in value["follow_ups"] if each["point_id"] in keep]
    value["forms"] = [{"id": "other", "ask": "Asked another way?", "source": "pack"}]
    (pack / QUESTION).write_text(yaml.safe_dump(value, sort_keys=False))
    (only,) = check_pack(pack)
    assert only.what == "2 key points for the canonical question."
    value["forms"][0]["drops"] = ["qkv"]
    (pack / QUESTION).write_text(yaml.safe_dump(value, sort_keys=False))
    assert "This form asks for 1 point. At least 4: drop fewer." in " ".join(map(str, check_pack(pack)))


def test_one_is_one(pack: Path) -> None:
    value = yaml.safe_load((pack / QUESTION).read_text())
    value["key_points"][0]["says"] = ["Mixes."]
    value["misconceptions"] = value["misconceptions"][:1]
    value["model_answers"]["plain"] = "Mixing."
    (pack / QUESTION).write_text(yaml.safe_dump(value, sort_keys=False))
    said = {fault.what for fault in check_pack(pack)}
    assert {"1 phrasing.", "1 word.", "1 misconception."} <= said
