"""The figures and claims of the question on evaluating with users, computed."""

import math

import numpy as np
import pytest


def noticed(a, b, n):
    """Which pairs of counts of successes, ``n`` each, differ at the 5 % level (two-sided z)."""
    pooled = (a + b) / (2 * n)
    return abs(a - b) / n > 1.96 * np.sqrt(pooled * (1 - pooled) * 2 / n)


def test_two_points_need_nearly_ten_thousand_people_each():
    rng = np.random.default_rng(0)
    assert round(16 * 0.6 * 0.4 / 0.02**2) == 9600

    def power(n, gain):
        return noticed(rng.binomial(n, 0.6, 20_000), rng.binomial(n, 0.6 + gain, 20_000), n).mean()

    assert power(9600, 0.02) == pytest.approx(0.81, abs=0.02)
    assert power(2400, 0.02) == pytest.approx(0.3, abs=0.02)
    assert power(9600, 0) == pytest.approx(0.05, abs=0.01)
    assert power(2400, 0.04) == pytest.approx(0.82, abs=0.02)  # twice the effect, a quarter of the people


def test_messages_of_the_same_person_are_not_independent():
    """No difference at all: 200 people an arm with 20 messages each, whose own rates of success differ."""
    rng = np.random.default_rng(1)
    people, messages, rounds = 200, 20, 1500
    rates = rng.beta(3, 2, (rounds, 2, people))
    successes = rng.binomial(messages, rates)
    total = people * messages
    wrong = noticed(successes[:, 0].sum(axis=1), successes[:, 1].sum(axis=1), total).mean()
    shares = successes / messages
    gap = shares[:, 0].mean(axis=1) - shares[:, 1].mean(axis=1)
    error = np.sqrt(shares.var(axis=2, ddof=1).sum(axis=1) / people)
    right = (abs(gap) > 1.96 * error).mean()
    assert wrong == pytest.approx(0.34, abs=0.03)  # of a nominal five percent
    assert right == pytest.approx(0.05, abs=0.02)


def test_looking_every_day_finds_differences_that_are_not_there():
    rng = np.random.default_rng(2)
    a, b = (rng.binomial(100, 0.6, (10_000, 20)).cumsum(axis=1) for _ in range(2))
    n = 100 * np.arange(1, 21)
    crossed = noticed(a, b, n)
    assert crossed[:, -1].mean() == pytest.approx(0.05, abs=0.01)
    assert crossed.any(axis=1).mean() == pytest.approx(0.25, abs=0.03)


def test_what_was_known_before_halves_the_variance():
    rng = np.random.default_rng(3)
    before = rng.normal(size=200_000)
    after = 0.7 * before + math.sqrt(1 - 0.7**2) * rng.normal(size=200_000)
    slope = np.cov(before, after)[0, 1] / before.var()
    adjusted = after - slope * (before - before.mean())
    assert adjusted.var() / after.var() == pytest.approx(0.51, abs=0.01)
    assert adjusted.mean() == pytest.approx(after.mean())  # and the mean is the same


def test_each_person_with_both_needs_a_tenth_of_the_people():
    """Ratings differ by person (1) and by occasion (0.5); the true difference is 0.2."""
    rng = np.random.default_rng(4)
    rounds = 1200

    def between(n):
        a, b = (rng.normal(size=(rounds, n)) + rng.normal(scale=0.5, size=(rounds, n)) for _ in range(2))
        return (b.mean(axis=1) + 0.2 - a.mean(axis=1)) / np.sqrt((a.var(axis=1) + b.var(axis=1)) / n)

    def within(n):
        person = rng.normal(size=(rounds, n))
        gap = (person + rng.normal(scale=0.5, size=(rounds, n)) + 0.2) - (person + rng.normal(scale=0.5, size=(rounds, n)))
        return gap.mean(axis=1) / (gap.std(axis=1) / math.sqrt(n))

    assert (abs(between(500)) > 1.96).mean() == pytest.approx(0.8, abs=0.04)  # a thousand people in all
    assert (abs(within(100)) > 1.98).mean() == pytest.approx(0.8, abs=0.04)  # a hundred


def at_least(k, n, p):
    return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


def test_nine_of_ten_can_be_little_more_than_half():
    """The rates that nine of ten does not rule out at 95 % (Clopper and Pearson)."""
    grid = np.linspace(0, 1, 10_001)
    possible = [p for p in grid if at_least(9, 10, p) >= 0.025 and 1 - at_least(10, 10, p) >= 0.025]
    assert possible[0] == pytest.approx(0.555, abs=0.001) and possible[-1] == pytest.approx(0.997, abs=0.001)


def test_the_winner_by_a_proxy_is_less_of_a_winner():
    """Twenty variants, chosen by a rating that correlates 0.3 with the benefit."""
    rng = np.random.default_rng(5)
    benefit = rng.normal(size=(20_000, 20))
    rating = 0.3 * benefit + math.sqrt(1 - 0.3**2) * rng.normal(size=benefit.shape)
    best = rating.argmax(axis=1)
    rows = np.arange(len(best))
    assert rating[rows, best].mean() == pytest.approx(1.87, abs=0.02)
    assert benefit[rows, best].mean() == pytest.approx(0.56, abs=0.02)
    assert (benefit[rows, best] < 0).mean() == pytest.approx(0.29, abs=0.02)  # and three times in ten it is worse than average
