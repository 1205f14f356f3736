"""The figures and claims of the question on applications, computed."""

import math
import re

import numpy as np
import pytest


def at_least(successes, trials, p):
    """P(X >= successes) for a binomial X."""
    return sum(math.comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(successes, trials + 1))


def wilson(successes, trials, z=1.96):
    """The Wilson 95 percent interval of a share."""
    share = successes / trials
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return (middle - half) / (1 + z * z / trials), (middle + half) / (1 + z * z / trials)


def test_accuracy_can_hide_that_nothing_is_found():
    urgent = np.zeros(1000, dtype=bool)
    urgent[::100] = True
    says_urgent = np.zeros_like(urgent)  # "not urgent", always
    assert (says_urgent == urgent).mean() == pytest.approx(0.99)
    assert (says_urgent & urgent).sum() / urgent.sum() == 0
    low, high = wilson(18, 20)
    assert low == pytest.approx(0.70, abs=0.005)
    assert high == pytest.approx(0.97, abs=0.005)


def test_twenty_items_prove_little():
    """Even 20 right out of 20: the Wilson interval reaches down to about 1 error in 6."""
    low, high = wilson(20, 20)
    assert high == pytest.approx(1)
    assert 1 / (1 - low) == pytest.approx(6, abs=0.5)
    # a system that errs once in six still passes such a demo now and then
    rng = np.random.default_rng(3)
    demos = rng.random((40_000, 20)) > 1 / 6
    passed = demos.all(axis=1).mean()
    assert passed == pytest.approx(at_least(20, 20, 5 / 6), abs=0.005)
    assert passed > 0.02
    # a larger set narrows it
    low_large, _ = wilson(400, 400)
    assert 1 - low_large < 0.01


def test_errors_multiply_over_steps():
    rng = np.random.default_rng(4)
    runs = rng.random((200_000, 10)) < 0.95  # independent steps
    assert runs.all(axis=1).mean() == pytest.approx(0.60, abs=0.005)


def test_good_enough_depends_on_the_cost_of_an_error():
    rng = np.random.default_rng(5)
    wrong = rng.random(100_000) > 0.95
    by_hand, by_model = 0.30, 0.01

    def cost(error):
        return by_model + error * wrong.mean()

    assert cost(0.50) < by_hand  # tagging
    assert cost(500) > 50 * by_hand  # contracts
    break_even = (by_hand - by_model) / 0.05
    assert cost(break_even * 0.9) < by_hand < cost(break_even * 1.1)


def test_a_rule_reads_a_fixed_format_exactly():
    rng = np.random.default_rng(6)
    rule = re.compile(r"\bORD-(\d{4})-(\d{6})\b")
    openings = ["Where is", "Please cancel", "I never got", "re:", "Thanks for"]
    for _ in range(2000):
        number = f"ORD-{rng.integers(2000, 2030)}-{rng.integers(0, 10**6):06d}"
        noise = f"{rng.integers(0, 10**9)} ORD-12-3 ord {rng.integers(0, 99)}"
        found = rule.findall(f"{rng.choice(openings)} {number}, {noise}")
        assert ["ORD-" + "-".join(parts) for parts in found] == [number]
    # but not what is said in free words
    assert not rule.search("the order from last Tuesday, the blue one")
