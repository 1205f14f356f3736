"""An answer cut into pieces at the quotes of its assessment, so that a page can colour them in place.

Spans count code points, as Python strings do: nothing is searched for, nothing is re-encoded. Quotes may overlap; a piece under several
takes the gravest kind. Pure; the template escapes every piece.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from greenroom.assess.assessment import Assessment, Verdict
from greenroom.interview.debrief import TurnReport

_GRAVEST_FIRST = (Verdict.WRONG, Verdict.PARTIAL, Verdict.HIT)


class Mark(NamedTuple):
    """``label``: what the mark is called in the list beside the answer. ``target``: the id of that list's row."""

    start: int
    end: int
    kind: Verdict
    label: str
    target: str


class Piece(NamedTuple):
    """``closing``: the marks that end with this piece; their labels are printed after it."""

    text: str
    kind: Verdict | None
    closing: tuple[Mark, ...]


def marks_of(turn: TurnReport) -> list[Mark]:
    """One mark per quoted verdict: points by their number from 1, misconceptions by a letter from A."""
    points = [
        Mark(*point.span, point.verdict, str(number), f"{turn.turn_id}-{point.id}")
        for number, point in enumerate(turn.points, 1)
        if point.span is not None and point.verdict in _GRAVEST_FIRST
    ]
    wrong = [
        Mark(*found.span, Verdict.WRONG, letter(number), f"{turn.turn_id}-{found.id}") for number, found in enumerate(turn.misconceptions)
    ]
    return points + wrong


def assessed(text: str, found: Assessment) -> list[Piece]:
    """A text that was assessed but not kept, cut at its quotes; targets are ``p-ID`` and ``x-ID``."""
    made = ((n, point) for n, point in enumerate(found.points, 1) if point.verdict in _GRAVEST_FIRST)
    points = [Mark(*point.span, point.verdict, str(n), f"p-{point.id}") for n, point in made if point.span]
    wrong = [Mark(*each.span, Verdict.WRONG, letter(n), f"x-{each.id}") for n, each in enumerate(found.misconceptions)]
    return pieces(text, points + wrong)


def letter(number: int) -> str:
    """A, B, C… for 0, 1, 2…"""
    return chr(ord("A") + number % 26)


def pieces(text: str, marks: Iterable[Mark]) -> list[Piece]:
    """``"".join(piece.text for piece in pieces(text, marks)) == text``, whatever the marks. Marks outside the text are left out."""
    kept = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    cuts = sorted({0, len(text), *(mark.start for mark in kept), *(mark.end for mark in kept)})
    found = []
    for start, end in pairwise(cuts):
        covering = {mark.kind for mark in kept if mark.start <= start and end <= mark.end}
        kind = next((kind for kind in _GRAVEST_FIRST if kind in covering), None)
        found.append(Piece(text[start:end], kind, tuple(mark for mark in kept if mark.end == end)))
    return found
