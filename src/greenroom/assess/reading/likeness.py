"""How alike an answer's windows and a rubric's phrasings are: cosines after the subject they share is taken away, and telling words in
common. What a window *says* about a phrasing is for the reader (``evidence.py``) to tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.assess.reading.answer import Answer, unit
from greenroom.assess.reading.clauses import truly_denies
from greenroom.assess.reading.sheet import Floats, Group, Sheet
from greenroom.llm.encode import Vectors

PRONOUN = re.compile(r"(?:(?:so|and|but|also|then|basically|because)\W+)?(?:it|this|they|that)\b", re.IGNORECASE)
ABOUT = 3
"""Sentences that tell what an answer is about: few, so that what else it says does not count."""
LENT = 0.4
"""What the question's vector counts beside the window's own. Decided, not fitted."""


class Likeness(NamedTuple):
    """All comparisons of one answer with one rubric. Groups: points, then claims, then corrections."""

    plain: Floats
    """Cosines, windows × phrasings."""
    best: Floats
    """Highest plain cosine, windows × groups."""
    centred: Floats
    """Mean of the two highest cosines without the common subject, windows × groups; -1 where a window is no statement."""
    shared: Floats
    """Telling words in common with the best phrasing, 0..1, windows × groups."""
    known: Vectors
    """The phrasings' own vectors."""
    free: NDArray[np.bool_]
    """Which windows may speak for a group: statements that do not deny it, windows × groups."""
    about: float
    """Whether the answer speaks of this question's matter at all: mean over its ABOUT sentences that are most like any point."""


def resolved(answer: Answer, ask: Vectors) -> Answer:
    """For misconceptions: where a window opens with a pronoun, the question lends it a subject (points did not gain by it)."""
    lent = np.array([piece.kind != "pair" and PRONOUN.match(piece.text) is not None for piece in answer.windows], np.float32)
    return answer._replace(vectors=unit(answer.vectors + LENT * lent[:, None] * ask))


def compare(sheet: Sheet, groups: Sequence[Group], known: Vectors, answer: Answer) -> Likeness:
    plain = products(answer.vectors, known)
    middle = known[1:].mean(axis=0) if len(known) > 2 else np.zeros(known.shape[1], np.float32)
    centred = products(unit(answer.vectors - middle), unit(known - middle))
    has = np.zeros((len(answer.windows), len(sheet.columns)))
    for row, stems in enumerate(answer.stems):
        has[row, [sheet.columns[word] for word in stems if word in sheet.columns]] = 1
    common = products(has, sheet.weights) / np.maximum(sheet.weights.sum(axis=1), 1e-9)
    top = np.stack([_top(centred[:, group.rows], 2) for group in groups], axis=1)
    likeness = Likeness(
        plain,
        np.stack([plain[:, group.rows].max(axis=1) for group in groups], axis=1),
        np.where(answer.sound[:, None], top, -1.0),
        np.stack([common[:, group.rows].max(axis=1) for group in groups], axis=1),
        known,
        np.repeat(answer.sound[:, None], len(groups), axis=1),
        _about(plain[:, 1 : sheet.points[-1].rows.stop], answer) if sheet.points else 0.0,
    )
    _free(sheet, groups, likeness, answer)
    return likeness


def _about(points: Floats, answer: Answer) -> float:
    """``points``: cosines of the windows and the points' phrasings."""
    whole = [place for place, piece in enumerate(answer.windows) if piece.kind == "sentence"] or list(range(len(answer.windows)))
    return float(np.sort(points[whole].max(axis=1))[-ABOUT:].mean())


def _free(sheet: Sheet, groups: Sequence[Group], like: Likeness, answer: Answer) -> None:
    """Takes the windows that deny a group out of ``like.free``. Who denies a misconception more than any point denies no point."""
    middle, end = len(sheet.points), len(sheet.points) + len(sheet.claims)
    for denial in answer.denials:
        like.free[[*denial.alone, *denial.across], :end] = False
        core = list(denial.core)
        row = like.centred[core].max(axis=0)
        honest = end > middle and row[middle:end].max() > row[:middle].max(initial=-1.0)
        for index, group in enumerate(groups[:end]):
            kin = row[:middle] if index < middle else row[middle:end]
            nearest = group.texts[int(like.plain[core, group.rows].max(axis=0).argmax())]
            if (honest and index < middle) or (row[index] >= kin.max() and not truly_denies(denial.text, nearest)):
                like.free[list(denial.alone), index] = answer.sound[list(denial.alone)]


def products(left: Floats | Vectors, right: Floats | Vectors) -> Floats:
    """``left @ right.T`` without BLAS: on matrices this small its threads cost more than they save, most of all on a busy machine."""
    return np.asarray(np.einsum("ik,jk->ij", left, right), np.float64)


def _top(similar: Floats, count: int) -> Floats:
    """Mean of the ``count`` highest in each row: two phrasings that agree say more than one."""
    found: Floats = np.sort(similar, axis=1)[:, -count:].mean(axis=1)
    return found
