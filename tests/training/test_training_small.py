"""The small labelled sets keep their rules, and the rules can be broken."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

import corpus
import gather_small
import numpy as np
import pytest
import small
from pydantic import ValidationError

OPEN = {name: [row for split in ("train", "dev") for row in small.read(name, split)] for name in small.SETS}
TOLD: dict[str, str] = dict.fromkeys(get_args(small.Told), "missed")
TWO = "It was in May. I fixed it."


def story(sentences: list[tuple[str, str]], parts: dict[str, str] = TOLD) -> small.Story:
    label = {"sentences": sentences, "parts": parts, "overall": 40}
    return small.Story.model_validate({"id": "s", "author": "author-3", "asked": "Tell me.", "story": TWO, "label": label})


def triple(right: int, half: int, wrong: int) -> small.Triple:
    texts = dict.fromkeys(("question", "reference", "right", "half", "wrong"), "text")
    return small.Triple.model_validate({"id": "t", "subject": "sailing", **texts, "label": {"right": right, "half": half, "wrong": wrong}})


@pytest.mark.parametrize("name", small.SETS)
def test_every_row_keeps_the_rules(name: str) -> None:
    assert OPEN[name] and [fault for row in OPEN[name] for fault in small.faults(row)] == []
    assert len({row.id for row in OPEN[name]}) == len(OPEN[name])


@pytest.mark.parametrize("name", small.SETS)
def test_a_group_lies_on_one_side_and_every_side_has_some(name: str) -> None:
    for split in ("train", "dev"):
        assert {small.side(name, row.group) for row in small.read(name, split)} == {split}
    if name != "manner":
        assert Counter(small.side(name, group) for group in small.GROUPS[name]).keys() == {"train", "dev", "sealed"}


@pytest.mark.parametrize(("name", "field"), [("stories", "story"), ("asks", "asked"), ("manner", "answer")])
def test_nothing_stands_twice_in_a_set(name: str, field: str) -> None:
    """Two texts have fewer than seven tenths of their words in common."""
    words = [set(re.findall(r"\w+", getattr(row, field).lower())) for row in OPEN[name]]
    assert max(len(one & other) / len(one | other) for one, other in combinations(words, 2)) < 0.7


def test_length_says_nothing_of_a_triple_and_shared_words_mislead() -> None:
    longest = Counter(max(("right", "half", "wrong"), key=lambda each: len(getattr(row, each).split())) for row in OPEN["triples"])
    assert max(longest.values()) <= 0.45 * len(OPEN["triples"])
    shared = {
        name: np.mean([len(set(getattr(row, name).lower().split()) & set(row.reference.lower().split())) for row in OPEN["triples"]])
        for name in ("right", "wrong")
    }
    assert shared["wrong"] > shared["right"]


def test_a_fifth_is_labelled_twice() -> None:
    """Packs that came later are for training alone, and read once."""
    for rows in OPEN.values():
        first = [row for row in rows if row.group not in small.TRAIN_FIELDS]
        assert sum(row.second is not None for row in first) >= 0.2 * len(first)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (story([("It was in May.", "situation"), ("I fixed it.", "action")]), None),
        (story([("I fixed it.", "action"), ("It was in May.", "situation")]), "not the next sentence"),
        (story([("It was in May.", "situation")]), "not labelled: ' I fixed it.'"),
        (story([(TWO, "situation")], {"task": "hit"}), "no verdict on"),
        (triple(90, 50, 10), None),
        (triple(90, 50, 40), "less than 15 marks apart"),
    ],
)
def test_a_broken_rule_is_named(row: Any, fault: str | None) -> None:
    found = small.faults(row)
    assert found == [] if fault is None else fault in found[0]


def test_a_reader_of_triples_does_not_see_which_is_which(tmp_path: Path) -> None:
    """Marks come back to the answer they were given to, whatever the order shown."""
    texts = {"question": "Why?", "reference": "So.", "right": "yes", "half": "perhaps", "wrong": "no"}
    rows = [{"id": f"sailing-{n:02}", "subject": "sailing", **texts} for n in range(8)]
    (tmp_path / "x.written.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    gather_small.gather("triples", tmp_path / "x")
    sheet = (tmp_path / "x.reading.md").read_text()
    marks = {"yes": 90, "perhaps": 50, "no": 5}
    shown = [part.split("\n") for part in sheet.removeprefix("### ").split("\n### ")]
    lines = [json.dumps({"id": part[0], "mark": marks[part[4]]}) for part in shown]
    (tmp_path / "x.read.jsonl").write_text("\n".join(lines) + "\n")
    found = gather_small.gather("triples", tmp_path / "x")
    assert {(row.label.right, row.label.half, row.label.wrong) for row in found} == {(90, 50, 5)}
    assert len({tuple(row.order()) for row in found}) > 1


def test_the_sealed_part_is_encrypted_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (corpus, gather_small):
        monkeypatch.setattr(module, "DATA", tmp_path)
    monkeypatch.setattr(small, "SMALL", tmp_path / "small")
    (tmp_path / "sealed").mkdir()
    texts = {"question": "Why?", "reference": "So.", "right": "canary one", "half": "canary two", "wrong": "canary three"}
    rows = [{"id": subject.replace(" ", "-"), "subject": subject, **texts} for subject in small.SUBJECTS]
    (tmp_path / "x.written.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    read = []
    for row in gather_small.gather("triples", tmp_path / "x"):
        read += [{"id": f"{row.id}/{n}", "mark": {"right": 90, "half": 50, "wrong": 5}[name]} for n, name in enumerate(row.order(), 1)]
    (tmp_path / "x.read.jsonl").write_text("".join(json.dumps(line) + "\n" for line in read))
    gather_small.keep("triples", [tmp_path / "x"])
    sealed = [name for name in small.SUBJECTS if small.side("triples", name) == "sealed"]
    assert b"canary" not in (tmp_path / "sealed/small-triples.jsonl.enc").read_bytes()
    assert {row.subject for row in small.parse("triples", corpus.open_sealed("small-triples", "a test"))} == set(sealed)
    assert {row.subject for split in ("train", "dev") for row in small.read("triples", split)} == set(small.SUBJECTS) - set(sealed)


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValidationError):
        story([(TWO, "prologue")])
