"""From evidence to probabilities: the fitted numbers, all in one file (``weights/coefficients.json``), and the little arithmetic that
uses them.

Logistic regressions over standardised features and their bars (``training/fit_verdicts.py``, ``fit_belongs.py``), a linear one
(``fit_plain.py``), and a direction in the encoder's space (``fit_told.py``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.assess.reading.belongs import BELONGS
from greenroom.assess.reading.evidence import FEATURES
from greenroom.assess.reading.mark import MARK_FEATURES
from greenroom.errors import WeightsError
from greenroom.llm.encode import Vectors

Floats = NDArray[np.float64]
WIDTH = 384
"""Values of a vector of the encoder's."""
VERDICTS = ("hit", "partial", "missed", "wrong")
SURE = ("covered", "hit", "contradicts", "told", "likeness")
"""What the confidence of a verdict is made of: the three probabilities as logits, what was read, and the plain cosine."""


class Logistic(NamedTuple):
    """``p = 1 / (1 + exp(-(bias + weights · (x - mean) / scale)))``; ``threshold``: the bar a verdict has to pass."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    threshold: float

    def __call__(self, features: Floats) -> float:
        """Probability, 0..1. Features beyond four standard deviations count as four: no single one can carry a verdict."""
        standard = np.clip((features - self.mean) / self.scale, -4, 4)
        logit = self.bias + math.fsum(float(weight) * float(value) for weight, value in zip(self.weights, standard, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


class Linear(NamedTuple):
    """A mark 0..1 from features, for rubrics without authored phrasings."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    def __call__(self, features: Floats) -> float:
        standard = np.clip((features - self.mean) / self.scale, -4, 4)
        mark = self.bias + math.fsum(float(weight) * float(value) for weight, value in zip(self.weights, standard, strict=True))
        return max(0.0, min(1.0, mark))


class Direction(NamedTuple):
    """What a sentence's vector is like: ``p = 1 / (1 + exp(-(bias + weights · vector)))``. ``weights``: one for each of the vector's
    WIDTH values; ``threshold``: the bar for a whole text.
    """

    weights: Floats
    bias: float
    threshold: float

    def __call__(self, vectors: Vectors, shares: Sequence[float]) -> float:
        """The mean probability, 0..1, of sentences (``vectors``: one row each), each by its share; 0 where there are none."""
        if not sum(shares):
            return 0.0
        sure = 1 / (1 + np.exp(-np.clip(self.bias + vectors.astype(np.float64) @ self.weights, -30, 30)))
        return float(np.average(sure, weights=shares))


class Fitted(NamedTuple):
    """Everything fitted. ``covered``: at least partial; ``hit``; ``contradicts``: wrong, given covered; ``claim``: a misconception is
    stated; ``belongs``: a point found is said in answer to this question; ``sure``: by verdict, that it is right; ``told``: a sentence
    tells what happened, and explains nothing.
    """

    version: str
    covered: Logistic
    hit: Logistic
    contradicts: Logistic
    claim: Logistic
    plain: Linear
    sure: Mapping[str, Logistic]
    told: Direction
    belongs: Logistic


def load_fitted(path: Path, version: str) -> Fitted:
    """``version``: a name for these numbers. Raises WeightsError when the file is missing or not one of ours."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        models = {name: make_logistic(data[name], FEATURES) for name in ("covered", "hit", "contradicts", "claim")}
        return Fitted(
            version=version, plain=Linear(*_rows(data["plain"], MARK_FEATURES), _number(data["plain"]["bias"])),
            sure={verdict: make_logistic(data["sure"][verdict], SURE) for verdict in VERDICTS},
            told=_direction(data["told"]), belongs=make_logistic(data["belongs"], BELONGS), **models,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"The fitted numbers in {path} cannot be used: {error}") from error


def make_logistic(data: Mapping[str, Any], features: Sequence[str], threshold: float | None = None) -> Logistic:
    """From a fitted file. ``features``: what the numbers have to be for; ``threshold``: where the file names none. Raises ValueError,
    KeyError, TypeError.
    """
    bar = _number(data["threshold"]) if threshold is None else threshold
    return Logistic(*_rows(data, features), _number(data["bias"]), bar)


def _direction(data: Mapping[str, Any]) -> Direction:
    weights = _row(data["weights"])
    if len(weights) != WIDTH:
        raise ValueError(f"there are {len(weights)} weights in place of {WIDTH}")
    return Direction(weights, _number(data["bias"]), _number(data["threshold"]))


def _rows(data: Mapping[str, Any], features: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    """Means, scales and weights, one each a feature."""
    mean, scale, weights = (_row(data[name]) for name in ("mean", "scale", "weights"))
    if data["features"] != list(features):
        raise ValueError(f"the features are {data['features']}, not {list(features)}")
    if not len(mean) == len(scale) == len(weights) == len(features):
        raise ValueError("the numbers do not fit their features")
    if not (scale > 0).all():
        raise ValueError("a scale is not above zero")
    return mean, scale, weights


def _row(values: object) -> Floats:
    if not isinstance(values, list):
        raise ValueError("a list of numbers is missing")
    return np.array([_number(value) for value in values], np.float64)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{str(value)[:40]!r} is no number")
    return float(value)
