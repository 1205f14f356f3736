"""Where things stand in the pictures of a lab. Figures only: the templates draw them and show the same figures as a table.

Bars lie in strips of 1000 units that stretch to whatever width there is, their words beside them as text: so they can be read on a phone.
"""

from __future__ import annotations

import math
import struct
import zlib
from base64 import b64encode
from collections.abc import Sequence
from typing import NamedTuple

from greenroom.labs.lab import Mark, Picture
from greenroom.labs.scenes import Scene
from greenroom.web.charts import Dot

STRIP = 1000
"""Units of a bar's full length."""
MARK_WITHIN = 1.6
"""A mark is drawn if it is no further than this many times the longest bar; farther ones are only named."""
FOLDED = 14
"""Rows of a table that stand open; a longer one is folded."""
KINDS = 5
"""Ways in which series are drawn."""
ROW, NARROWEST, LEANING, WIDEST, WORD = 20, 10, 16, 30, 14
"""Of a matrix: height of a row; least width of a column in pixels, also under leaning words, and most; most characters of a word."""

LEVELS = (0.0, 0.05, 0.25, 0.5, 0.8)
"""From these shares of full on, the tokens of a text are drawn one step stronger."""


class Piece(NamedTuple):
    """Part of a bar: where it starts, how long it is, which series it is of."""

    x: float
    width: float
    series: int


class Strip(NamedTuple):
    """One bar, or several behind each other. ``label`` is empty where the row above has it; ``value``: what it comes to."""

    label: str
    pieces: tuple[Piece, ...]
    value: float | None


class Line(NamedTuple):
    title: str
    series: int
    dots: tuple[Dot, ...]


class Tick(NamedTuple):
    at: float
    label: str | float


def most(picture: Picture) -> float:
    """The value at the full length: the longest bar or highest point, or a mark not far beyond."""
    columns = zip(*(each.values for each in picture.series), strict=True)
    sums = [
        math.fsum(value or 0 for value in column) if picture.chart == "stack" else max(value or 0 for value in column) for column in columns
    ]
    longest = max(sums, default=0) or 1
    return max([longest, *(mark.value for mark in picture.marks if mark.value <= MARK_WITHIN * longest)])


def strips(picture: Picture) -> list[Strip]:
    """The bars of *bars* or *stack*, top to bottom."""
    scale, found = STRIP / most(picture), list[Strip]()
    for n, label in enumerate(picture.labels):
        values = [each.values[n] for each in picture.series]
        if picture.chart == "stack":
            pieces, x = [], 0.0
            for k, value in enumerate(values):
                pieces.append(Piece(round(x, 1), round((value or 0) * scale, 1), k % KINDS))
                x += (value or 0) * scale
            found.append(Strip(label, tuple(pieces), math.fsum(value or 0 for value in values)))
        else:
            for k, value in enumerate(values):
                found.append(Strip(label if k == 0 else "", (Piece(0, round((value or 0) * scale, 1), k % KINDS),), value))
    return found


def mark_at(picture: Picture, mark: Mark) -> float | None:
    """Where a mark crosses the strips; None where it lies beyond."""
    at = mark.value / most(picture) * STRIP
    return round(at, 1) if 0 <= at <= STRIP else None


def lines(picture: Picture, width: float, height: float, pad: float) -> list[Line]:
    """A line for each series, from ``pad`` to ``width - pad`` and between ``pad`` from the top and bottom."""
    low, high = _range(picture)
    step = (width - 2 * pad) / max(1, len(picture.labels) - 1)
    return [
        Line(
            each.title,
            k % KINDS,
            tuple(
                Dot(round(pad + n * step, 1), round(height - pad - (value - low) / (high - low) * (height - 2 * pad), 1), value)
                for n, value in enumerate(each.values)
                if value is not None
            ),
        )
        for k, each in enumerate(picture.series)
    ]


def levels(picture: Picture, height: float, pad: float) -> list[Tick]:
    """Three levels with their values: bottom, middle, top."""
    low, high = _range(picture)
    return [Tick(round(height - pad - share * (height - 2 * pad), 1), low + share * (high - low)) for share in (0, 0.5, 1)]


def places(picture: Picture, width: float, pad: float) -> list[Tick]:
    """The first label, one in the middle and the last."""
    last = len(picture.labels) - 1
    step = (width - 2 * pad) / max(1, last)
    return [Tick(round(pad + n * step, 1), picture.labels[n]) for n in sorted({0, last // 2, last})]


class Cell(NamedTuple):
    """A field of a matrix, its place in percent of the width: ``strength`` 0 to 1, ``minus``: it is below 0."""

    x: float
    width: float
    row: int
    strength: float
    minus: bool
    title: str
    value: float


def cells(picture: Picture) -> list[Cell]:
    """The fields of *heat*, row by row; gaps are left out."""
    strongest, width = strength_of(picture), 100 / len(picture.series)
    return [
        Cell(
            round(k * width, 3), round(width, 3), n, round(min(1.0, abs(value) / strongest), 3), value < 0, f"{label}, {each.title}", value
        )
        for n, label in enumerate(picture.labels)
        for k, each in enumerate(picture.series)
        if (value := each.values[n]) is not None
    ]


def strength_of(picture: Picture) -> float:
    """The number that is drawn as strong as can be."""
    return picture.full or max((abs(value) for each in picture.series for value in each.values if value is not None), default=0) or 1


def beyond(picture: Picture) -> bool:
    """Whether some numbers lie beyond the strongest."""
    return any(abs(value or 0) > strength_of(picture) for each in picture.series for value in each.values)


def below_zero(picture: Picture) -> bool:
    return any((value or 0) < 0 for each in picture.series for value in each.values)


class Heading(NamedTuple):
    """Where the words of a matrix stand. ``tall``: of the space over the columns; ``leaning``: the words there do not lie flat; ``least``:
    width of all columns in pixels below which they scroll."""

    wide: int
    tall: int
    leaning: bool
    least: int
    columns: tuple[Tick, ...]


def heading(picture: Picture) -> Heading:
    """Short words over the columns lie flat, as many as there is room for; longer ones lean, each over its column."""
    titles, step = [each.title for each in picture.series], 100 / len(picture.series)
    longest = max(map(len, titles))
    leaning = longest > 3
    all_ = leaning or len(titles) <= 16
    columns = tuple(Tick(round((k + 0.5) * step, 3), _cut(title)) for k, title in enumerate(titles) if all_ or _round(title))
    wide = 7 * min(WORD, max(map(len, picture.labels))) + 12
    return Heading(
        wide, 12 + (6 * min(WORD, longest) if leaning else 6), leaning, len(titles) * (LEANING if leaning else NARROWEST), columns
    )


def _round(title: str) -> bool:
    return not title.isdecimal() or int(title) % 5 == 0


def _cut(title: str) -> str:
    return title if len(title) <= WORD else f"{title[: WORD - 1]}…"


def words(picture: Picture) -> list[str]:
    """The rows' words, cut to what there is room for."""
    return [_cut(label) for label in picture.labels]


def _range(picture: Picture) -> tuple[float, float]:
    """From 0, or from below it, to the highest."""
    values = [value for each in picture.series for value in each.values if value is not None] or [0.0]
    low, high = min(0.0, *values), max(0.0, *values)
    return low, high if high > low else low + 1


def level(value: float, full: float) -> int:
    """How strongly a token is drawn: its step in LEVELS."""
    return max((n for n, least in enumerate(LEVELS) if value >= least * full), default=0)


def numeric(rows: Sequence[Sequence[object]]) -> list[bool]:
    """Of each column of a table, whether it holds numbers, blanks aside: then its heading and its blanks stand to the right as they do."""
    kinds = [{type(cell) for cell in column if cell not in (None, "")} for column in zip(*rows, strict=True)]
    return [bool(kind) and kind <= {int, float} and n > 0 for n, kind in enumerate(kinds)]


def share(value: float, full: float) -> float:
    """The length of a bar in a strip."""
    return round(STRIP * max(0.0, min(1.0, value / full)), 1)


def image(scene: Scene) -> str:
    """The pixels as a PNG in the address itself: eight bits a colour, no filter."""
    row, raw = 3 * scene.width, scene.bytes
    lines = b"".join(b"\0" + raw[n : n + row] for n in range(0, len(raw), row))
    head = struct.pack(">IIBBBBB", scene.width, scene.height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return "data:image/png;base64," + b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()
