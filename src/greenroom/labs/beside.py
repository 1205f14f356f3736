"""Texts that begin alike, read side by side: what the model expects after each. Their common beginning is read once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from greenroom.labs.transformer import Transformer
    from greenroom.labs.writing import Branches, Scores

AT_ONCE = 8
"""Texts read in one pass."""


class End(NamedTuple):
    """Where a text ends: the probabilities of what comes next, (V,), and the way to read on from there."""

    p: Scores
    branches: Branches
    node: int

    def log(self, way: Sequence[int]) -> float:
        """The logarithm of the probability that these tokens follow, one after the other."""
        from greenroom.labs.writing import probabilities

        found = [float(self.p[way[0]])]
        if len(way) > 1:
            nodes = self.branches.follow([(self.node, way[:-1])])[0]
            found += [float(probabilities(self.branches.logits[n])[token]) for n, token in zip(nodes, way[1:], strict=True)]
        return math.fsum(math.log(max(p, 1e-300)) for p in found)


def ends(transformer: Transformer, texts: Sequence[Sequence[int]], at_once: int = AT_ONCE) -> Iterator[End]:
    """Of each text, in their order. Raises InputError for a text without tokens, TooLargeError for more than the model can read."""
    from greenroom.labs.writing import Branches, probabilities

    shared = alike(texts)
    if not shared:
        for ids in texts:
            branches = Branches(transformer, ids)
            yield End(probabilities(branches.logits[-1]), branches, -1)
        return
    branches = Branches(transformer, texts[0][:shared])
    for first in range(0, len(texts), at_once):
        some = branches.follow(((-1, ids[shared:]) for ids in texts[first : first + at_once]), ends=True)
        nodes = [way[-1] if way else -1 for way in some]
        branches.forget({-1, *nodes})
        for node in nodes:
            yield End(probabilities(branches.logits[node]), branches, node)
        branches.forget({-1})


def alike(texts: Sequence[Sequence[int]]) -> int:
    """How many tokens all of them begin with."""
    found = 0
    for column in zip(*texts, strict=False):
        if len(set(column)) > 1:
            break
        found += 1
    return found
