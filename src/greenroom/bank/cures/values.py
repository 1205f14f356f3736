"""What is said of a value that may not stand where it stands: pydantic's errors in an author's words, with what the schema allows there.

People count from 1, so a place does too: ``misconceptions, 4th, says, 3rd``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

Path = tuple[str | int, ...]
Told = tuple[str, str]
"""What is wrong, and the cure."""

EXAMPLE = "`greenroom bank new DIR` writes a pack with one complete question to look at."
CURES = {
    "extra_forbidden": "Remove the key, or correct its spelling.",
    "missing": f"Add it; {EXAMPLE}",
    "string_pattern_mismatch": "Use lower-case letters, digits and hyphens, 64 at most.",
    "literal_error": "Use one of the values named.",
    "model_type": f"Write it as keys with values; {EXAMPLE}",
}
NO_NUMBER = {"int_type", "int_parsing", "int_from_float", "int_parsing_size", "finite_number"}
LISTED = 9
"""Of a range of numbers no longer than this each one is named."""


def place(path: Sequence[str | int]) -> str:
    return ", ".join(_nth(step + 1) if isinstance(step, int) else _short(step) for step in path) or "the file"


def value_faults(kind: type[BaseModel], error: ValidationError) -> Iterator[tuple[Path, str, str]]:
    """Of each fault its path, what is wrong and the cure. A value that may be of several kinds and is of none has one fault."""
    last: Path | None = None
    for detail in error.errors(include_url=False, include_context=False):
        path, rule, keys = _walk(kind, detail["loc"])
        if path == last and len(path) < len(detail["loc"]):
            continue
        last = path
        what, cure = _told(detail["type"], rule, detail["input"]) or (_short(detail["msg"], 160), "Correct the value.")
        if detail["type"] == "extra_forbidden":
            cure = _spelling(str(path[-1]), keys)
        if path == ("schema",) and detail["type"] == "less_than_equal":
            cure = f"The pack was made for a later greenroom: update greenroom, or write schema: {rule.get('maximum', 1)}."
        yield path, f"{what}.", cure


def _told(fault: str, rule: Mapping[str, Any], value: object) -> Told | None:
    if fault == "string_type" and "enum" not in rule:
        return _no_text(value) if "anyOf" not in rule else ("this is neither a text nor a number, nor true or false", "Write one of these.")
    if fault in NO_NUMBER:
        return "this is no whole number", _choice(rule)
    return {
        "missing": ("this key is missing", CURES["missing"]),
        "extra_forbidden": ("there is no such key here", CURES["extra_forbidden"]),
        "string_type": ("this is none of the values allowed", _choice(rule)),
        "literal_error": ("this is none of the values allowed", _choice(rule)),
        "less_than_equal": ("the number is too large", _choice(rule)),
        "greater_than_equal": ("the number is too small", _choice(rule)),
        "string_pattern_mismatch": ("this is no id", CURES["string_pattern_mismatch"]),
        "string_too_short": ("there is no text", "Write one."),
        "string_too_long": (f"longer than {rule.get('maxLength')} characters", "Shorten it."),
        "too_long": (f"more than {rule.get('maxItems', rule.get('maxProperties'))} entries", "Make it shorter."),
        "tuple_type": ("this is no list", "Write each entry on a line of its own, after “- ”."),
        "dict_type": ("these are no keys with values", "Write each as `key: value`."),
        "model_type": ("these are no keys with values", CURES["model_type"]),
    }.get(fault)


def _no_text(value: object) -> Told:
    """YAML makes other things than text of some words, and an author sees text."""
    if value is None:
        return "there is no text", "Write one."
    if isinstance(value, Mapping):
        return "this is read as a key with a value, not as text", "Put the whole text in quotes: it holds “: ”."
    if isinstance(value, list | tuple):
        return "this is a list, where one text belongs", "Write one text."
    read = "yes or no" if isinstance(value, bool) else "a date" if isinstance(value, date) else "a number"
    return f"this is read as {read}, not as text", "Put it in quotes."


def _choice(rule: Mapping[str, Any]) -> str:
    least, most = rule.get("minimum"), rule.get("maximum")
    if isinstance(least, int) and isinstance(most, int):
        return f"Write {_either(range(least, most + 1))}." if most - least < LISTED else f"Write a whole number from {least} to {most}."
    values = rule.get("enum") or [rule[key] for key in ("const",) if key in rule]
    return f"Write {_either(values)}." if values else "Correct the value."


def _either(values: Sequence[object]) -> str:
    *others, last = (str(value) for value in values)
    return f"{', '.join(others)} or {last}" if others else last


def _spelling(key: str, keys: Sequence[str]) -> str:
    near = difflib.get_close_matches(key[:80], keys, n=1)
    return f"Did you mean {near[0]}? Or remove it." if near else f"Remove it. Keys here: {', '.join(keys)}."


@lru_cache(maxsize=8)
def _schema(kind: type[BaseModel]) -> dict[str, Any]:
    return kind.model_json_schema()


def _walk(kind: type[BaseModel], steps: Sequence[str | int]) -> tuple[Path, dict[str, Any], list[str]]:
    """How far the steps lead in the schema, the rule there, and the keys beside it. A last step into one kind of several is left out."""
    whole = _schema(kind)
    rule, keys, path = whole, list[str](), list[str | int]()
    for step in steps:
        above = rule
        keys = list(above.get("properties", ()))
        found = above.get("items") if isinstance(step, int) else above.get("properties", {}).get(step, above.get("additionalProperties"))
        if "anyOf" in above:
            break
        rule = _plain(found if isinstance(found, dict) else {}, whole)
        path.append(step)
    return tuple(path), rule, keys


def _plain(rule: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """The rule itself where there is a reference to it, and where it may be left out."""
    for each in rule.get("anyOf", ()):
        rule = each if "$ref" in each else rule
    name = str(rule.get("$ref", "")).rpartition("/")[2]
    found: dict[str, Any] = whole["$defs"][name] if name else rule
    return found


def _nth(n: int) -> str:
    ending = "th" if 10 < n % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _short(text: str, limit: int = 40) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
