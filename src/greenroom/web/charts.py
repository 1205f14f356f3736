"""Where things stand in the small SVG drawings. Figures only: the templates draw them, and show the same figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Dot(NamedTuple):
    x: float
    y: float
    value: float


def line(values: Sequence[float | None], width: float, height: float, pad: float = 6) -> list[Dot]:
    """Values of 0 to 100 over equal steps; None leaves a gap."""
    step = (width - 2 * pad) / max(1, len(values) - 1)
    start = width / 2 if len(values) == 1 else pad
    return [
        Dot(round(start + index * step, 1), round(height - pad - value / 100 * (height - 2 * pad), 1), value)
        for index, value in enumerate(values)
        if value is not None
    ]


def path(dots: Sequence[Dot]) -> str:
    """An SVG path through the dots."""
    return "".join(f"{'L' if index else 'M'}{dot.x} {dot.y}" for index, dot in enumerate(dots))


def along(value: float, width: float) -> float:
    """Where a value of 0 to 100 lies on a scale of that width."""
    return round(min(100.0, max(0.0, value)) / 100 * width, 1)
