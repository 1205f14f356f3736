"""A rubric made ready: every phrasing in one list, and how telling their words are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.bank.question import KeyPoint, Misconception, Rubric
from greenroom.llm.words import content

Floats = NDArray[np.float64]


class Group(NamedTuple):
    """One point, misconception or correction with all the ways to put it, and where they stand among the rubric's vectors."""

    id: str
    texts: tuple[str, ...]
    rows: slice


class Sheet(NamedTuple):
    """A rubric made ready: every phrasing in one list, in the order of its vectors (question, points, claims, corrections)."""

    rubric: Rubric
    texts: tuple[str, ...]
    points: tuple[Group, ...]
    claims: tuple[Group, ...]
    corrections: tuple[Group, ...]
    columns: dict[str, int]
    """A column for each stem of the phrasings."""
    weights: Floats
    """How telling a phrasing's stems are, phrasings × columns: high in one point only, low in many, 0 in the question itself."""


def make_sheet(rubric: Rubric) -> Sheet:
    texts = [rubric.ask]

    def group(id_: str, says: tuple[str, ...]) -> Group:
        texts.extend(says)
        return Group(id_, says, slice(len(texts) - len(says), len(texts)))

    def put(item: KeyPoint | Misconception) -> tuple[str, ...]:
        return (*item.says, item.point if isinstance(item, KeyPoint) else item.claim)

    points = tuple(group(point.id, put(point)) for point in rubric.points)
    claims = tuple(group(wrong.id, put(wrong)) for wrong in rubric.misconceptions)
    corrections = tuple(group(wrong.id, (wrong.correction,)) for wrong in rubric.misconceptions)
    stems = [frozenset(content(text)) for text in texts]
    return Sheet(rubric, tuple(texts), points, claims, corrections, *_weights(stems, points, claims))


def _weights(stems: Sequence[frozenset[str]], points: Sequence[Group], claims: Sequence[Group]) -> tuple[dict[str, int], Floats]:
    columns = {word: column for column, word in enumerate(sorted(frozenset().union(*stems[1:])))}
    groups = [frozenset().union(*stems[group.rows]) for group in points] or [frozenset[str]()]
    spread = Counter(word for group in groups for word in group)
    table = np.zeros((len(stems), len(columns)))
    for row, found in enumerate(stems[1:], 1):
        for word in found - stems[0]:
            table[row, columns[word]] = math.log(1 + len(groups) / max(spread[word], 1))
    return columns, table
