"""The figures and claims of the question on verifiable rewards, computed on small problems."""

from math import comb

import numpy as np
import pytest


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def train(passes, steps=300, group=16, rate=0.3, seed=0, start=None):
    """A policy over ways to answer, reinforced by group-relative advantages; ``passes``: which ways the checker accepts."""
    rng = np.random.default_rng(seed)
    logits = np.zeros(len(passes)) if start is None else np.array(start, dtype=float)
    for _ in range(steps):
        p = softmax(logits)
        tried = rng.choice(len(passes), size=group, p=p)
        rewards = passes[tried].astype(float)
        advantages = rewards - rewards.mean()
        for way, advantage in zip(tried, advantages, strict=True):
            logits += rate / group * advantage * (np.eye(len(passes))[way] - p)
    return softmax(logits)


def test_attempts_that_pass_become_more_probable():
    passes = np.array([False, True, False, True, False])
    assert train(passes)[passes].sum() > 0.9 > 0.4
    assert (train(passes)[passes] > 0.2).all()  # either way that passes is reinforced, whatever the route
    assert np.allclose(train(np.ones(5, dtype=bool)), 0.2)  # all pass: nothing is learned
    assert np.allclose(train(np.zeros(5, dtype=bool)), 0.2)  # none passes: the same


def test_the_signal_is_strongest_in_the_middle():
    p = np.linspace(0.01, 0.99, 99)
    spread = p * (1 - p)
    assert p[spread.argmax()] == pytest.approx(0.5)
    assert spread.max() == pytest.approx(0.25)
    assert spread[0] == pytest.approx(0.0099)
    assert pytest.approx(0.85, abs=0.005) == 0.99**16  # no success among 16 attempts


def test_a_leaky_checker_rewards_mostly_wrong_answers():
    skill, leak = 1 / 1000, 1 / 100
    right = skill / (skill + (1 - skill) * leak)
    assert right == pytest.approx(0.09, abs=0.002)
    # And training follows: a way that is easy to hit and passes by a hole wins over the rare right one.
    ways = np.array([False, True, True])  # wrong, right, trick
    trained = train(ways, start=[3.0, -3.0, 0.0])
    assert trained[2] > 10 * trained[1]


def pass_at(k, right, of):
    """The share of problems solved by at least one of k attempts, estimated from ``right`` of ``of`` attempts (Chen et al. 2021)."""
    return 1 - comb(of - right, k) / comb(of, k)


def test_two_models_can_cross_as_attempts_grow():
    def solved(share, chance, k):
        return share * (1 - (1 - chance) ** k)

    trained, base = (0.5, 0.95), (0.8, 0.2)
    assert solved(*trained, 1) > 2 * solved(*base, 1)
    assert solved(*base, 64) > 1.5 * solved(*trained, 64)
    rng = np.random.default_rng(0)
    tries = rng.random((400, 200)) < 0.2
    estimate = np.mean([pass_at(8, int(row.sum()), 200) for row in tries])
    assert estimate == pytest.approx(1 - 0.8**8, abs=0.01)
