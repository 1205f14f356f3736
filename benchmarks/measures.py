"""Agreement, accuracy and calibration in a few lines each, so that a reader sees what is reported. Pure; numpy only. What
`greenroom calibrate` reports too is the same code (``greenroom.assess.ruler.figures``).

They measure agreement with labels. They do not know whether the labels are right, or whether the sample is like anybody's real answers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from greenroom.assess.ruler import figures


def pearson(a: Any, b: Any) -> float:
    """Correlation; 0 when one side does not vary."""
    return figures.pearson(a, b) or 0.0


def cohen(a: Any, b: Any) -> float:
    """Cohen's κ, unweighted; 1 where both always name the same."""
    found = figures.cohen(list(a), list(b))
    return 1.0 if found is None else found


def weighted_kappa(a: Any, b: Any) -> float:
    """Quadratic weighted κ (QWK) over integers; 1 where both always name the same."""
    found = figures.weighted_kappa(a, b)
    return 1.0 if found is None else found


def rmse(truth: Any, guess: Any) -> float:
    return figures.rmse(truth, guess)


def wrmse(truth: Any, guess: Any) -> float:
    """√Σ wᵢ(yᵢ−ŷᵢ)²: ten bins of 0.1 over 0..1, an equal share of the weight to each that is not empty, equal parts to its answers."""
    return figures.wrmse(truth, guess)


def macro_f1(truth: Any, guess: Any, classes: Sequence[Hashable]) -> float:
    """Mean of the classes' F1; a class that neither side names counts 0, as in SemEval 2013."""
    x, y = np.asarray(truth), np.asarray(guess)
    found = []
    for name in classes:
        both, either = ((x == name) & (y == name)).sum(), (x == name).sum() + (y == name).sum()
        found.append(2 * both / either if either else 0.0)
    return float(np.mean(found))


def average_precision(truth: Any, score: Any) -> float:
    """Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores from the top; equal scores enter together (as scikit-learn counts it)."""
    y, s = np.asarray(truth, float), np.asarray(score, float)
    if not y.sum():
        return 0.0
    order = np.argsort(-s, kind="stable")
    y, s = y[order], s[order]
    last = np.append(s[1:] != s[:-1], True)  # the last row of each group of equal scores
    hits, seen = np.cumsum(y)[last], np.arange(1, len(y) + 1)[last]
    return float((np.diff(hits, prepend=0) / y.sum() * hits / seen).sum())


def cut_points(values: Any, most: int = 200) -> list[float]:
    """Thresholds worth trying: midway between neighbours, thinned to about ``most``, and one beyond either end."""
    found = np.unique(np.asarray(values, float))
    middles = (found[1:] + found[:-1]) / 2
    step = max(1, len(middles) // most)
    return [float(found[0]) - 1, *(float(m) for m in middles[::step]), float(found[-1]) + 1]


def best_cut(values: Any, gain: Callable[[float], float]) -> float:
    """The threshold with the highest ``gain``; the middle one of equals."""
    cuts = cut_points(values)
    gains = np.array([gain(cut) for cut in cuts])
    good = [cut for cut, found in zip(cuts, gains, strict=True) if found >= gains.max() - 1e-12]
    return good[len(good) // 2]


class Rising(NamedTuple):
    """A rising step function, drawn with straight lines between its steps."""

    at: Any
    value: Any

    def __call__(self, score: Any) -> Any:
        return np.interp(np.asarray(score, float), self.at, self.value)


def isotonic(score: Any, truth: Any) -> Rising:
    """The rising map from score to truth with the least squared error (pool adjacent violators)."""
    s, y = np.asarray(score, float), np.asarray(truth, float)
    at, place = np.unique(s, return_inverse=True)
    blocks: list[list[float]] = []  # mean, weight, how many distinct scores
    for mean, weight in zip(np.bincount(place, y) / np.bincount(place), np.bincount(place), strict=True):
        blocks.append([mean, float(weight), 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, m, i), (b, n, j) = blocks[-2:]
            blocks[-2:] = [[(a * m + b * n) / (m + n), m + n, i + j]]
    return Rising(at, np.concatenate([np.full(int(count), mean) for mean, _, count in blocks]))


class Bin(NamedTuple):
    """One bin of a reliability diagram: ``low`` ≤ confidence < ``high`` (the last one includes 1)."""

    low: float
    high: float
    size: int
    sure: float
    right: float


def reliability(sure: Any, right: Any, bins: int = 10) -> list[Bin]:
    """Mean confidence and share of right verdicts in equal bins of confidence; empty bins are left out."""
    s, r = np.asarray(sure, float), np.asarray(right, float)
    place = np.minimum((s * bins + 1e-9).astype(int), bins - 1)
    return [
        Bin(b / bins, (b + 1) / bins, int((place == b).sum()), float(s[place == b].mean()), float(r[place == b].mean()))
        for b in range(bins) if (place == b).any()
    ]  # fmt: skip


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the bins' gaps between confidence and share right, weighted by their size."""
    return sum(b.size * abs(b.sure - b.right) for b in bins) / max(sum(b.size for b in bins), 1)


def risk_coverage(sure: Any, right: Any, kept: Sequence[float]) -> list[tuple[float, float]]:
    """(share kept, share wrong among them) when only the surest verdicts are kept. Equal confidences at the border count in
    proportion, so that the order of the rows means nothing.
    """
    s, wrong = np.asarray(sure, float), 1 - np.asarray(right, float)
    found = []
    for share in kept:
        want = share * len(s)
        border = np.sort(s)[::-1][max(round(want) - 1, 0)]
        above, level = s > border, s == border
        rest = max(want - above.sum(), 0.0)
        found.append((share, float((wrong[above].sum() + rest * wrong[level].mean()) / want)))
    return found


def interval(groups: Sequence[Hashable], measure: Callable[[Any], float], times: int = 300, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval: whole ``groups`` (questions) are drawn with replacement. ``measure`` gets row numbers."""
    random = np.random.default_rng(seed)
    rows: dict[Hashable, list[int]] = {}
    for number, group in enumerate(groups):
        rows.setdefault(group, []).append(number)
    parts = [np.array(part) for part in rows.values()]
    found = [measure(np.concatenate([parts[k] for k in random.integers(0, len(parts), len(parts))])) for _ in range(times)]
    return float(np.percentile(found, 2.5)), float(np.percentile(found, 97.5))
