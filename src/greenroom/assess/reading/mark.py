"""What speaks for a mark as a whole, for rubrics without authored phrasings (a reference answer, or bare key points): ``greenroom grade``.

The answer is read against the reference two ways: whole against whole, and piece by piece (each sentence of the reference, or each key
point, against the windows of the answer most like it). So neither may be longer than the reader's window.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from greenroom.assess.reading.answer import Answer
from greenroom.assess.reading.likeness import products
from greenroom.assess.reading.sheet import Floats, Sheet
from greenroom.llm.denials import denies
from greenroom.llm.encode import CONTRADICTS, COVER, MAKES, PARTLY, Reader, Readings, Vectors
from greenroom.llm.words import content, stem, words

MARK_FEATURES = ("recall", "grams", "cover", "credit", "contradicts", "piece_cover", "piece_credit")
"""What carried over to sets left out of the fit; the question before the answer, lengths and cosines did not (docs/log.md)."""
LOOKS = 1
"""Windows read for each sentence of the reference or key point: the most alike."""


class Asked(NamedTuple):
    """One row to mark: its rubric and the answer, read from ``creditable`` text."""

    sheet: Sheet
    known: Vectors
    answer: Answer

    @property
    def reference(self) -> str:
        return " ".join(point.texts[-1] for point in self.sheet.points)


def creditable(answer: Answer, sheet: Sheet) -> str:
    """The sentences that read as statements and do not deny what they say: all that a mark as a whole may rest on."""
    reference = " ".join(point.texts[-1] for point in sheet.points)
    free = denies(reference)
    denied = {place for denial in answer.denials for place in denial.alone}
    kept = [
        piece.text
        for place, (piece, sound) in enumerate(zip(answer.windows, answer.sound, strict=True))
        if piece.kind == "sentence" and sound and (free or not (place in denied or denies(piece.text)))
    ]
    return " ".join(kept)


def mark_features(asked: Asked, reader: Reader) -> Floats:
    """Values of MARK_FEATURES, shape (len(MARK_FEATURES),)."""
    answer, sheet, reference = asked.answer, asked.sheet, asked.reference
    wanted, said = set(content(reference)) - set(content(sheet.rubric.ask)), set(content(answer.text))
    spoken, written = [word.text for word in words(answer.text)], [word.text for word in words(reference)]
    whole, pieces = _read(asked, reader)
    return np.array([
        len(wanted & said) / max(len(wanted), 1),
        _grams(spoken, written),
        whole[COVER], _credit(whole), whole[CONTRADICTS],
        np.mean([rows[:, COVER].max(initial=0.0) for rows in pieces]),
        np.mean([max((_credit(row) for row in rows), default=0.0) for rows in pieces]),
    ], np.float64)  # fmt: skip


def _read(asked: Asked, reader: Reader) -> tuple[Readings, list[Readings]]:
    """The whole answer beside the whole reference, shape (5,); and for each piece of the reference the windows most like it."""
    similar = products(asked.answer.vectors, asked.known)
    pairs, places = [(asked.answer.text, asked.reference)], []
    for group in asked.sheet.points:
        order = np.argsort(-similar[:, group.rows].max(axis=1), kind="stable")[:LOOKS]
        places.append(range(len(pairs), len(pairs) + len(order)))
        pairs += [(asked.answer.windows[int(place)].text, group.texts[-1]) for place in order]
    unique = list(dict.fromkeys(pairs))
    rows = dict(zip(unique, reader.read(unique), strict=True))
    read = np.stack([rows[pair] for pair in pairs])
    return read[0], [read[list(each)] for each in places]


def _credit(row: Readings) -> float:
    return float(row[MAKES] + 0.5 * row[PARTLY])


def _grams(spoken: Sequence[str], written: Sequence[str]) -> float:
    """Share of the reference's neighbouring word pairs (by stem) that the answer has too: order counts."""
    ours = {(stem(a), stem(b)) for a, b in pairwise(spoken)}
    theirs = {(stem(a), stem(b)) for a, b in pairwise(written)}
    return len(ours & theirs) / max(len(theirs), 1)
