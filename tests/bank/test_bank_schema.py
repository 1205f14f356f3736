"""The schema for editors: it accepts every question that ships, names what is wrong with a broken one, and is what the command prints."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from pydantic import ValidationError

from greenroom.bank.question import Question
from greenroom.bank.schema import question_schema
from greenroom.builtin import PACKS

FILES = sorted(PACKS.glob("*/*/*.yaml"))


@pytest.fixture(scope="module")
def valid() -> Callable[[Any], bool]:
    return jsonschema_rs.validator_for(question_schema()).is_valid


def read(file: Path) -> dict[str, Any]:
    return yaml.load(file.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # type: ignore[no-any-return]


def test_every_question_that_ships_is_valid(valid: Callable[[Any], bool]) -> None:
    assert len(FILES) >= 39
    assert [file.name for file in FILES if not valid(read(file))] == []


BROKEN: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("a key too many", lambda v: v.__setitem__("surprise", 1)),
    ("a key misspelt", lambda v: v.__setitem__("keypoints", v.pop("key_points"))),
    ("no question", lambda v: v.pop("ask")),
    ("an empty question", lambda v: v.__setitem__("ask", "")),
    ("a number for a text", lambda v: v.__setitem__("ask", 7)),
    ("an unknown level", lambda v: v.__setitem__("level", "guru")),
    ("an id with blanks", lambda v: v.__setitem__("id", "my question")),
    ("a weight of four", lambda v: v["key_points"][0].__setitem__("weight", 4)),
    ("one phrasing, no list", lambda v: v["key_points"][0].__setitem__("says", "just one")),
    ("a point without source", lambda v: v["key_points"][0].pop("source")),
    ("a form from nowhere", lambda v: v["forms"][0].__setitem__("source", "internet")),
    ("a lab without a name", lambda v: v.__setitem__("lab", {"set": {}})),
    ("a text of 4001 characters", lambda v: v.__setitem__("listens_for", "x" * 4001)),
]


@pytest.mark.parametrize(("what", "break_it"), BROKEN, ids=[what for what, _ in BROKEN])
def test_a_broken_question_is_rejected_as_the_loader_rejects_it(
    valid: Callable[[Any], bool], what: str, break_it: Callable[[dict[str, Any]], object]
) -> None:
    value = read(PACKS / "core/attention/attention.yaml")
    broken = copy.deepcopy(value)
    break_it(broken)
    assert valid(value) and not valid(broken)
    with pytest.raises(ValidationError):
        Question.model_validate(broken)


def test_every_key_says_what_it_is_for() -> None:
    schema = question_schema()
    shapes = {"Question": schema, **schema["$defs"]}
    silent = [
        f"{name}.{key}"
        for name, shape in shapes.items()
        for key, value in shape.get("properties", {}).items()
        if not value.get("description") and "$ref" not in value
    ]
    assert silent == []
