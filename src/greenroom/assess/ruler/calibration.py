"""How far an assessor agrees with somebody's own marks, beside two rulers that measure nothing: the length, and always the mean.

Everything is computed here from rows and an assessor; a door only shows it. Fewer than ``FEW`` rows are reported as such: the figures then
mean little. The baselines are told the other rows' marks, so they are flattered; an assessor that does not beat them measures nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from greenroom.assess import scale
from greenroom.assess.assessment import Assessment, Grader, PointVerdict, Verdict
from greenroom.assess.assessor import Assessor
from greenroom.assess.ruler import figures
from greenroom.assess.ruler.rows import BadRow, Find, Marked, Marks, read_rows
from greenroom.bank.question import Rubric, Value
from greenroom.llm.words import words

FEW = 10
SHOWN = 10
"""Disagreements listed."""
REASONS = 2
LEAST = 5
"""Verdicts of a point below which its κ says nothing."""
ORDER = {"missed": 0, "wrong": 0, "partial": 1, "hit": 2}


class Fit(Value):
    """Agreement of one set of marks with the person's. None where it cannot be computed. Errors are on the scale 0..1."""

    pearson: float | None
    qwk: float | None
    rmse: float
    wrmse: float


class Lean(Value):
    """Mean of (given - own mark), 0..1: positive is too kind. ``low`` and ``high``: 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


class PointAgreement(Value):
    """``id``: question_id/point_id, for points that came with the rows the latter alone. κ is None for fewer than ``LEAST`` verdicts, and
    where they do not vary.
    """

    id: str
    n: int
    same: float
    kappa: float | None


class PointsAgreement(Value):
    n: int
    kappa: float | None
    weighted: float | None
    """Quadratic, hit 2, partial 1, missed and wrong 0."""
    each: tuple[PointAgreement, ...]


class Disagreement(Value):
    """``own`` and ``given``: 0..1."""

    line: int
    id: str | int
    question_id: str
    own: float
    given: float
    why: str


class Calibration(Value):
    """``n``: rows with a mark that were graded; the figures are over these. ``abstained``: rows the assessor would not judge."""

    n: int
    abstained: int
    few: bool
    grader: Grader | None
    assessor: Fit | None
    length: Fit | None
    constant: Fit | None
    lean: Lean | None
    points: PointsAgreement | None
    disagreements: tuple[Disagreement, ...]
    bad: tuple[BadRow, ...]


class _Held(NamedTuple):
    row: Marked
    found: Assessment


def calibrate(lines: Iterable[str], assessor: Assessor, find: Find, marks: Marks, rng: random.Random) -> Calibration:
    """Hold ``assessor`` against the marks in ``lines`` (JSONL). Never raises for what a line holds."""
    bad: list[BadRow] = []
    held: list[_Held] = []
    for row in read_rows(lines, find, marks):
        if isinstance(row, BadRow):
            bad.append(row)
        else:
            held.append(_Held(row, assessor.assess(row.rubric, row.answer)))
    judged = [each for each in held if each.found.status == "assessed"]
    graded = [each for each in judged if each.row.mark is not None and each.found.overall is not None]
    own = [each.row.mark or 0.0 for each in graded]
    given = [(each.found.overall or 0.0) / 100 for each in graded]
    lengths = [len(words(each.row.answer)) for each in graded]
    return Calibration(
        n=len(graded),
        abstained=len(held) - len(judged),
        few=len(graded) < FEW,
        grader=held[0].found.grader if held else None,
        assessor=_fit(own, given),
        length=_fit(own, figures.by_length(own, lengths)),
        constant=_constant(own),
        lean=_lean(own, given, rng),
        points=_points(judged),
        disagreements=_disagreements(graded),
        bad=tuple(bad),
    )


def _fit(own: Sequence[float], given: Sequence[float]) -> Fit | None:
    if not own:
        return None
    bands = [[scale.band(100 * mark) for mark in side] for side in (own, given)]
    return Fit(
        pearson=_rounded(figures.pearson(own, given)),
        qwk=_rounded(figures.weighted_kappa(*bands)),
        rmse=round(figures.rmse(own, given), 3),
        wrmse=round(figures.wrmse(own, given), 3),
    )


def _constant(own: Sequence[float]) -> Fit | None:
    """One mark for all has no correlation; that of "the mean of the others" is -1 by construction and is left out."""
    found = _fit(own, figures.by_mean(own))
    return found.model_copy(update={"pearson": None, "qwk": None}) if found else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _lean(own: Sequence[float], given: Sequence[float], rng: random.Random) -> Lean | None:
    if not own:
        return None
    apart = [b - a for a, b in zip(own, given, strict=True)]
    low, high = figures.interval(apart, rng)
    return Lean(mean=round(sum(apart) / len(apart), 3), low=round(low, 3), high=round(high, 3))


def _points(judged: Sequence[_Held]) -> PointsAgreement | None:
    by_name: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row, found in judged:
        names = _names(row.rubric)
        for point in found.points:
            if point.id in row.points and point.verdict is not Verdict.UNSCORED:
                by_name.setdefault(names[point.id], []).append((row.points[point.id], point.verdict.value))
    pairs = [pair for group in by_name.values() for pair in group]
    if not pairs:
        return None
    own, given = [a for a, _ in pairs], [b for _, b in pairs]
    weighted = figures.weighted_kappa([ORDER[v] for v in own], [ORDER[v] for v in given])
    each = tuple(_point(name, group) for (name, _), group in by_name.items())
    return PointsAgreement(n=len(pairs), kappa=_rounded(figures.cohen(own, given)), weighted=_rounded(weighted), each=each)


def _names(rubric: Rubric) -> dict[str, tuple[str, str]]:
    """What a point is called and known by, over rows: those of the bank by their global id; those that came with a row by their own id and
    words, for each row brings its rubric anew.
    """
    return {p.id: (f"{rubric.question_id}/{p.id}", "") if p.because else (p.id, p.point) for p in rubric.points}


def _point(name: str, pairs: Sequence[tuple[str, str]]) -> PointAgreement:
    same = sum(a == b for a, b in pairs) / len(pairs)
    kappa = figures.cohen([a for a, _ in pairs], [b for _, b in pairs]) if len(pairs) >= LEAST else None
    return PointAgreement(id=name, n=len(pairs), same=round(same, 3), kappa=_rounded(kappa))


def _disagreements(graded: Sequence[_Held]) -> tuple[Disagreement, ...]:
    """The largest first, those of a hundredth or less left out."""
    found = [
        Disagreement(
            line=each.row.line, id=each.row.id, question_id=each.row.rubric.question_id, own=round(each.row.mark or 0.0, 3),
            given=round((each.found.overall or 0.0) / 100, 3), why=_why(each),
        )
        for each in graded
    ]  # fmt: skip
    return tuple(sorted((d for d in found if abs(d.own - d.given) > 0.01), key=lambda d: -abs(d.own - d.given))[:SHOWN])


def _why(each: _Held) -> str:
    """What the assessor's figure rests on, as far as it speaks against the person's: what it missed, or what it credited."""
    row, found = each.row, each.found
    if not any(point.says for point in row.rubric.points):
        return "Graded by likeness to the reference as a whole; no phrasings of the points were given to hold it against."
    harsh = (found.overall or 0.0) / 100 < (row.mark or 0.0)
    named = {point.id: point for point in row.rubric.points}
    if harsh:
        said = [f"It flagged “{wrong.quote}”." for wrong in found.misconceptions]
        lacking = [p for p in found.points if p.verdict in (Verdict.MISSED, Verdict.WRONG) and _differs(row, p)]
        lacking.sort(key=lambda p: (p.verdict is Verdict.MISSED, -named[p.id].weight))
        said += [f"{p.verdict.value.capitalize()}: {named[p.id].point}" for p in lacking]
        return " ".join(said[:REASONS]) or "It found most points only partly made."
    credited = [p for p in found.points if p.verdict is Verdict.HIT and p.quote and _differs(row, p)]
    credited.sort(key=lambda p: (-named[p.id].weight, p.confidence or 0.0))
    return " ".join(f"Credited “{p.quote}” as: {named[p.id].point}" for p in credited[:REASONS]) or "It credited points as partly made."


def _differs(row: Marked, point: PointVerdict) -> bool:
    """Whether the person saw this point otherwise; of a point they did not judge, it may be."""
    return row.points.get(point.id) != point.verdict.value
