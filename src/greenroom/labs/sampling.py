"""How the next token is chosen from a model's scores: temperature, cut-offs, repetition penalty. The arithmetic of the lab ``cutoffs``.

Scores are logits, one for each token; a token that was cut has -inf. Every rule takes scores and gives scores, so that they can follow each
other in any order. The functions are checked against transformers' own and, for the order, against what llama.cpp does by default.

Not here: beam search, typical sampling, and everything else that looks at more than one step.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

CUT = -math.inf
ALMOST = 1e-12
"""Probabilities that add up to p but for rounding reach p."""
COLD = 1e-6
"""A temperature below which nothing but the likeliest has a chance, and a division would overflow."""
Scores = tuple[float, ...]


def softmax(scores: Sequence[float]) -> tuple[float, ...]:
    """Probabilities: exp(s) / Σ exp(s). A cut token has 0."""
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = math.fsum(powers)
    return tuple(power / total for power in powers)


def entropy(probabilities: Sequence[float]) -> float:
    """Bits: -Σ p·log2 p. Shannon 1948, section 6."""
    return abs(math.fsum(p * math.log2(p) for p in probabilities if p > 0))


def penalise(scores: Scores, written: Collection[int], penalty: float) -> Scores:
    """Tokens written already lose: a positive score is divided by the penalty, a negative one multiplied.

    Source: Keskar et al. 2019, CTRL, section 4.1, https://arxiv.org/abs/1909.05858, divides all; that would raise a token with a negative
    score, so the implementations multiply those. Either way it depends on where the scores have their zero, which softmax does not.
    """
    return tuple((s / penalty if s > 0 else s * penalty) if n in written else s for n, s in enumerate(scores))


def temper(scores: Scores, temperature: float) -> Scores:
    """s / T. At 0, and below ``COLD``, the likeliest token alone is left (greedy), the first of equals.

    Source: Ackley, Hinton and Sejnowski 1985, A Learning Algorithm for Boltzmann Machines, https://doi.org/10.1207/s15516709cog0901_7
    """
    if temperature < COLD:
        best = max(range(len(scores)), key=lambda n: scores[n])
        return tuple(score if n == best else CUT for n, score in enumerate(scores))
    return tuple(score / temperature for score in scores)


def top_k(scores: Scores, k: int) -> Scores:
    """The k highest; those equal to the last of them stay too. 0: all. Source: Fan et al. 2018, https://arxiv.org/abs/1805.04833"""
    if k == 0 or k >= len(scores):
        return scores
    last = sorted(scores, reverse=True)[k - 1]
    return tuple(score if score >= last else CUT for score in scores)


def top_p(scores: Scores, p: float) -> Scores:
    """The fewest tokens, likeliest first, whose probabilities reach p (the nucleus). 1: all.

    Source: Holtzman et al. 2020, section 3.1, https://arxiv.org/abs/1904.09751
    """
    if p >= 1:
        return scores
    probabilities, kept, mass = softmax(scores), set[int](), 0.0
    for n in sorted(range(len(scores)), key=lambda n: -scores[n]):
        kept.add(n)
        mass += probabilities[n]
        if mass >= p - ALMOST:
            break
    return tuple(score if n in kept else CUT for n, score in enumerate(scores))


def min_p(scores: Scores, share: float) -> Scores:
    """Tokens whose probability is at least ``share`` of the likeliest one's. 0: all.

    Source: Nguyen et al. 2024, section 3, https://arxiv.org/abs/2407.01082
    """
    probabilities = softmax(scores)
    bar = share * max(probabilities) * (1 - ALMOST)
    return tuple(score if p >= bar else CUT for score, p in zip(scores, probabilities, strict=True))


@dataclass(frozen=True)
class Rules:
    """What is done to the scores. ``cuts_first``: the cut-offs see the scores before the temperature (llama.cpp's order by default), else
    after it (transformers' order)."""

    temperature: float = 1
    k: int = 0
    p: float = 1
    share: float = 0
    penalty: float = 1
    written: frozenset[int] = frozenset()
    cuts_first: bool = False


class Stage(NamedTuple):
    """The scores after one rule."""

    name: str
    setting: float
    scores: Scores


def stages(scores: Scores, rules: Rules) -> list[Stage]:
    """The scores as they came and after each rule, in order."""
    steps: list[tuple[str, float, Callable[[Scores], Scores]]] = [
        ("Top-k", rules.k, lambda s: top_k(s, rules.k)),
        ("Top-p", rules.p, lambda s: top_p(s, rules.p)),
        ("Min-p", rules.share, lambda s: min_p(s, rules.share)),
    ]
    steps.insert(len(steps) if rules.cuts_first else 0, ("Temperature", rules.temperature, lambda s: temper(s, rules.temperature)))
    steps.insert(0, ("Repetition penalty", rules.penalty, lambda s: penalise(s, rules.written, rules.penalty)))
    found = [Stage("As it came", 1, scores)]
    for name, setting, rule in steps:
        found.append(Stage(name, setting, rule(found[-1].scores)))
    return found


def apply(scores: Scores, rules: Rules) -> tuple[float, ...]:
    """The probabilities from which the token is drawn."""
    return softmax(stages(scores, rules)[-1].scores)


def draw(probabilities: Sequence[float], count: int, seed: int) -> list[int]:
    """``count`` tokens by chance, each by its probability. The same seed draws the same."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    return dice.choices(range(len(probabilities)), probabilities, k=count)
