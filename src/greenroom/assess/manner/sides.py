"""The numbers that the sides of communication are judged by, and the fitted bars (``weights/communication.json``).

Each side is a logistic regression over at most four features, fitted by ``training/fit_communication.py`` on authored labels with whole
topics left out. Between ``UNSURE`` the side is not judged: it could go either way.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from greenroom.assess.assessment import Span
from greenroom.assess.calibrate import Floats, Logistic, make_logistic
from greenroom.assess.manner.concrete import concreteness
from greenroom.assess.manner.speech import STORY, fillers, restarts, variety
from greenroom.assess.manner.terms import Term, find_terms
from greenroom.assess.reading.clauses import Window, sentences
from greenroom.errors import WeightsError
from greenroom.llm.weights import WEIGHTS
from greenroom.llm.words import FUNCTION, words

FILE = "communication.json"
UNSURE = (0.4, 0.6)
LATE = 60
"""Words before the first point beyond which it makes no difference how many more."""
FEATURES: Mapping[str, tuple[str, ...]] = {
    "answer_first": ("before", "made", "opening_fillers", "story"),
    "succinct": ("fillers", "restarts", "variety", "function"),
    "plain": ("unexplained",),
    "example": ("best", "third"),
}


class Reading(NamedTuple):
    """An answer read once for all sides. ``length``: in words. ``concrete``: a figure a sentence. ``figures``: the features by name."""

    lines: Sequence[Window]
    length: int
    terms: Sequence[Term]
    concrete: Sequence[float]
    before: int | None
    figures: Mapping[str, float]


def read_manner(answer: str, made_at: Sequence[Span]) -> Reading:
    """``made_at``: spans of the windows that made a key point, wherever they are."""
    lines, said, terms = sentences(answer), words(answer), find_terms(answer)
    count = len(said)
    first = min((start for start, _ in made_at), default=None)
    before = None if first is None else len(words(answer[:first]))
    opening = answer[: lines[min(1, len(lines) - 1)].end] if lines else ""
    concrete = [concreteness(line.text) for line in lines]
    ranked = [*sorted(concrete, reverse=True), 0.0, 0.0, 0.0]
    return Reading(lines, count, terms, concrete, before, {
        "before": float(LATE if before is None else min(before, LATE)),
        "made": float(min(len(set(made_at)), 2)),
        "opening_fillers": fillers(opening),
        "story": float(STORY.match(answer) is not None),
        "fillers": fillers(answer),
        "restarts": restarts(answer),
        "variety": variety(answer),
        "function": sum(word.text in FUNCTION for word in said) / max(count, 1),
        "unexplained": 100 * sum(not term.explained for term in terms) / max(count, 1),
        "best": min(ranked[0], 4.0),
        "third": min(ranked[2], 2.0),
    })  # fmt: skip


def row(side: str, figures: Mapping[str, float]) -> Floats:
    """The features of one side in their order."""
    return np.array([figures[name] for name in FEATURES[side]], np.float64)


@functools.cache
def load_sides(folder: Path = WEIGHTS) -> Mapping[str, Logistic]:
    """A model by side. Raises WeightsError when the file is missing or not one of ours."""
    path = folder / FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {side: make_logistic(data[side], FEATURES[side], threshold=0.5) for side in FEATURES}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"The fitted numbers in {path} cannot be used: {error}") from error


def decide(side: str, figures: Mapping[str, float]) -> bool | None:
    """True, False, or None where it could go either way."""
    sure = load_sides()[side](row(side, figures))
    low, high = UNSURE
    return None if low < sure < high else sure >= high
