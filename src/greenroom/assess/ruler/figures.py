"""Agreement in a few lines: correlation, κ, errors, an interval. Plain formulas over lists; nothing is fitted but the length baseline."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

BINS = 10


def pearson(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Correlation; None when a side does not vary or there are fewer than three pairs."""
    x, y = np.asarray(a, float), np.asarray(b, float)
    return float(np.corrcoef(x, y)[0, 1]) if len(x) > 2 and x.std() > 1e-12 and y.std() > 1e-12 else None


def cohen(a: Sequence[str], b: Sequence[str]) -> float | None:
    """Cohen's κ, unweighted; None when chance alone would agree always."""
    if not a:
        return None
    same = sum(x == y for x, y in zip(a, b, strict=True)) / len(a)
    chance = sum((a.count(name) / len(a)) * (b.count(name) / len(b)) for name in {*a, *b})
    return (same - chance) / (1 - chance) if chance < 1 else None


def weighted_kappa(a: Sequence[int], b: Sequence[int]) -> float | None:
    """Quadratic weighted κ; None when chance alone would agree always."""
    x, y = np.asarray(a, float), np.asarray(b, float)
    if not len(x):
        return None
    chance = float(x.var() + y.var() + (x.mean() - y.mean()) ** 2)  # the mean over all pairs of a row here and a row there
    return float(1 - ((x - y) ** 2).mean() / chance) if chance > 1e-12 else None


def rmse(marks: Sequence[float], given: Sequence[float]) -> float:
    return float(np.sqrt(np.mean((np.asarray(marks) - np.asarray(given)) ** 2)))


def wrmse(marks: Sequence[float], given: Sequence[float]) -> float:
    """RMSE in which every non-empty tenth of the marks counts the same: a grader that knows only the commonest mark does badly."""
    y, g = np.asarray(marks, float), np.asarray(given, float)
    bins = np.minimum((y * BINS + 1e-9).astype(int), BINS - 1)  # 1 - 0.9 is a little less than a tenth
    return float(np.sqrt(np.mean([np.mean((y[bins == n] - g[bins == n]) ** 2) for n in np.unique(bins)])))


def interval(values: Sequence[float], rng: random.Random, rounds: int = 2000) -> tuple[float, float]:
    """Where 95 of 100 means lie when the rows are drawn again with replacement (percentile bootstrap)."""
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(rounds))
    return means[int(0.025 * rounds)], means[int(0.975 * rounds) - 1]


def by_mean(marks: Sequence[float]) -> list[float]:
    """Each row gets the mean of the other rows' marks."""
    return [(sum(marks) - mark) / (len(marks) - 1) if len(marks) > 1 else mark for mark in marks]


def by_length(marks: Sequence[float], lengths: Sequence[int]) -> list[float]:
    """Each row gets what a straight line over the logarithm of its length says, fitted on the other rows' marks; 0..1.

    In closed form: leaving a row out turns its residual e into e / (1 - h), h its leverage. Where the others are all of one length, their
    mean.
    """
    x, y, n = np.log1p(np.asarray(lengths, float)), np.asarray(marks, float), len(marks)
    if n < 2:
        return list(marks)
    apart, others = x - x.mean(), (y.sum() - y) / (n - 1)
    spread = float(apart @ apart)
    left = spread - apart**2 * n / (n - 1)  # the others' own spread, (1 - h) · spread · n / (n - 1)
    steep = left > 1e-9 * max(spread, 1e-9)
    residual = y - y.mean() - apart * (apart @ y) / max(spread, 1e-300)
    fitted = y - residual * spread * n / (n - 1) / np.where(steep, left, 1.0)
    return [float(value) for value in np.clip(np.where(steep, fitted, others), 0, 1)]
