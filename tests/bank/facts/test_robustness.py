"""Figures that the robustness question states, computed."""

import math

import numpy as np


def binomial(n, p):
    return np.array([math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])


def central_range(n, p, mass=0.95):
    """The observed accuracies between the lower and upper (1 - mass) / 2 quantiles."""
    cumulative = np.cumsum(binomial(n, p))
    low = int(np.searchsorted(cumulative, (1 - mass) / 2))
    high = int(np.searchsorted(cumulative, 1 - (1 - mass) / 2))
    return low / n, high / n


def test_a_hundred_items_leave_a_wide_range():
    low, high = central_range(100, 0.9)
    assert (round(low, 2), round(high, 2)) == (0.84, 0.95)
    low_big, high_big = central_range(1000, 0.9)
    assert high_big - low_big < (high - low) / 2.5


def test_same_total_score_opposite_faults():
    rng = np.random.default_rng(0)
    n = 20_000

    def run(retrieval, generation):
        found = rng.random(n) < retrieval
        right = found & (rng.random(n) < generation)  # without the passage the item counts as failed
        return right.mean(), found.mean(), right[found].mean()

    a, a_found, a_given = run(0.70, 0.999)
    b, b_found, b_given = run(0.999, 0.70)
    assert abs(a - b) < 0.02  # one end-to-end number cannot tell them apart
    assert a_found < 0.72 < 0.98 < b_found and b_given < 0.72 < 0.98 < a_given  # the two parts can
    better_retriever_a = run(0.95, 0.999)[0]
    better_retriever_b = run(0.9999, 0.70)[0]
    assert better_retriever_a - a > 0.2 and abs(better_retriever_b - b) < 0.02


def test_cold_sampling_repeats_a_wrong_answer():
    logits = np.array([2.0, 1.5])  # the wrong answer is ranked first
    error = []
    for temperature in (1.0, 0.5, 0.05):
        p = np.exp(logits / temperature)
        error.append((p / p.sum())[0])
    assert error[0] < error[1] < error[2]  # colder: wrong more often
    assert error[2] > 0.999
    rng = np.random.default_rng(1)
    draws = rng.random(1000) < error[2]
    assert draws.all()  # consistent, and consistently wrong


def test_a_mean_hides_the_slow_tail():
    seconds = np.array([1.0] * 94 + [20.0] * 6)
    assert round(seconds.mean(), 2) == 2.14
    assert np.percentile(seconds, 50) == 1.0
    assert np.percentile(seconds, 95) == 20.0


def test_one_accuracy_hides_a_failing_slice():
    easy, refunds = np.zeros(950), np.zeros(50)
    easy[: int(0.97 * 950)] = 1
    refunds[:20] = 1
    total = np.concatenate([easy, refunds]).mean()
    assert total > 0.94 and refunds.mean() == 0.4


def test_retries_help_only_independent_faults():
    rng = np.random.default_rng(2)
    n = 400_000
    independent = (rng.random((n, 3)) < 0.05).all(axis=1).mean()
    assert round(1 / 0.05**3) == 8000
    assert 6000 < 1 / independent < 11_000
    outage = np.repeat((rng.random(n) < 0.05)[:, None], 3, axis=1).all(axis=1).mean()
    assert outage > 0.04  # a shared outage fails all three attempts alike


def test_a_filter_that_misses_one_in_a_hundred():
    caught, tries = 0.99, 100
    assert round(1 - caught**tries, 2) == 0.63


def test_the_same_cases_make_a_comparison_sharper():
    """A change repairs a few cases; the error of its measured effect on the same cases and on fresh ones."""
    rng = np.random.default_rng(3)
    n, runs, effect = 200, 2000, 0.04

    def cases():
        solved = rng.random((runs, n)) < 0.8  # by the old version
        return solved, solved | (~solved & (rng.random((runs, n)) < effect / 0.2))

    before, after = (x.mean(axis=1) for x in cases())
    fresh = cases()[1].mean(axis=1)
    same, apart = after - before, fresh - before
    assert abs(same.mean() - effect) < 0.005 and abs(apart.mean() - effect) < 0.005
    assert apart.std() > 2 * same.std()  # so four times the cases would be needed for the same certainty
