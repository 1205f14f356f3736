"""An answer made ready: its windows, their vectors, and which of them read as statements. A window that does not is no evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.assess.reading.clauses import Denial, Window, find_denials, left_open, speaks_to_grader
from greenroom.assess.reading.cleaned import Cleaned
from greenroom.llm.encode import Encoder, Vectors
from greenroom.llm.words import FUNCTION, Order, content, words

Floats = NDArray[np.float64]

ORDER_BARS = ((5, -9.0), (8, -0.35), (12, -0.08), (16, 0.03), (10_000_000, 0.1))
"""(words below, order score needed): shorter stretches get more benefit of the doubt. Decided, not fitted; what they let through and keep
out is what the tests show.
"""
JUMBLED, JUDGED_WORDS = -0.06, 20
"""An answer of at least so many words whose sentences score less than this on average is words thrown together: nothing in it is a
statement, not even a stretch that reads like one by chance. Chosen between shuffled texts (-0.07 at most, -0.2 to -0.3 in the middle) and
authored answers (-0.03 at least, in telegram style; 0.07 otherwise).
"""
LIST_SHARE = 0.1
"""A window of six words or more with a smaller share of function words is a list of terms."""


class Answer(NamedTuple):
    """An answer made ready: its windows, their vectors, and which of them read as statements. Places are those in ``cleaned.text``."""

    cleaned: Cleaned
    windows: Sequence[Window]
    vectors: Vectors
    sound: NDArray[np.bool_]
    order: Floats
    stems: list[frozenset[str]]
    denials: Sequence[Denial]

    @property
    def text(self) -> str:
        return self.cleaned.text


def make_answer(
    cleaned: Cleaned, pieces: Sequence[Window], vectors: Vectors, order: Order, slack: float = 0.0, *, asking: bool = False
) -> Answer:
    """``pieces``: the windows of ``cleaned.text``. ``slack``: how much below ORDER_BARS a window may stay, for terse written answers; with
    it, lists pass too. ``asking``: the question wants questions, so what is asked counts.
    """
    scores = np.array([order.score(piece.text) for piece in pieces], np.float64)
    speech = slack > 0 or not _jumbled(pieces, scores)
    sound = np.array([speech and _states(piece, score, slack) for piece, score in zip(pieces, scores, strict=True)], np.bool_)
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
    return Answer(cleaned, pieces, vectors, sound, scores, stems, find_denials(pieces))


def unread(pieces: Sequence[Window]) -> Vectors:
    """No vectors, shape (len(pieces), 0): for what does not go by likeness."""
    return np.zeros((len(pieces), 0), np.float32)


def read_windows(pieces: Sequence[Window], encoder: Encoder) -> Vectors:
    """The windows' vectors, shape (len(pieces), dim). A pair is not encoded: it is the mean of its two sentences by their words."""
    alone = [place for place, piece in enumerate(pieces) if piece.kind != "pair"]
    encoded = encoder.encode([pieces[place].text for place in alone])
    vectors = np.zeros((len(pieces), encoded.shape[1] if encoded.ndim == 2 else 0), np.float32)
    vectors[alone] = encoded
    starts = {pieces[place].start: place for place in alone if pieces[place].kind == "sentence"}
    ends = {pieces[place].end: place for place in alone if pieces[place].kind == "sentence"}
    for place, piece in enumerate(pieces):
        if piece.kind == "pair":
            one, two = starts[piece.start], ends[piece.end]
            vectors[place] = pieces[one].words * vectors[one] + pieces[two].words * vectors[two]
    return unit(vectors)


def _jumbled(pieces: Sequence[Window], scores: Floats) -> bool:
    """Whether the answer as a whole is words in no order that people speak in."""
    lines = [(piece.words, score) for piece, score in zip(pieces, scores, strict=True) if piece.kind == "sentence"]
    count = sum(size for size, _ in lines)
    return count >= JUDGED_WORDS and sum(size * score for size, score in lines) < JUMBLED * count


def _states(piece: Window, score: float, slack: float) -> bool:
    """Whether a window reads as a statement; short ones are given the benefit of the doubt."""
    bar = next(bar for below, bar in ORDER_BARS if len(words(piece.text)) < below)
    return score >= bar - slack and not (not slack and _listed(piece))


def _listed(piece: Window) -> bool:
    said = words(piece.text)
    return len(said) >= 6 and sum(word.text in FUNCTION for word in said) / len(said) < LIST_SHARE


def unit(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return vectors / lengths
