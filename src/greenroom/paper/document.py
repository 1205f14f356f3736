"""A document as a value: headings, paragraphs, quotes, lists and tables of plain text. Who writes it down escapes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Heading(NamedTuple):
    level: Literal[1, 2, 3]
    text: str


class Paragraph(NamedTuple):
    """``quiet``: small print."""

    text: str
    quiet: bool = False


class Quote(NamedTuple):
    """Words of a person, line breaks kept."""

    text: str


class Listing(NamedTuple):
    """``items``: a line, and what is said under it, if anything."""

    items: tuple[tuple[str, str], ...]


class Table(NamedTuple):
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Quote | Listing | Table


class Document(NamedTuple):
    """``kind`` chooses the look on paper: a ``report`` of any length, or a ``page`` that is meant to be one."""

    title: str
    blocks: tuple[Block, ...]
    kind: Literal["report", "page"] = "report"


def listing(lines: Sequence[str | tuple[str, str]]) -> Listing:
    return Listing(tuple((line, "") if isinstance(line, str) else line for line in lines))


def shown(text: str) -> str:
    """A text without what acts on whoever shows it: control characters and marks that turn the direction of writing are �."""
    return _CONTROL.sub("�", text.replace("\r\n", "\n"))
