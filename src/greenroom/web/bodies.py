"""Whether the bytes of a request body can be read in exactly one way, decided before any route sees them.

Pure functions over bytes: they return what is wrong, or None. Refused: JSON that is too deep, repeats a key, holds NaN, an infinity, a
number beyond a double or a lone surrogate; forms that are not UTF-8; NUL characters anywhere (databases disagree about them).
Not protected here: what a value means. That is the routes' shapes and the domain.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any
from urllib.parse import parse_qsl

MAX_DEPTH = 20
"""Arrays and objects inside each other. The deepest shape of the API has four."""
MAX_FIELDS = 200
"""Fields of one form."""
MAX_PARTS = 4
"""Of a form that carries one file."""
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""Possessive, and an unclosed string reaches to the end: linear in the body, whatever it holds."""
_BRACKET = re.compile(rb"[\[\]{}]")
_UNSOUND = re.compile("[\x00\ud800-\udfff]")


def json_fault(body: bytes) -> str | None:
    """What is wrong with a JSON body, as one sentence; None when it is sound."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"The body is not UTF-8 (byte {error.start})."
    if depth(body) > MAX_DEPTH:
        return f"The JSON is nested more than {MAX_DEPTH} deep."
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_integer, object_pairs_hook=_unique)
    except ValueError as error:
        return f"The body is not JSON: {error}."
    return text_fault(value)


def form_fault(body: bytes) -> str | None:
    """What is wrong with a form (``application/x-www-form-urlencoded``), as one sentence; None when it is sound."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeError:
        return "The form is not UTF-8."
    except ValueError:
        return f"The form has more than {MAX_FIELDS} fields."
    return text_fault([part for pair in pairs for part in pair])


def sound_fault(body: bytes) -> str | None:
    """What is wrong with a piece of sound, as one sentence: samples of 16 bits are read whatever they hold, halves of one are not."""
    return "The sound is not made of samples of 16 bits." if len(body) % 2 else None


def upload_fault(body: bytes) -> str | None:
    """What is wrong with a form that carries a file; None when it has few enough parts. The file itself is read elsewhere, in bounds."""
    if body.lower().count(b"\r\ncontent-disposition:") > MAX_PARTS:
        return "The form has too many parts."
    return None


def depth(body: bytes) -> int:
    """How deep arrays and objects nest, brackets inside strings not counted; it stops one past ``MAX_DEPTH``. Never recurses."""
    deepest = level = 0
    for found in _BRACKET.finditer(_STRING.sub(b"", body)):
        level += 1 if found[0] in b"[{" else -1
        deepest = max(deepest, level)
        if deepest > MAX_DEPTH:
            break
    return deepest


def text_fault(value: Any) -> str | None:
    """Characters that cannot be stored and given back as they came: NUL and lone surrogates."""
    if isinstance(value, str):
        found = _UNSOUND.search(value)
        if found is None:
            return None
        return "The text holds a NUL character." if found[0] == "\x00" else "The text holds half of a character (a lone surrogate)."
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return next((fault for part in parts if (fault := text_fault(part))), None)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _integer(text: str) -> int:
    if len(text) > 19:
        raise ValueError("a whole number has more than 18 digits")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found
