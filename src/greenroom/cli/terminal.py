"""Writing to a terminal. Everything a person or a pack wrote passes through ``plain`` first: no escape
sequence of theirs reaches the screen.

Rich is used with ``Text`` values, never with markup made of content: brackets in an answer stay brackets.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.text import Text

from greenroom.assess.assessment import Span

VERDICT_STYLE = {"hit": "green", "partial": "yellow", "missed": "bright_black", "wrong": "red", "unscored": "bright_black"}
VERDICT_SIGN = {"hit": "●", "partial": "◐", "missed": "○", "wrong": "✕", "unscored": "–"}
WIDTH = 92
console = Console(highlight=False, soft_wrap=False)


def plain(text: str) -> str:
    """The text with control and direction-override characters shown as pictures; newlines and tabs stay."""
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if char in "\n\t":
        return char
    if ord(char) < 0x20:
        return chr(0x2400 + ord(char))
    if ord(char) in (0x7F, *range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)) or unicodedata.category(char) == "Cs":
        return "�"
    return char


def say(text: str, style: str = "") -> Text:
    """A Rich value of content."""
    return Text(plain(text), style=style)


def write(*parts: Any, style: str = "") -> None:
    for part in parts:
        shown = say(part, style) if isinstance(part, str) else part
        console.print(shown, width=min(WIDTH, console.width))


def write_json(value: Any) -> None:
    """One JSON document on stdout; ASCII only, so that no byte of content can act on a terminal."""
    body = value.model_dump(mode="json") if hasattr(value, "model_dump") else value
    sys.stdout.write(json.dumps(body, indent=2) + "\n")


def write_json_line(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def with_quotes(answer: str, marks: Sequence[tuple[Span, str]]) -> Text:
    """The answer with spans styled in place. Built piece by piece, so that pictures of control characters cannot shift a span."""
    shown = Text()
    for start, piece in _pieces(answer, marks):
        style = next((style for (a, b), style in marks if a <= start < b), "")
        shown.append(plain(piece), style=style)
    return shown


def _pieces(answer: str, marks: Sequence[tuple[Span, str]]) -> list[tuple[int, str]]:
    cuts = sorted({0, len(answer), *(at for span, _ in marks for at in span)})
    return [(a, answer[a:b]) for a, b in pairwise(cuts)]
