"""Agreement in a few lines, so that a reader sees what is reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def pearson(a: Sequence[float], b: Sequence[float]) -> float:
    """Correlation; 0 when one side does not vary."""
    x, y = np.asarray(a, float), np.asarray(b, float)
    return float(np.corrcoef(x, y)[0, 1]) if x.std() > 0 and y.std() > 0 else 0.0


def cohen(a: Any, b: Any) -> float:
    """Cohen's κ, unweighted."""
    names = sorted(set(a) | set(b))
    x, y = np.array([names.index(v) for v in a]), np.array([names.index(v) for v in b])
    chance = sum((x == k).mean() * (y == k).mean() for k in range(len(names)))
    return float(((x == y).mean() - chance) / (1 - chance)) if chance < 1 else 1.0


def weighted_kappa(a: Any, b: Any) -> float:
    """Quadratic weighted κ over integers."""
    x, y = np.asarray(a, float), np.asarray(b, float)
    apart = ((x - y) ** 2).mean()
    chance = ((x[:, None] - y[None, :]) ** 2).mean()
    return float(1 - apart / chance) if chance > 0 else 1.0
