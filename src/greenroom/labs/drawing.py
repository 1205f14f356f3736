"""Pictures drawn by code: one to three coloured things on a ground. What is in them is therefore known exactly.

A picture is an array (height, width, 3) of numbers from 0 to 1. All chance comes from the generator that is handed in: same seed, same
pictures. They are small and simple on purpose, and no photographs: what is learned on them says nothing about photographs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
SIDE = 32
SHAPES = ("square", "circle", "triangle", "cross")
COLOURS = {"red": (0.85, 0.2, 0.2), "green": (0.2, 0.7, 0.25), "blue": (0.25, 0.35, 0.9), "yellow": (0.9, 0.8, 0.2)}
RING = "ring"
"""A shape that is never among those of ``pictures``: for what has not been seen."""
SMALLEST, LARGEST = 8, 13
MOST = 3
"""Pixels of a side; things in a picture."""


class Box(NamedTuple):
    """Edges in pixels, the right and lower one not within."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    def overlap(self, other: Box) -> float:
        """Intersection over union: 1 the same, 0 apart."""
        both = Box(max(self.left, other.left), max(self.top, other.top), min(self.right, other.right), min(self.bottom, other.bottom)).area
        return both / (self.area + other.area - both) if both else 0.0


class Thing(NamedTuple):
    """``left``, ``top``, ``size``: its square, in pixels."""

    shape: str
    colour: str
    left: int
    top: int
    size: int

    @property
    def box(self) -> Box:
        return Box(self.left, self.top, self.left + self.size, self.top + self.size)


class Drawn(NamedTuple):
    pixels: Array
    things: tuple[Thing, ...]


def stencil(shape: str, size: int) -> NDArray[np.bool_]:
    """(size, size): which pixels the shape covers."""
    y, x = (np.mgrid[:size, :size] + 0.5) / size  # 0 to 1
    if shape in ("circle", RING):
        away = (x - 0.5) ** 2 + (y - 0.5) ** 2
        return np.asarray((away <= 0.25) & ((away >= 0.07) | (shape == "circle")))
    if shape == "triangle":
        return np.asarray(np.abs(x - 0.5) <= y / 2 + 0.02)
    if shape == "cross":
        return np.asarray((np.abs(x - 0.5) < 0.19) | (np.abs(y - 0.5) < 0.19))
    return np.ones((size, size), dtype=bool)


class How(NamedTuple):
    """How scenes are drawn. ``ground``: plain, slope or stripes; ``grain``: standard deviation of the noise on each number; ``apart``:
    pixels between any two things, negative: they may overlap; ``level``: how light
    the ground is."""

    ground: str = "plain"
    grain: float = 0.05
    apart: int = 2
    level: tuple[float, float] = (0.1, 0.35)


def ground(kind: str, level: tuple[float, float], dice: np.random.Generator) -> Array:
    tint = dice.uniform(*level) + dice.uniform(-0.05, 0.05, 3)
    if kind == "plain":
        return np.broadcast_to(tint, (SIDE, SIDE, 3)).astype(np.float32)
    y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1)
    angle = dice.uniform(0, 2 * np.pi)
    along = np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)  # -0.7 to 0.7
    strength = dice.uniform(0.2, 0.5)
    wave = np.sign(np.sin(along * 60 * strength)) / 4 if kind == "stripes" else along * strength
    hue = 1 + dice.uniform(-0.4, 0.4, 3)
    return np.asarray(tint + wave[..., None] * hue, dtype=np.float32)


def scene(things: Sequence[Thing], how: How, dice: np.random.Generator) -> Drawn:
    """The things, later ones over earlier ones, each a little lighter or darker than its colour's name."""
    pixels = ground(how.ground, how.level, dice)
    for each in things:
        colour = np.array(COLOURS[each.colour], dtype=np.float32) + dice.uniform(-0.08, 0.08, 3)
        field = pixels[each.top : each.top + each.size, each.left : each.left + each.size]
        field[stencil(each.shape, each.size)] = colour
    noisy = pixels + how.grain * dice.normal(0, 1, pixels.shape)
    return Drawn(np.clip(noisy, 0, 1).astype(np.float32), tuple(sorted(things, key=lambda t: (t.left + t.size / 2, t.top))))


def arrange(kinds: Sequence[tuple[str, str]], how: How, dice: np.random.Generator) -> list[Thing]:
    """A place for each (colour, shape), drawn anew until they are as far apart as they have to be."""
    while True:
        found = list[Thing]()
        for colour, shape in kinds:
            size = int(dice.integers(SMALLEST, LARGEST + 1))
            left, top = (int(each) for each in dice.integers(0, SIDE - size + 1, 2))
            found.append(Thing(shape, colour, left, top, size))
        if all(gap(a, b) >= how.apart for n, a in enumerate(found) for b in found[:n]):
            return found


def pictures(count: int, ways: Sequence[How], dice: np.random.Generator) -> list[Drawn]:
    """So many, each with one to three things of any colour and shape, drawn in one of the ways."""
    found = []
    for n in range(count):
        how = ways[n % len(ways)]
        kinds = [(list(COLOURS)[int(a)], SHAPES[int(b)]) for a, b in dice.integers(0, 4, (int(dice.integers(1, MOST + 1)), 2))]
        found.append(scene(arrange(kinds, how, dice), how, dice))
    return found


def gap(one: Thing, other: Thing) -> int:
    """Pixels between two squares, across or down, whichever is more; negative where they overlap."""
    return max(
        max(one.left, other.left) - min(one.left + one.size, other.left + other.size),
        max(one.top, other.top) - min(one.top + one.size, other.top + other.size),
    )
