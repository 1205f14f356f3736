"""What speaks for a mark as a whole, for rubrics without authored phrasings (a reference answer, or bare key points): ``greenroom grade``.

The answer is read against the reference three ways: whole against whole, with the question before it, and piece by piece (each sentence
of the reference, or each key point, against the windows of the answer most like it). So neither may be longer than the reader's window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from greenroom.assess.reading.evidence import Answer, Floats, Sheet
from greenroom.llm.denials import denies
from greenroom.llm.encode import CONTRADICTS, COVER, MAKES, NOT, PARTLY, Reader, Readings, Vectors
from greenroom.llm.words import content, stem, words

MARK_FEATURES = (
    "whole", "pieces", "recall", "precision", "grams", "order", "ratio",
    "cover", "credit", "not", "contradicts", "asked_cover", "asked_credit", "asked_contradicts", "piece_cover", "piece_credit",
    "piece_contradicts",
)  # fmt: skip
LOOKS = 2
"""Windows read for each sentence of the reference or key point: the most alike."""


class Asked(NamedTuple):
    """One row to mark: its rubric and the answer, read from ``creditable`` text."""

    sheet: Sheet
    known: Vectors
    answer: Answer
    whole: Vectors
    """Vectors of the answer and of all points as one text, shape (2, dim)."""

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
    return np.array([*_alike(asked), *_read(asked, reader)])


def _alike(asked: Asked) -> list[float]:
    sheet, answer, reference = asked.sheet, asked.answer, asked.reference
    similar = np.asarray(answer.vectors @ asked.known.T, np.float64)
    best = [similar[:, group.rows].max() if len(similar) else 0.0 for group in sheet.points]
    wanted, said = set(content(reference)) - set(content(sheet.rubric.ask)), set(content(answer.text))
    spoken, written = [word.text for word in words(answer.text)], [word.text for word in words(reference)]
    return [
        float(asked.whole[0] @ asked.whole[1]),
        float(np.mean(best)),
        len(wanted & said) / max(len(wanted), 1),
        len(wanted & said) / max(len(said), 1),
        _grams(spoken, written),
        min(float(answer.order.max(initial=0.0)), 1.0) if len(spoken) > 4 else 0.5,
        max(-2.0, min(0.0, math.log((len(spoken) + 1) / (len(written) + 1)))),
    ]


def _read(asked: Asked, reader: Reader) -> list[float]:
    answer, sheet = asked.answer, asked.sheet
    similar = np.asarray(answer.vectors @ asked.known.T, np.float64)
    pairs = [(answer.text, asked.reference), (f"{sheet.rubric.ask} {answer.text}".strip(), asked.reference)]
    places = []
    for group in sheet.points:
        order = np.argsort(-similar[:, group.rows].max(axis=1), kind="stable")[:LOOKS]
        places.append(range(len(pairs), len(pairs) + len(order)))
        pairs += [(answer.windows[int(place)].text, group.texts[-1]) for place in order]
    read = reader.read(pairs)
    whole, with_question = read[:2]
    pieces = [read[list(rows)] for rows in places]
    return [
        float(whole[COVER]), _credit(whole), float(whole[NOT]), float(whole[CONTRADICTS]),
        float(with_question[COVER]), _credit(with_question), float(with_question[CONTRADICTS]),
        float(np.mean([rows[:, COVER].max(initial=0.0) for rows in pieces])),
        float(np.mean([max((_credit(row) for row in rows), default=0.0) for rows in pieces])),
        float(max((float(rows[:, CONTRADICTS].max(initial=0.0)) for rows in pieces), default=0.0)),
    ]  # fmt: skip


def _credit(row: Readings) -> float:
    return float(row[MAKES] + 0.5 * row[PARTLY])


def _grams(spoken: Sequence[str], written: Sequence[str]) -> float:
    """Share of the reference's neighbouring word pairs (by stem) that the answer has too: order counts."""
    ours = {(stem(a), stem(b)) for a, b in pairwise(spoken)}
    theirs = {(stem(a), stem(b)) for a, b in pairwise(written)}
    return len(ours & theirs) / max(len(theirs), 1)
