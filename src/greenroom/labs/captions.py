"""Captions of drawn pictures: the one true sentence, reading one back, and how much of it is right, by kind of word.

    two things: a red square at the top left and a blue circle in the middle.

There are 26 words, signs included. A caption is *fluent* if it is a sentence of this form; whether it is true is another question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

from greenroom.labs.drawing import COLOURS, MOST, SHAPES, SIDE, Box, Drawn
from greenroom.labs.shares import Share

END, COUNT, COLOUR, SHAPE, PLACE, FILLER = "<end>", "count", "colour", "shape", "place", "between"
KINDS = (COUNT, COLOUR, SHAPE, PLACE)
COUNTS = ("one", "two", "three")
ROWS, COLUMNS = ("top", "", "bottom"), ("left", "", "right")
PLACES = tuple(" ".join(filter(None, (row, column))) or "middle" for row in ROWS for column in COLUMNS)
SIDES = (*filter(None, (*ROWS, *COLUMNS)), "middle")
WORDS = (END, ".", ":", "a", "and", "at", "in", "the", "thing", "things", *COUNTS, *COLOURS, *SHAPES, *SIDES)
LONGEST = 4 + 8 * MOST
"""Words of the longest caption: three for the count, the end, and of each thing seven and an “and” or the full stop."""
_THING = rf"a ({'|'.join(COLOURS)}) ({'|'.join(SHAPES)}) (?:at|in) the ({'|'.join(sorted(PLACES, key=len, reverse=True))})"
_SENTENCE = re.compile(rf"(?:(one) thing|(two|three) things): ({_THING}(?: and {_THING})*)\.")


class Named(NamedTuple):
    """A thing as a caption has it."""

    colour: str
    shape: str
    place: str


class Caption(NamedTuple):
    """``number``: by its first word, which need not be how many it names."""

    number: int
    things: tuple[Named, ...]


def place_of(box: Box) -> str:
    """In which ninth of the picture its middle lies."""
    across, down = (min(2, int(3 * (low + high) / 2 / SIDE)) for low, high in ((box.left, box.right), (box.top, box.bottom)))
    return PLACES[3 * down + across]


def truth(drawn: Drawn) -> Caption:
    """From left to right."""
    return Caption(len(drawn.things), tuple(Named(thing.colour, thing.shape, place_of(thing.box)) for thing in drawn.things))


def sentence(caption: Caption) -> str:
    """Of nothing it says nothing."""
    if not caption.things:
        return ""
    named = " and ".join(f"a {t.colour} {t.shape} {'in' if t.place == 'middle' else 'at'} the {t.place}" for t in caption.things)
    return f"{COUNTS[caption.number - 1]} {'thing' if caption.number == 1 else 'things'}: {named}."


def words_of(text: str) -> list[str]:
    """The words of a sentence, colon and full stop by themselves, and its end."""
    return [*re.findall(r"\w+|[.:]", text), END]


def text_of(words: Sequence[str]) -> str:
    return " ".join(words).replace(" :", ":").replace(" .", ".")


def read(text: str) -> Caption | None:
    """None: it is no sentence of this form."""
    found = _SENTENCE.fullmatch(text)
    if not found:
        return None
    things = tuple(Named(*each) for each in re.findall(_THING, found[3]))
    return Caption(1 + COUNTS.index(found[1] or found[2]), things)


def kind_of(word: str) -> str:
    """What a word is about; FILLER: it says nothing of the picture."""
    if word in COUNTS:
        return COUNT
    if word in COLOURS:
        return COLOUR
    return SHAPE if word in SHAPES else PLACE if word in SIDES else FILLER


class Marks(NamedTuple):
    """What of one caption is right. ``colour``, ``shape``, ``place``: of so many drawn ``things``. ``whole``: everything."""

    number: bool
    colour: int
    shape: int
    place: int
    things: int
    whole: bool


def marks(said: Caption | None, true: Caption) -> Marks:
    """Each drawn thing is held against one that is named, as most comes out right; one without a partner has nothing right."""
    if said is None:
        return Marks(False, 0, 0, 0, len(true.things), False)
    nobody = Named("", "", "")
    named = [*said.things, *[nobody] * max(0, len(true.things) - len(said.things))]
    best = max((_hits(order, true.things) for order in permutations(named, len(true.things))), key=sum, default=(0, 0, 0))
    same = said.number == true.number
    whole = same and len(said.things) == len(true.things) and sum(best) == 3 * len(true.things)
    return Marks(same, *best, len(true.things), whole)


def _hits(said: Sequence[Named], true: Sequence[Named]) -> tuple[int, int, int]:
    colour, shape, place = (sum(a[n] == b[n] for a, b in zip(said, true, strict=True)) for n in range(3))
    return colour, shape, place


def shares(found: Sequence[Marks]) -> dict[str, Share]:
    """By kind of word: of the pictures for the count, of the drawn things for the others."""
    things = sum(each.things for each in found)
    return {
        COUNT: Share(sum(each.number for each in found), len(found)),
        COLOUR: Share(sum(each.colour for each in found), things),
        SHAPE: Share(sum(each.shape for each in found), things),
        PLACE: Share(sum(each.place for each in found), things),
    }
