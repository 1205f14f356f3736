"""Simulated candidates of five strengths come out in the order of their strength, in every topic.

A candidate makes a share of the points in a phrasing of the bank that the rubric it is held against does not have. That is easier than
real talk: each point is one clean sentence. It shows that the figure follows what is said, not that it is right about people.
"""

from __future__ import annotations

import functools
import random
import sys
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parent))

from golden_answers import KNOWLEDGE, SAMPLE, assess, broken_quotes, question

from greenroom.assess.coverage import Coverage
from greenroom.bank.question import Rubric

ASKED = tuple(topic for topic in KNOWLEDGE if topic in SAMPLE)
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
EACH = 2
"""Candidates of each strength in each topic."""
RANKS = 0.85
"""Least rank correlation of strength and mean overall in a topic."""
WEAKEST, STRONGEST = 20.0, 60.0
"""Mean overall: at most of the weakest, at least of the strongest."""
ELSEWHERE = 30.0
"""Mean overall at most of the strongest candidates, held against another topic's rubric."""
NEXT = 8
"""Steps to that other topic, in the order of names."""
MISTAKES = {0.0: 2, 0.25: 1, 0.5: 1, 0.75: 0, 1.0: 0}
TALK = {0.0: 5, 0.25: 3, 0.5: 2, 0.75: 1, 1.0: 1}
"""How many misconceptions and how many generalities a candidate utters, by strength."""
GENERALITIES = (
    "This is a very interesting area, and I think that it will stay interesting.",
    "There is a lot going on at the moment, and everybody is talking about it.",
    "It always depends on the situation, so one has to look at each case by itself.",
    "I have read quite a few articles about it and watched some good talks.",
    "In my last job we discussed it many times over lunch.",
    "One should not forget that experience plays a great part.",
    "It is complicated, but in the end it comes down to good work and a good team.",
    "I would say that it is one of the most important things for a modern company.",
    "Of course there are advantages and disadvantages, as with everything.",
)


class Candidate(NamedTuple):
    topic: str
    strength: float
    answer: str


@functools.cache
def held_out(topic: str) -> tuple[Rubric, dict[str, str]]:
    """The topic's rubric less one phrasing of each point and misconception, and these phrasings by id."""
    rng, rubric = random.Random(f"held/{topic}"), question(topic).rubric()
    said = {item.id: rng.choice(item.says) for item in (*rubric.points, *rubric.misconceptions)}
    points = tuple(p.model_copy(update={"says": tuple(s for s in p.says if s != said[p.id])}) for p in rubric.points)
    claims = tuple(m.model_copy(update={"says": tuple(s for s in m.says if s != said[m.id])}) for m in rubric.misconceptions)
    return rubric.model_copy(update={"points": points, "misconceptions": claims}), said


@functools.cache
def candidates(topic: str) -> tuple[Candidate, ...]:
    """From the weakest to the strongest."""
    rubric, said = held_out(topic)
    found = []
    for strength in STRENGTHS:
        for number in range(EACH):
            rng = random.Random(f"{topic}/{strength}/{number}")
            items = rng.sample(rubric.points, round(strength * len(rubric.points)))
            lines = [said[item.id] for item in items]
            lines += [said[item.id] for item in rng.sample(rubric.misconceptions, MISTAKES[strength])]
            lines += rng.sample(GENERALITIES, TALK[strength])
            rng.shuffle(lines)
            found.append(Candidate(topic, strength, " ".join(lines)))
    return tuple(found)


def figures(coverage: Coverage, topic: str) -> dict[float, float]:
    """Mean overall by strength; 0 for a candidate whom the assessor could not judge."""
    rubric, _ = held_out(topic)
    got = [(person.strength, assess(coverage, rubric, person.answer).overall or 0.0) for person in candidates(topic)]
    return {strength: mean(figure for at, figure in got if at == strength) for strength in STRENGTHS}


def ranks(values: list[float]) -> list[float]:
    """From 1 up; equal values share the mean of their ranks."""
    return [sum(other < value for other in values) + (values.count(value) + 1) / 2 for value in values]


def rank_correlation(left: list[float], right: list[float]) -> float:
    """Spearman's."""
    return float(np.corrcoef(ranks(left), ranks(right))[0, 1])


def test_what_a_candidate_says_is_not_in_the_rubric() -> None:
    for topic in KNOWLEDGE:
        rubric, said = held_out(topic)
        known = {text for item in (*rubric.points, *rubric.misconceptions) for text in item.says}
        assert not known & set(said.values()) and all(item.says for item in rubric.points)


def test_the_rank_correlation_is_spearmans() -> None:
    assert rank_correlation([0, 1, 2, 3, 4], [5, 9, 11, 40, 90]) == pytest.approx(1)
    assert rank_correlation([0, 1, 2, 3, 4], [9, 5, 11, 40, 90]) == pytest.approx(0.9)
    assert rank_correlation([0, 1, 2, 3, 4], [90, 40, 11, 9, 5]) == pytest.approx(-1)
    assert rank_correlation([1, 2, 3, 4], [1, 1, 2, 3]) == pytest.approx(0.9487, abs=1e-4)


@pytest.mark.parametrize("topic", ASKED)
def test_candidates_of_a_topic_rank_by_strength(coverage: Coverage, topic: str) -> None:
    found = figures(coverage, topic)
    assert rank_correlation(list(found), list(found.values())) >= RANKS, found


def test_the_mean_rises_with_every_step_of_strength(coverage: Coverage) -> None:
    by_topic = [figures(coverage, topic) for topic in ASKED]
    means = [mean(found[strength] for found in by_topic) for strength in STRENGTHS]
    assert all(low < high for low, high in pairwise(means)), means
    assert means[0] <= WEAKEST and means[-1] >= STRONGEST, means


def test_control_held_against_another_topic_they_earn_little(coverage: Coverage) -> None:
    """The same words about something else: it is the points that are paid for, not the number of clean sentences."""
    strongest = [candidates(topic)[-1] for topic in ASKED]
    others = [held_out(KNOWLEDGE[(KNOWLEDGE.index(ASKED[n]) + NEXT) % len(KNOWLEDGE)])[0] for n in range(len(ASKED))]
    found = {p.topic: assess(coverage, rubric, p.answer).overall or 0.0 for p, rubric in zip(strongest, others, strict=True)}
    assert mean(found.values()) <= ELSEWHERE, found


def test_every_quote_stands_in_what_the_candidate_said(coverage: Coverage) -> None:
    for topic in ASKED:
        rubric, _ = held_out(topic)
        for person in candidates(topic):
            assert not broken_quotes(person.answer, assess(coverage, rubric, person.answer)), person[:2]
