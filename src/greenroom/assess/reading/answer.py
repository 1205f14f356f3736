"""An answer made ready: its windows, their vectors, and which of them read as statements. A window that does not is no evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.assess.reading.clauses import Denial, Window, find_denials, left_open, speaks_to_grader
from greenroom.assess.reading.cleaned import Cleaned
from greenroom.llm.encode import Ear, Hearing, Scores, Vectors
from greenroom.llm.words import FUNCTION, content, words

Floats = NDArray[np.float64]

ORDER_BARS = ((4, -99.0), (8, -2.5), (12, -3.5), (20, -3.0), (10_000_000, -2.5))
"""(words below, order needed) of an answer as a whole; of fewer words nothing can be told. Below it nothing in the answer is a statement,
not even a stretch that reads like one by chance. Decided on graded answers that no fit saw: 12 of 3,265 are below, and most of what was
thrown together (docs/log.md).
"""
IN_COMPANY = 2.5
"""How much lower a window may stay in an answer that reads as said: dense sentences of the field read like lists."""
LIST_SHARE = 0.1
"""A window of six words or more with a smaller share of function words is a list of terms."""


class Answer(NamedTuple):
    """An answer made ready: its windows, their vectors, and which of them read as statements. Places are those in ``cleaned.text``."""

    cleaned: Cleaned
    windows: Sequence[Window]
    vectors: Vectors
    sound: NDArray[np.bool_]
    stems: list[frozenset[str]]
    denials: Sequence[Denial]

    @property
    def text(self) -> str:
        return self.cleaned.text


def make_answer(cleaned: Cleaned, pieces: Sequence[Window], heard: Hearing, slack: float = 0.0, *, asking: bool = False) -> Answer:
    """``pieces``: the windows of ``cleaned.text``; ``heard``: what ``hear`` or ``hear_order`` made of them. ``slack``: how much below
    ORDER_BARS a window may stay, for terse written answers; with it, lists pass too. ``asking``: the question wants questions, so what is
    asked counts.
    """
    speech = _speech(pieces, heard.order, slack)
    sound = np.array([speech and _states(piece, order, slack) for piece, order in zip(pieces, heard.order, strict=True)], np.bool_)
    broken = [
        (piece.start, piece.end)
        for piece, fine in zip(pieces, sound, strict=True)
        if piece.kind == "sentence" and ((not fine and not slack and _listed(piece)) or speaks_to_grader(piece.text))
    ]
    nothing = broken if asking else [*broken, *left_open(pieces, cleaned.text)]
    for place, piece in enumerate(pieces):  # neither the sentence beside a list, a plea or a question nor a piece of it states anything
        if any(piece.start < end and start < piece.end for start, end in nothing):
            sound[place] = False
    stems = [frozenset(content(piece.text)) for piece in pieces]
    return Answer(cleaned, pieces, heard.vectors, sound, stems, find_denials(pieces))


def hear(pieces: Sequence[Window], ear: Ear) -> Hearing:
    """The windows' vectors and order. A pair is not read: both are the means of its two sentences' by their words."""
    alone = [place for place, piece in enumerate(pieces) if piece.kind != "pair"]
    read = ear.hear([pieces[place].text for place in alone])
    vectors, order = np.zeros((len(pieces), read.vectors.shape[1]), np.float32), np.zeros(len(pieces), np.float32)
    vectors[alone], order[alone] = read
    for place, one, two in _halves(pieces):
        share = pieces[one].words / max(pieces[one].words + pieces[two].words, 1)
        vectors[place] = share * vectors[one] + (1 - share) * vectors[two]
        order[place] = share * order[one] + (1 - share) * order[two]
    return Hearing(unit(vectors), order)


def hear_order(pieces: Sequence[Window], ear: Ear) -> Hearing:
    """The sentences' order, for what does not go by likeness: vectors of shape (len(pieces), 0); what is no sentence counts as orderly."""
    lines = [place for place, piece in enumerate(pieces) if piece.kind == "sentence"]
    order = np.zeros(len(pieces), np.float32)
    order[lines] = ear.order([pieces[place].text for place in lines])
    return Hearing(np.zeros((len(pieces), 0), np.float32), order)


def _halves(pieces: Sequence[Window]) -> Iterator[tuple[int, int, int]]:
    """The place of each pair and of its two sentences."""
    starts = {piece.start: place for place, piece in enumerate(pieces) if piece.kind == "sentence"}
    ends = {piece.end: place for place, piece in enumerate(pieces) if piece.kind == "sentence"}
    return ((place, starts[piece.start], ends[piece.end]) for place, piece in enumerate(pieces) if piece.kind == "pair")


def _speech(pieces: Sequence[Window], order: Scores, slack: float) -> bool:
    """Whether the answer as a whole is words in an order that people speak in."""
    lines = [(piece.words, float(score)) for piece, score in zip(pieces, order, strict=True) if piece.kind == "sentence"]
    count = sum(size for size, _ in lines)
    return sum(size * score for size, score in lines) >= (order_bar(count) - slack) * count


def order_bar(count: int) -> float:
    """How orderly an answer of so many words has to read to be one (``Ear.order``)."""
    return next(bar for below, bar in ORDER_BARS if count < below)


def _states(piece: Window, score: float, slack: float) -> bool:
    """Whether a window reads as a statement; short ones are given the benefit of the doubt."""
    return score >= order_bar(len(words(piece.text))) - IN_COMPANY - slack and not (not slack and _listed(piece))


def _listed(piece: Window) -> bool:
    said = words(piece.text)
    return len(said) >= 6 and sum(word.text in FUNCTION for word in said) / len(said) < LIST_SHARE


def unit(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return vectors / lengths
