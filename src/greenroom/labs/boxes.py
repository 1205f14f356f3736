"""Things found in pictures, scored: average precision over boxes; and a classical way to find them, by colour and connected pixels.

Average precision of one shape: all finds, the surest first; each is a hit if it lies over a drawn thing of this shape that no surer one
has taken, by an intersection over union of 0.5 or more. Precision at each share of things found, made falling; the area under it: 1 is
perfect. The mean over the shapes is mAP at 0.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.labs.drawing import COLOURS, SHAPES, SIDE, Array, Box, Drawn, stencil

HIT, FEWEST = 0.5, 15
"""Least intersection over union of a hit; fewest connected pixels that the rule takes for a thing."""
Mask = NDArray[np.bool_]


class Find(NamedTuple):
    score: float
    shape: str
    colour: str
    box: Box


def mean_precision(found: Sequence[Sequence[Find]], drawn: Sequence[Drawn]) -> float:
    """mAP at 0.5 over the shapes that were drawn; ``found``: for each picture."""
    each = [precision(found, drawn, shape) for shape in SHAPES if any(t.shape == shape for picture in drawn for t in picture.things)]
    return sum(each) / len(each) if each else 0.0


def precision(found: Sequence[Sequence[Find]], drawn: Sequence[Drawn], shape: str) -> float:
    """Average precision of one shape."""
    things = [[thing.box for thing in picture.things if thing.shape == shape] for picture in drawn]
    finds = sorted(((n, find) for n, finds in enumerate(found) for find in finds if find.shape == shape), key=lambda each: -each[1].score)
    taken, hits = set[tuple[int, int]](), list[bool]()
    for n, find in finds:
        overlap, best = max(((find.box.overlap(box), k) for k, box in enumerate(things[n]) if (n, k) not in taken), default=(0.0, -1))
        hits.append(overlap >= HIT)
        if hits[-1]:
            taken.add((n, best))
    right = np.cumsum(hits) if hits else np.zeros(0)
    shares = right / max(1, sum(map(len, things)))
    falling = np.maximum.accumulate((right / np.arange(1, len(right) + 1))[::-1])[::-1]
    return float(np.sum(np.diff(shares, prepend=0.0) * falling))


class Counts(NamedTuple):
    """At one threshold: drawn things that were found with their shape, drawn things, finds that are none."""

    hits: int
    things: int
    false: int


def count(found: Sequence[Sequence[Find]], drawn: Sequence[Drawn], least: float) -> Counts:
    """Of the finds with a score of ``least`` or more."""
    hits = finds = 0
    for each, picture in zip(found, drawn, strict=True):
        sure = sorted((find for find in each if find.score >= least), key=lambda find: -find.score)
        free = list(picture.things)
        finds += len(sure)
        for find in sure:
            thing = max(free, key=lambda t: t.box.overlap(find.box), default=None)
            if thing and thing.shape == find.shape and thing.box.overlap(find.box) >= HIT:
                free.remove(thing)
                hits += 1
    return Counts(hits, sum(len(picture.things) for picture in drawn), finds - hits)


# --- The classical way ---


def by_rule(pixels: Array, near: float) -> list[Find]:
    """Pixels nearer than ``near`` to one of the four colours, joined where they touch; the shape whose stencil covers them best."""
    away = np.sqrt(((pixels[:, :, None] - np.array(list(COLOURS.values()), dtype=np.float32)) ** 2).sum(-1))  # (32, 32, 4)
    found = []
    for n, colour in enumerate(COLOURS):
        for mask, box in islands((away.argmin(-1) == n) & (away[..., n] < near)):
            score, shape = max((alike(mask, shape), shape) for shape in SHAPES)
            found.append(Find(score, shape, colour, box))
    return found


def smoothed(pixels: Array) -> Array:
    """Each pixel as the mean of the 3 × 3 around it; beyond the edge the edge goes on."""
    wide = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    total = sum(wide[down : down + SIDE, across : across + SIDE] for down in range(3) for across in range(3))
    return np.asarray(total / 9, dtype=np.float32)


def islands(mask: Mask) -> Iterator[tuple[Mask, Box]]:
    """Sets of pixels that touch along an edge, each cut out, with its box."""
    left = mask.copy()
    for start in zip(*(each.tolist() for each in np.nonzero(mask)), strict=True):
        if not left[start]:
            continue
        todo, island = [start], list[tuple[int, int]]()
        left[start] = False
        while todo:
            y, x = todo.pop()
            island.append((y, x))
            for a, b in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                if 0 <= a < SIDE and 0 <= b < SIDE and left[a, b]:
                    left[a, b] = False
                    todo.append((a, b))
        if len(island) >= FEWEST:
            rows, columns = np.array(island).T
            top, side = rows.min(), columns.min()
            cut = np.zeros((rows.max() - top + 1, columns.max() - side + 1), dtype=bool)
            cut[rows - top, columns - side] = True
            yield cut, Box(float(side), float(top), float(columns.max() + 1), float(rows.max() + 1))


def alike(mask: Mask, shape: str) -> float:
    """Intersection over union of the pixels and the shape, stretched to their box."""
    high, wide = mask.shape
    most = max(high, wide)
    covers = stencil(shape, most)[np.ix_(np.arange(high) * most // high, np.arange(wide) * most // wide)]
    return float((covers & mask).sum() / (covers | mask).sum())
