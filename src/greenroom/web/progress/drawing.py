"""Where the lines and boxes of the progress plots lie. Figures only; the templates draw them and show the same figures as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from greenroom.review.course import Coverage, Level, RatingRow
from greenroom.review.forecast import Forecast
from greenroom.web.language.catalogue import gettext
from greenroom.web.language.forms import short_day

WIDTH, HEIGHT = 520, 190
LEFT, RIGHT, TOP, BOTTOM = 8, 56, 14, 26
TOPS = (0.1, 0.2, 0.5, 1.0)
"""Shares that the plot of what is held may reach up to: small beginnings stay visible."""


class Spot(NamedTuple):
    x: float
    y: float


class Tick(NamedTuple):
    """``anchor``: how its text is set."""

    x: float
    text: str
    anchor: str


class CoursePlot(NamedTuple):
    """``held`` and ``seen`` are paths, ``fan`` the points of the forecast's range, ``rests`` where it ends without practice.
    ``top``: the share at the upper edge."""

    held: str
    seen: str
    last: Spot | None
    fan: str
    rests: Spot | None
    today_x: float
    ticks: tuple[Tick, ...]
    top: float


def course_plot(levels: Sequence[Level], forecast: Forecast, today: date) -> CoursePlot:
    """The share held at the end of each day; days lie as far apart as they were."""
    first = levels[0].on if levels else today
    end = max(today, forecast.on) if forecast.low is not None and forecast.on else today
    span = max(1, (end - first).days)
    highest = max([forecast.high or 0.0, *(max(level.held, level.seen) for level in levels)])
    top = next(top for top in TOPS if highest <= top)

    def spot(on: date, share: float) -> Spot:
        return Spot(_x((on - first).days / span), _y(share / top))

    held = [spot(level.on, level.held) for level in levels]
    now = spot(today, levels[-1].held) if levels else None
    fan = ""
    if now and forecast.low is not None and forecast.high is not None and forecast.on:
        corners = (now, spot(forecast.on, forecast.high), spot(forecast.on, forecast.low))
        fan = " ".join(f"{corner.x},{corner.y}" for corner in corners)
    return CoursePlot(
        held=steps([*held, *([now] if now else [])]),
        seen=steps([spot(level.on, level.seen) for level in levels] + ([spot(today, levels[-1].seen)] if levels else [])),
        last=now,
        fan=fan,
        rests=spot(forecast.on, forecast.rests) if fan and forecast.rests is not None and forecast.on else None,
        today_x=_x((today - first).days / span),
        ticks=_ticks(first, today, end, span),
        top=top,
    )


def _ticks(first: date, today: date, end: date, span: int) -> tuple[Tick, ...]:
    """First, today and the interview, where they do not run into each other."""
    wanted = [(first, short_day(first), "start"), (end, short_day(end), "end")]
    middle = (today - first).days / span
    if 0.22 < middle < 0.78:
        wanted.insert(1, (today, gettext("today"), "middle"))
    return tuple(Tick(_x((on - first).days / span), text, anchor) for on, text, anchor in (wanted if end > first else wanted[:1]))


def _x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def grid_y(share: float) -> float:
    return _y(share)


def steps(spots: Iterable[Spot]) -> str:
    """A path that stays level until the next day with practice: what is held does not creep up between."""
    path, before = "", None
    for spot in spots:
        path += f"M{spot.x} {spot.y}" if before is None else f"H{spot.x}V{spot.y}"
        before = spot
    return path


class RatingBar(NamedTuple):
    """One self-rating: where it lies, its mean and the half of the scores between ``top`` and ``height`` below it."""

    x: float
    y: float
    top: float
    height: float
    row: RatingRow


class RatingPlot(NamedTuple):
    even: str
    bars: tuple[RatingBar, ...]
    marks: tuple[tuple[float, int], ...]


def rating_plot(rows: Sequence[RatingRow]) -> RatingPlot:
    """Across: what one gave oneself; up: what was scored. On the diagonal both say the same."""
    bars = tuple(_rating_bar(row, row.mean) for row in rows if row.mean is not None)
    return RatingPlot(f"M{_rating_x(1)} {_y(0.2)}L{_rating_x(5)} {_y(1)}", bars, tuple((_rating_x(row.rating), row.rating) for row in rows))


def _rating_x(rating: int) -> float:
    return _x((rating - 0.5) / 5)


def _rating_bar(row: RatingRow, mean: float) -> RatingBar:
    top, foot = _y((row.high or 0.0) / 100), _y((row.low or 0.0) / 100)
    return RatingBar(_rating_x(row.rating), _y(mean / 100), top, round(foot - top, 1), row)


class Part(NamedTuple):
    x: float
    width: float
    kind: str
    name: str
    points: int


def coverage_bar(found: Coverage, width: float = WIDTH) -> tuple[Part, ...]:
    """The points of the bank side by side: held, partly, missed or wrong, not met."""
    parts, at = [], 0.0
    known = (("hit", "held", found.held), ("partial", "in part", found.partly), ("wrong", "missed or wrong", found.open))
    kinds = (*known, ("none", "not met yet", found.unseen))
    for kind, name, count in kinds:
        share = width * count / max(1, found.total)
        parts.append(Part(round(at, 1), round(share, 1), kind, name, count))
        at += share
    return tuple(parts)


class Day(NamedTuple):
    x: int
    y: int
    on: date
    done: bool


def day_grid(lately: Sequence[bool], today: date, size: int = 18) -> tuple[Day, ...]:
    """The last four weeks, a week a row, today last."""
    first = today - timedelta(days=len(lately) - 1)
    return tuple(Day(n % 7 * size, n // 7 * size, first + timedelta(days=n), done) for n, done in enumerate(lately))


def spark(levels: Sequence[Level], topic: str, width: float = 120, height: float = 26) -> str:
    """How one topic went, as a small path; days on which it was not yet met are left out."""
    met = [(level.on, level.topics[topic]) for level in levels if topic in level.topics]
    if len(met) < 2:
        return ""
    first, span = met[0][0], max(1, (met[-1][0] - met[0][0]).days)
    spots = (Spot(round(2 + (width - 4) * (on - first).days / span, 1), round(height - 2 - share * (height - 4), 1)) for on, share in met)
    return steps(spots)


def per_cent(levels: Iterable[tuple[date, float]]) -> list[float | None]:
    return [100 * share for _, share in levels]
