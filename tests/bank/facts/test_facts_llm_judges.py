"""The figures and claims of the question on language models as judges, computed."""

import math

import numpy as np
import pytest


def kappa(a, b):
    agreed = np.mean(a == b)
    chance = sum(np.mean(a == c) * np.mean(b == c) for c in (0, 1))
    return (agreed - chance) / (1 - chance)


def test_always_good_agrees_and_knows_nothing():
    people = np.array([1] * 90 + [0] * 10)
    lazy = np.ones(100, dtype=int)
    assert np.mean(people == lazy) == 0.9
    assert kappa(people, lazy) == pytest.approx(0)
    sharp = people.copy()
    sharp[[0, 1, 2, 3, 4, 90, 91, 92, 93, 94]] ^= 1  # also ten errors, but it does find failures
    assert np.mean(people == sharp) == 0.9
    assert kappa(people, sharp) > 0.3


def test_both_orders_cancel_a_preference_for_a_place():
    """Two equally good answers and a judge that adds a bonus to the first place, without any randomness of its own."""
    rng = np.random.default_rng(0)
    mine, other, bonus = rng.normal(size=20_000), rng.normal(size=20_000), 0.8
    first = mine + bonus > other
    second = mine > other + bonus
    assert first.mean() > 0.65 and second.mean() < 0.35  # the place decides a good part
    assert (first.mean() + second.mean()) / 2 == pytest.approx(0.5, abs=0.01)
    flipped = first != second
    assert 0.3 < flipped.mean() < 0.5
    assert (first & ~flipped).sum() / (~flipped).sum() == pytest.approx(0.5, abs=0.01)  # counted as ties: fair as well
    assert np.array_equal(first, mine + bonus > other)  # and asking again changes nothing: repeatable, and biased


def test_the_true_rate_from_a_noisy_judge():
    passes_good, passes_bad = 0.9, 0.2

    def reported(truth):
        return truth * passes_good + (1 - truth) * passes_bad

    def corrected(rate):
        """Rogan and Gladen 1978."""
        return (rate - passes_bad) / (passes_good - passes_bad)

    assert reported(0.7) == pytest.approx(0.69)
    assert reported(0.9) == pytest.approx(0.83)
    assert reported(0.9) - reported(0.7) == pytest.approx(0.14)  # of a gain of 0.20
    assert corrected(reported(0.7)) == pytest.approx(0.7) and corrected(0.83) == pytest.approx(0.9)


def test_twelve_points_on_fifty_items_can_be_noise():
    share, items = 0.7, 50
    error = math.sqrt(2 * share * (1 - share) / items)
    assert error == pytest.approx(0.09, abs=0.003)
    assert 2 * error > 0.12
