"""A small part of JSON Schema: read, and held against an answer. ``mask.py`` makes a text keep to it.

Known: an object with a list of fields, all of which have to be there, each a string (``maxLength``), one of some strings (``enum``), a
number, an integer or a boolean. What else the schema language has is refused, not ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from greenroom.errors import InputError

MOST_FIELDS, MOST_OPTIONS, LONGEST = 8, 12, 60
"""Fields of a schema, values of an enum, characters of a string."""
FIRST_KEY = re.compile(r'\{\s*+"((?:[^"\\]|\\.)*+)"')
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_ -]{0,29}")
KEYS = {"string": {"maxLength"}, "enum": {"enum"}, "number": set[str](), "integer": set[str](), "boolean": set[str]()}
"""What may stand in a field of each kind, beside its type and a description."""


class Field(NamedTuple):
    """``options``: the values of an enum. ``longest``: characters of a string."""

    name: str
    kind: str
    options: tuple[str, ...] = ()
    longest: int = LONGEST

    def takes(self, value: Any) -> bool:
        """Whether a value that was read from JSON is one of this field's."""
        if self.kind == "boolean":
            return isinstance(value, bool)
        if self.kind in ("number", "integer"):
            whole = isinstance(value, int) and not isinstance(value, bool)
            return whole or (isinstance(value, float) and (self.kind == "number" or value.is_integer()))
        return isinstance(value, str) and (value in self.options if self.kind == "enum" else len(value) <= self.longest)


def read_schema(text: str) -> tuple[Field, ...]:
    """The fields. Raises InputError that says what cannot be used, and what can."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The schema is no JSON: {str(error)[:100]}.", "Write it as JSON.") from error
    fields = said.get("properties") if isinstance(said, dict) and said.get("type") == "object" else None
    if not isinstance(fields, dict) or not 0 < len(fields) <= MOST_FIELDS:
        cure = 'Begin it with {"type": "object", "properties": …'
        raise InputError(f'The schema is no object with 1 to {MOST_FIELDS} "properties".', cure)
    if unknown := set(said) - {"type", "properties", "required", "additionalProperties", "title", "description"}:
        raise InputError(f"The schema has what this small reader does not know: {', '.join(sorted(unknown))[:80]}.", "Leave it out.")
    return tuple(_field(name, rule) for name, rule in fields.items())


def _field(name: str, rule: Any) -> Field:
    if not NAME.fullmatch(name) or not isinstance(rule, dict):
        raise InputError(f"“{name[:40]}” is no field that can be used here.", "Take a name of letters, digits, - and _, and an object.")
    type_ = rule.get("type", "string" if "enum" in rule else None)
    kind = "enum" if "enum" in rule and type_ == "string" else type_
    if not isinstance(kind, str) or kind not in KEYS or set(rule) - KEYS[kind] - {"type", "description"}:
        known = "Known: string (maxLength), enum of strings, number, integer, boolean."
        raise InputError(f"The field “{name}” is of a kind that is not known here.", known)
    options, longest = rule.get("enum", []), rule.get("maxLength", LONGEST)
    if kind == "enum" and not _sound(options):
        raise InputError(f"The enum of “{name}” is no list of 1 to {MOST_OPTIONS} different plain texts.", "Shorten it; no quotes in it.")
    if type(longest) is not int or not 0 < longest <= LONGEST:
        raise InputError(f"The maxLength of “{name}” is not from 1 to {LONGEST}.", "Correct it.")
    return Field(name, kind, tuple(options), longest)


def _sound(options: Any) -> bool:
    return isinstance(options, list) and all(map(_plain, options)) and 0 < len(set(options)) == len(options) <= MOST_OPTIONS


def _plain(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable() and not set(value) & {'"', "\\"}


def read_object(fields: Sequence[Field], text: str) -> dict[str, Any] | None:
    """The object that a whole text is, if it is valid by the schema; blanks around it do not matter."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or set(value) != {field.name for field in fields}:
        return None
    return value if all(field.takes(value[field.name]) for field in fields) else None


def is_lost(fields: Sequence[Field], text: str) -> bool:
    """Whether what was cut off here could not have become valid, however it had gone on. By its beginning only: False is no promise."""
    begun = text.lstrip()
    if not begun.startswith("{"):
        return bool(begun)
    key = FIRST_KEY.match(begun)
    return key is not None and key[1] not in {field.name for field in fields}


def _refuse(name: str) -> None:
    raise ValueError(name)


def shown(fields: Sequence[Field]) -> list[tuple[str, str]]:
    """Each field with what may stand in it, in words."""
    said: Mapping[str, str] = {"number": "a number", "integer": "a whole number", "boolean": "true or false"}
    return [
        (each.name, said.get(each.kind) or (" · ".join(each.options) if each.options else f"a text of at most {each.longest} characters"))
        for each in fields
    ]
