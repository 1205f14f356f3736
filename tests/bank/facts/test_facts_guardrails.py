"""The figures and claims of the question on guardrails, computed."""

import random

import pytest


def test_false_alarms_add_up_over_guards():
    assert pytest.approx(0.049, abs=0.0005) == 1 - 0.99**5
    assert pytest.approx(490, abs=1) == 10_000 * (1 - 0.99**5)


def test_a_cascade_asks_the_dear_check_rarely():
    """Rules for all (2 ms), a classifier for a fifth (50 ms), a language model for two in a hundred (800 ms)."""
    assert pytest.approx(28) == 2 + 0.2 * 50 + 0.02 * 800
    assert 800 / 28 > 28


def test_checks_side_by_side_cost_the_slowest():
    """Assumes checks that do not slow each other. With fixed times all take the same; with varying ones the slowest is
    slower than the mean.

    The mean of the slowest of n exponential times is the mean times 1 + 1/2 + ... + 1/n, here drawn as well.
    """
    checks = [200, 200, 200, 200, 200]
    assert sum(checks) == 1_000
    assert max(checks) == 200
    slowest = 200 * sum(1 / k for k in range(1, 6))
    assert slowest == pytest.approx(457, abs=1)
    rng = random.Random(0)
    drawn = [max(rng.expovariate(1 / 200) for _ in range(5)) for _ in range(40_000)]
    assert sum(drawn) / len(drawn) == pytest.approx(slowest, rel=0.02)


def test_the_limit_follows_from_the_costs():
    """Stop a message when the chance that it is bad exceeds cost of a false alarm over the sum of both costs."""

    def best(false_alarm, miss):
        costs = {p / 1000: None for p in range(1001)}
        return min((p for p in costs if p * miss >= (1 - p) * false_alarm), default=1.0)

    assert best(1, 50) == pytest.approx(1 / 51, abs=0.001)
    assert best(1, 1) == pytest.approx(0.5, abs=0.001)
    assert best(5, 1) == pytest.approx(5 / 6, abs=0.001)


def test_two_guards_of_one_kind_miss_the_same():
    rng = random.Random(0)
    attacks = [rng.random() for _ in range(20_000)]  # how odd each attack is
    first = [odd > 0.9 for odd in attacks]  # misses a tenth
    same = [odd > 0.9 for odd in attacks]  # blind for the same
    other = [rng.random() < 0.1 for _ in attacks]  # misses another tenth
    both_same = sum(a and b for a, b in zip(first, same, strict=True)) / len(attacks)
    both_other = sum(a and b for a, b in zip(first, other, strict=True)) / len(attacks)
    assert both_same == pytest.approx(0.1, abs=0.01)
    assert both_other == pytest.approx(0.01, abs=0.004)


def test_none_in_three_hundred():
    assert pytest.approx(0.01, abs=0.0005) == 1 - 0.05 ** (1 / 300)
