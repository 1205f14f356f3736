"""The editorial limits, each at its number and one beside it, with the line that the fault names; what can be followed and what cannot."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from greenroom.bank.bank import Fault
from greenroom.bank.check import check_pack
from greenroom.bank.source import SafeLoader
from greenroom.bank.wording import text_fault

SAMPLE = Path(__file__).parent / "sample"
QUESTION = "attention/attention.yaml"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    (folder / "attention").mkdir(parents=True)
    shutil.copy(SAMPLE / "pack.yaml", folder / "pack.yaml")
    return folder


def faults(pack: Path, change: Change) -> list[Fault]:
    """Those of the question with a change, one value a line."""
    value = yaml.load((SAMPLE / QUESTION).read_text(), Loader=SafeLoader)
    change(value)
    (pack / QUESTION).write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10**9))
    return check_pack(pack)


def line(pack: Path, *texts: str) -> int:
    """The line (from 1) of the last text, looked for below the ones before it."""
    lines, at = (pack / QUESTION).read_text().splitlines(), -1
    for text in texts:
        at = next(n for n in range(at + 1, len(lines)) if text in lines[n])
    return at + 1


def words(count: int) -> str:
    return " ".join(f"w{n}" for n in range(count))


def says(key: str, n: int, count: int) -> Change:
    return lambda v: v[key][n].update(says=[f"phrasing number {k} of it" for k in range(count)])


def answer(key: str, count: int) -> Change:
    return lambda v: v["model_answers"].update({key: words(count)})


def points(kind: str, count: int) -> Change:
    def change(v: dict[str, Any]) -> None:
        v.update(kind=kind, forms=[], key_points=v["key_points"][:count])
        kept = {point["id"] for point in v["key_points"]}
        v["follow_ups"] = [each for each in v["follow_ups"] if each["point_id"] in kept]

    return change


def reading(count: int) -> Change:
    return lambda v: v.update(sources=v["sources"][:count])


def wrongs(kind: str, count: int) -> Change:
    return lambda v: v.update(kind=kind, misconceptions=v["misconceptions"][:count])


def left_in_a_form(count: int) -> Change:
    """The second form drops all points but ``count``."""

    def change(v: dict[str, Any]) -> None:
        forms = [{"ask": "First?", "source": "pack", "id": "one"}, {"ask": "Second?", "source": "pack", "id": "two"}]
        forms[1]["drops"] = [point["id"] for point in v["key_points"][count:]]
        v["forms"] = forms

    return change


SECOND_POINT, SECOND_WRONG = ("key_points:", "- id:", "- id:"), ("misconceptions:", "- id:", "- id:")
LIMITS: list[tuple[str, Change, Change, str, tuple[str, ...]]] = [
    (
        "phrasings of a point",
        says("key_points", 1, 4),
        says("key_points", 1, 3),
        "3 phrasings.",
        ("key_points:", "- id:", "- id:", "says:"),
    ),
    (
        "of a claim",
        says("misconceptions", 1, 3),
        says("misconceptions", 1, 2),
        "2 phrasings.",
        ("misconceptions:", "- id:", "- id:", "says:"),
    ),
    ("points of a form", left_in_a_form(4), left_in_a_form(3), "This form asks for 3 points.", ("ask: Second?",)),
    ("knowledge", points("knowledge", 6), points("knowledge", 5), "5 key points for", ("key_points:",)),
    ("behavioural", points("behavioural", 4), points("behavioural", 3), "3 key points for", ("key_points:",)),
    ("asks", points("asks", 6), points("asks", 5), "5 key points for", ("key_points:",)),
    ("wrong knowledge", wrongs("knowledge", 4), wrongs("knowledge", 3), "3 misconceptions.", ("misconceptions:",)),
    ("wrong asks", wrongs("asks", 4), wrongs("asks", 3), "3 misconceptions.", ("misconceptions:",)),
    ("a short answer", answer("plain", 40), answer("plain", 39), "39 words.", ("plain: w0",)),
    ("a long answer", answer("technical", 380), answer("technical", 381), "381 words.", ("technical: w0",)),
    (
        "further reading",
        lambda v: v.update(sources=v["sources"][:1]),
        lambda v: v.update(sources=[]),
        "No further reading",
        ("id: attention",),
    ),
]


@pytest.mark.parametrize(("good", "bad", "what", "where"), [each[1:] for each in LIMITS], ids=[each[0] for each in LIMITS])
def test_a_limit_holds_at_its_number_and_names_its_line(pack: Path, good: Change, bad: Change, what: str, where: tuple[str, ...]) -> None:
    assert faults(pack, good) == []
    (fault,) = faults(pack, bad)
    assert fault.what.startswith(what) and fault.cure
    assert fault.line == line(pack, *where)


def test_a_behavioural_question_needs_no_misconception(pack: Path) -> None:
    assert faults(pack, wrongs("behavioural", 0)) == []


@pytest.mark.parametrize("key", ["key_points", "misconceptions"])
@pytest.mark.parametrize(("count", "good"), [(2, False), (3, True), (45, True), (46, False)])
def test_a_phrasing_has_three_to_forty_five_words(pack: Path, key: str, count: int, good: bool) -> None:
    found = faults(pack, lambda v: v[key][1]["says"].__setitem__(2, words(count)))
    assert [(fault.what, fault.line) for fault in found] == ([] if good else [(f"{count} words.", line(pack, f"- {words(count)}"))])


def test_a_point_both_added_and_dropped_and_ids_that_are_none_have_the_line_of_their_list(pack: Path) -> None:
    form = {"ask": "Second?", "id": "two", "source": "pack", "adds": ["qkv", "none"], "drops": ["qkv", "nowhere"]}
    found = faults(pack, lambda v: v.update(forms=[form]))
    adds, drops = line(pack, "ask: Second?", "adds:"), line(pack, "ask: Second?", "drops:")
    assert {(fault.line, fault.what) for fault in found} == {
        (adds, "“none” is no key point of this question."),
        (drops, "“nowhere” is no key point of this question."),
        (drops, "“qkv” is both added and dropped."),
    }


def test_faults_come_in_the_order_of_the_files_and_their_lines(pack: Path) -> None:
    def change(v: dict[str, Any]) -> None:
        v["model_answers"]["plain"] = "Too short."  # looked at before sources, and stands after them
        v["key_points"][0]["source"] = "everybody"
        v["follow_ups"].pop()  # looked at last, and its point stands in the middle

    (pack / "attention/zzz.yaml").write_text("id: zzz\nlistens_for: <b>bold</b>\n")
    found = [(fault.file, fault.line) for fault in faults(pack, change)]
    assert found == sorted(found) and len({fault for fault in found}) > 4
    assert [file for file, _ in found] == sorted(file for file, _ in found)


FOLLOWED = [
    "Vaswani et al. 2017, https://arxiv.org/abs/1706.03762",
    "http://münchen.example/a",
    "doi:10.1145/3442188.3445922",
    "Kaplan, arXiv:2001.08361",
    "arXiv: cs.CL/0301012",
    "ISBN 978-0-13-468599-1",
    "Knuth, ISBN: 0-201-89683-4",
    "isbn 020189683X",
]
COMPUTED = [
    "computed: tests/bank/facts/test_attention.py::test_order",
    "computed: test_a.py::test_b, Kaplan 2020",
    "computed: a/b.py::c; computed: a/b.py::d",
]
NOT_FOLLOWED = [
    "x",
    "everybody knows",
    "see https:// or so",
    "https://",
    "https://nowhere",
    "some arXiv: thing",
    "arXiv:12",
    "doi: none",
    "doi:10.1/",
    "ISBN",
    "ISBN 12345",
    "computed: it",
    "computed: no such.py::test",
    "computed: /etc/passwd.py::test",
    "computed: ../other.py::test",
    "computed: a/../b.py::test",
    "computed: a.txt::test",
    "computed: a.py::",
    "was computed: a.py::test",
]


@pytest.mark.parametrize("key", ["key_points", "misconceptions"])
@pytest.mark.parametrize(("text", "good"), [(t, True) for t in (*FOLLOWED, *COMPUTED)] + [(t, False) for t in NOT_FOLLOWED])
def test_a_source_of_knowledge_can_be_followed(pack: Path, key: str, text: str, good: bool) -> None:
    found = faults(pack, lambda v: v[key][1].update(source=text))
    where = line(pack, f"{key}:", "- id:", "- id:", "source:")
    assert [(fault.what, fault.line) for fault in found] == ([] if good else [("No source that can be followed.", where)])


@pytest.mark.parametrize(("text", "good"), [(t, True) for t in FOLLOWED] + [(t, False) for t in (*COMPUTED, *NOT_FOLLOWED)])
def test_further_reading_can_be_followed(pack: Path, text: str, good: bool) -> None:
    found = faults(pack, lambda v: v["sources"].__setitem__(1, text))
    second = (pack / QUESTION).read_text().splitlines().index("sources:") + 3
    assert [(fault.what, fault.line) for fault in found] == ([] if good else [("No further reading that can be followed.", second)])


def test_a_behavioural_question_may_reason(pack: Path) -> None:
    assert faults(pack, lambda v: (v.update(kind="behavioural"), v["key_points"][0].update(source="Reasoning: it helps."))) == []


def test_two_follow_ups_for_one_point_are_named_each_with_its_line(pack: Path) -> None:
    found = faults(pack, lambda v: v["follow_ups"].append({"point_id": v["follow_ups"][0]["point_id"], "ask": "And so?"}))
    assert [fault.line for fault in found] == [line(pack, "follow_ups:", "- point_id:"), line(pack, "ask: And so?") - 1]
    assert all("has 2 follow-ups" in fault.what and fault.cure for fault in found)


@pytest.mark.parametrize("of", ["claim", "says"])
def test_a_correction_says_something_else_than_its_claim(pack: Path, of: str) -> None:
    def change(v: dict[str, Any]) -> None:
        wrong = v["misconceptions"][1]
        said = wrong["claim"] if of == "claim" else wrong["says"][-1]
        wrong["correction"] = said.upper().replace(" ", "  ").rstrip(".") + "!"

    (fault,) = faults(pack, change)
    assert "says what is wrong once more" in fault.what and fault.line == line(pack, "misconceptions:", "- id:", "- id:", "correction:")


NO_TEXT = [
    (b"id: attention\nask: a\n# \xff\n", 3, "Not UTF-8"),
    (b"id: attention\nask: &a b\n\nlistens_for: *a\n", 4, "aliases"),
    (b"\xfe", 1, "Not UTF-8"),
]


@pytest.mark.parametrize(("raw", "where", "what"), NO_TEXT)
def test_what_cannot_be_read_has_its_line(pack: Path, raw: bytes, where: int, what: str) -> None:
    (pack / QUESTION).write_bytes(raw)
    (fault,) = check_pack(pack)
    assert (fault.line, what in fault.what) == (where, True)


MARKUP = [
    "<svg/onload=alert(1)>",
    "<details open>",
    "<details/open>",
    "<img/src=x>",
    "<x onclick = 'a'>",
    "<img src=x onerror=alert(1) <",
    "<br/>",
    "<source src=a>",
]
WRITING = [
    "<unk>",
    "<think>",
    "<s>",
    "</s>",
    "<image>",
    "<|im_start|>",
    "<summary> the text </summary>",
    "a < b on top = c",
    "x <y",
    "<document index>",
]


@pytest.mark.parametrize(("text", "bad"), [(t, True) for t in MARKUP] + [(t, False) for t in WRITING])
def test_markup_is_told_from_signs_of_models(text: str, bad: bool) -> None:
    assert bool(text_fault(f"Say {text} here")) is bad
