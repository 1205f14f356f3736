"""A picture of the calibration, drawn without a plotting library: reliability on the left, risk against coverage on the right. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from benchmarks.measures import Bin

SIDE, GAP, LEFT, TOP = 300, 90, 60, 40
COLOURS = ("#1b5e9b", "#b3541e", "#6a6a6a")
MARKS = ("", "6 4", "2 3")
"""Dashes: the lines differ without colour too."""
Series = Mapping[str, tuple[Sequence[Bin], Sequence[tuple[float, float]]]]


def picture(series: Series) -> str:
    """SVG. ``series``: by name the bins of a reliability diagram and the points (share kept, share wrong) of a risk-coverage curve."""
    highest = max((risk for _, curve in series.values() for _, risk in curve), default=0.0)
    top = max(0.1, -(-highest * 10 // 1) / 10)
    second = LEFT + SIDE + GAP
    parts = [
        *_panel(LEFT, "confidence", "share right", 1.0),
        _line([_at(LEFT, 0, 0), _at(LEFT, 1, 1)], "#999", "1 3"),
        *_panel(second, "share of verdicts kept, the surest first", "share wrong", top),
    ]
    for number, (name, (bins, curve)) in enumerate(series.items()):
        colour, dash = COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)]
        points = [_at(LEFT, b.sure, b.right) for b in bins]
        parts.append(_line(points, colour, dash))
        most = max((b.size for b in bins), default=1)
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + 5 * (b.size / most) ** 0.5:.1f}" fill="{colour}"/>'
                  for (x, y), b in zip(points, bins, strict=True)]  # fmt: skip
        parts.append(_line([_at(second, share, risk / top) for share, risk in curve], colour, dash))
        below = TOP + SIDE + 62 + 18 * number
        parts.append(_line([(LEFT, below - 4), (LEFT + 34, below - 4)], colour, dash))
        parts.append(_text(LEFT + 42, below, name, "start"))
    width, height = second + SIDE + 20, TOP + SIDE + 62 + 18 * max(len(series), 1)
    return _svg(width, height, parts)


def _svg(width: int, height: int, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'font-family="sans-serif" font-size="12">\n<title>Reliability and risk against coverage</title>\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _at(left: float, x: float, y: float) -> tuple[float, float]:
    return left + x * SIDE, TOP + (1 - y) * SIDE


def _panel(left: int, across: str, up: str, top: float) -> list[str]:
    parts = [f'<rect x="{left}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#444"/>']
    for tenth in range(0, 11, 2):
        x, y = _at(left, tenth / 10, tenth / 10)
        parts += [_text(x, TOP + SIDE + 16, f"{tenth / 10:.1f}"), _text(left - 6, y + 4, f"{top * tenth / 10:.2g}", "end")]
    return [*parts, _text(left + SIDE / 2, TOP + SIDE + 36, across), _text(left, TOP - 12, up, "start")]


def _line(points: Sequence[tuple[float, float]], colour: str, dash: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222">{escape(words)}</text>'
