"""Digits and letters drawn by code, for the lab *classify-pictures*: light strokes on a dark ground, each moved, turned, slanted and scaled
a little, with noise. A picture is an array (20, 20) of numbers from 0 to 1. Same generator, same pictures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
SIDE, WIDE, TALL = 20, 5, 7
DIGITS, LETTERS = "0123456789", "ACFHKMPTXY"
"""No letter that looks like a digit: no B, I, O, S, Z."""
GLYPHS = {
    "0": "01110 10001 10011 10101 11001 10001 01110", "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111", "3": "11110 00001 00001 01110 00001 00001 11110",
    "4": "00010 00110 01010 10010 11111 00010 00010", "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "00110 01000 10000 11110 10001 10001 01110", "7": "11111 00001 00010 00100 01000 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110", "9": "01110 10001 10001 01111 00001 00010 01100",
    "A": "01110 10001 10001 11111 10001 10001 10001", "C": "01110 10001 10000 10000 10000 10001 01110",
    "F": "11111 10000 10000 11110 10000 10000 10000", "H": "10001 10001 10001 11111 10001 10001 10001",
    "K": "10001 10010 10100 11000 10100 10010 10001", "M": "10001 11011 10101 10101 10001 10001 10001",
    "P": "11110 10001 10001 11110 10000 10000 10000", "T": "11111 00100 00100 00100 00100 00100 00100",
    "X": "10001 10001 01010 00100 01010 10001 10001", "Y": "10001 10001 01010 00100 00100 00100 00100",
}  # fmt: skip
STROKE = {sign: np.array([[int(dot) for dot in row] for row in rows.split()], dtype=np.float32) for sign, rows in GLYPHS.items()}


class How(NamedTuple):
    """``moved``: how far a sign may be from upright in the middle, 0 to 1; ``grain``: standard deviation of the noise; ``light``: share of
    pictures with dark strokes on a light ground; ``stripes``: how strong stripes behind the sign are."""

    moved: float = 0.5
    grain: float = 0.1
    light: float = 0
    stripes: float = 0


def draw(signs: str, how: How, dice: np.random.Generator) -> Array:
    """(n, 20, 20), a picture for each sign."""
    pictures = np.stack([one(sign, how.moved, dice) for sign in signs])  # (n, 20, 20): 0 ground, 1 stroke
    y, x = np.mgrid[:SIDE, :SIDE]
    if how.stripes:
        turns = dice.uniform(0, np.pi, (len(signs), 1, 1))
        wave = np.sign(np.sin((x * np.cos(turns) + y * np.sin(turns)) * dice.uniform(0.7, 1.4, turns.shape)))
        pictures = np.maximum(pictures, how.stripes * (wave > 0))
    pictures = 0.15 + 0.7 * pictures
    turned = dice.random(len(signs)) < how.light
    pictures[turned] = 1 - pictures[turned]
    return np.clip(pictures + dice.normal(0, how.grain, pictures.shape), 0, 1).astype(np.float32)


def one(sign: str, moved: float, dice: np.random.Generator) -> Array:
    """A sign laid over the picture: each pixel looks up what stands at its place in the sign, between four dots."""
    turn, slant = (moved * each for each in dice.uniform(-0.35, 0.35, 2))
    scale = 2 * (1 + moved * dice.uniform(-0.3, 0.3))
    across, down = (moved * each for each in dice.uniform(-4, 4, 2))
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    x, y = x - across, y - down
    x, y = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    x = x + slant * y
    return between(np.pad(STROKE[sign], 1), x / scale + (WIDE + 1) / 2, y / scale + (TALL + 1) / 2)


def between(dots: Array, x: Array, y: Array) -> Array:
    """What stands at (x, y) among the dots, mixed from the four around; nothing beyond them."""
    high, wide = dots.shape
    x, y = np.clip(x, 0, wide - 1.001), np.clip(y, 0, high - 1.001)
    left, top = x.astype(int), y.astype(int)
    right, low = x - left, y - top
    upper = dots[top, left] * (1 - right) + dots[top, left + 1] * right
    lower = dots[top + 1, left] * (1 - right) + dots[top + 1, left + 1] * right
    return np.asarray(upper * (1 - low) + lower * low, dtype=np.float32)


def signs(of: str, count: int, dice: np.random.Generator) -> str:
    return "".join(of[n] for n in dice.integers(0, len(of), count))
