"""What speaks for a mark as a whole, for rubrics without authored phrasings (a reference answer, or bare key points): ``greenroom grade``.

Two numbers: the mark that the marker reads, the whole answer beside the whole reference, and the share of the reference's words that the
answer has. Of texts that are too long to be read together, part is read beside part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from greenroom.assess.reading.answer import Answer
from greenroom.assess.reading.clauses import sentences
from greenroom.assess.reading.sheet import Floats, Sheet
from greenroom.llm.denials import denies
from greenroom.llm.encode import COVER, Marker
from greenroom.llm.words import content

MARK_FEATURES = ("recall", "mark")
"""What carried over to sets left out of the fit. Word pairs, readings of single sentences, lengths and cosines added nothing beside
them, nor did the question before the answer (docs/log.md).
"""
LOOKS = 2
"""Parts of a long answer that are read beside a part of the reference: those with most of its words."""


def reference_of(sheet: Sheet) -> str:
    """All that the rubric asks for, as one text."""
    return " ".join(point.texts[-1] for point in sheet.points)


def creditable(answer: Answer, sheet: Sheet) -> str:
    """The sentences that read as statements and do not deny what they say: all that a mark as a whole may rest on."""
    free = denies(reference_of(sheet))
    denied = {place for denial in answer.denials for place in denial.alone}
    kept = [
        piece.text
        for place, (piece, sound) in enumerate(zip(answer.windows, answer.sound, strict=True))
        if piece.kind == "sentence" and sound and (free or not (place in denied or denies(piece.text)))
    ]
    return " ".join(kept)


def mark_features(sheet: Sheet, text: str, marker: Marker) -> Floats:
    """Values of MARK_FEATURES, shape (len(MARK_FEATURES),), for the ``creditable`` text of an answer."""
    reference = reference_of(sheet)
    wanted = set(content(reference)) - set(content(sheet.rubric.ask))
    return np.array([len(wanted & set(content(text))) / max(len(wanted), 1), read_mark(text, reference, marker)], np.float64)


def read_mark(answer: str, reference: str, marker: Marker) -> float:
    """The mark 0..1 of an answer held against a reference, each of any length.

    Beyond the marker's room the longer text is cut, as it was when the marker learnt. So the reference is then read again in parts of
    whole sentences, each beside the parts of the answer that have most of its words; the best counts, and their mean by length. The two
    are weighed by the share of both texts that the first reading saw.
    """
    first = float(marker.read([(answer, reference)])[0, COVER])
    seen = marker.room / (marker.length(answer) + marker.length(reference))
    return first if seen >= 1 else seen * first + (1 - seen) * _by_parts(answer, reference, marker)


def _by_parts(answer: str, reference: str, marker: Marker) -> float:
    wanted, given = list(_parts(reference, marker)), list(_parts(answer, marker))
    held = [set(content(part)) for part in given]
    best, sizes = list[float](), [marker.length(part) for part in wanted]
    for part in wanted:
        asked = set(content(part))
        order = sorted(range(len(given)), key=lambda place: -len(asked & held[place]))[:LOOKS]
        best.append(float(marker.read([(given[place], part) for place in order])[:, COVER].max()))
    return float(np.average(best, weights=sizes))


def _parts(text: str, marker: Marker) -> Iterator[str]:
    """The text in runs of sentences, each at most half of the room long; a sentence that is longer is cut between words."""
    most, held = marker.room // 2, list[str]()
    for piece in (piece for line in sentences(text) for piece in _cut(line.text, most, marker)):
        if held and marker.length(" ".join([*held, piece])) > most:
            yield " ".join(held)
            held = []
        held.append(piece)
    yield " ".join(held)


def _cut(line: str, most: int, marker: Marker) -> Sequence[str]:
    """A sentence as it is, or halved between words until each piece is short enough; a word alone stays whole."""
    words = line.split()
    if len(words) < 2 or marker.length(line) <= most:
        return [line]
    half = len(words) // 2
    return [*_cut(" ".join(words[:half]), most, marker), *_cut(" ".join(words[half:]), most, marker)]
