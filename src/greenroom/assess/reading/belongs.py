"""A second look at each point that would be credited: does it belong, given everything else the answer says?

A good answer to another question holds a sentence or two that read as if they made a point here ("batching multiplies tokens per second"
for *a bounded number of steps*). Taken by itself such a sentence cannot be told from one of an answer to this question; what is around it
tells: whether the answer is about this question's matter, and whether other points are made as well. Only for answers of some length: of a
few sentences nothing is around. So a sentence more, from the third to the fourth, can cost a point.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from greenroom.assess.reading.clauses import Window
from greenroom.assess.reading.evidence import FEATURES, Finding
from greenroom.assess.reading.sheet import Floats

OWN = ("about", "cover", "lexical", "share")
"""Of the window itself and the answer as a whole: see ``evidence.FEATURES``."""
BELONGS = (*OWN, "others", "next")
"""*others*: the share of the other points that the reader finds more likely than not; *next*: how surely it finds the two it is surest of.
Each may only raise the probability, so that nothing is gained by being unlike the rubric.
"""
LIKELY = 0.5
NEXT = 2
SENTENCES = 4
"""So long an answer has to be for the second look. Shorter ones state a point or two, and nothing around them tells."""
_OWN, _TOLD = [FEATURES.index(name) for name in OWN], FEATURES.index("told")


def has_surroundings(points: Sequence[Finding], windows: Sequence[Window]) -> bool:
    return len(points) > 1 and sum(piece.kind == "sentence" for piece in windows) >= SENTENCES


def surroundings(points: Sequence[Finding]) -> list[Floats]:
    """The values of BELONGS for each of two or more points, shape (len(BELONGS),); those of the window are 0 where none speaks for it."""
    told = np.array([0.0 if point.window is None else float(point.features[_TOLD]) for point in points])
    found = []
    for place, point in enumerate(points):
        others = np.sort(np.delete(told, place))[::-1]
        own = np.zeros(len(OWN)) if point.window is None else point.features[_OWN]
        found.append(np.array([*own, float((others > LIKELY).mean()), float(others[:NEXT].mean())]))
    return found
