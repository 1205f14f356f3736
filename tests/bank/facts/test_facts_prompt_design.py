"""The figures and claims of the question on prompt design, computed and simulated."""

import math
from itertools import pairwise

import numpy as np
import pytest


def test_fifty_items_tell_little():
    error = math.sqrt(0.8 * 0.2 / 50)
    assert 1.96 * error == pytest.approx(0.11, abs=0.002)  # plus or minus eleven points
    assert 1.96 * math.sqrt(0.8 * 0.2 / 1000) == pytest.approx(0.025, abs=0.001)


def test_the_best_of_twenty_looks_better_than_it_is():
    """Twenty prompts, all right in 80 of 100 cases; tried on 50 items, the best is chosen and then used on new ones."""
    rng = np.random.default_rng(0)
    tried = rng.binomial(50, 0.8, size=(4000, 20)) / 50
    best = tried.max(axis=1)
    assert best.mean() == pytest.approx(0.90, abs=0.01)
    again = rng.binomial(1000, 0.8, size=4000) / 1000  # the chosen one on a thousand items that it has not seen
    assert again.mean() == pytest.approx(0.80, abs=0.005)


def test_the_same_items_show_smaller_differences():
    """Two prompts agree on most items: compared item by item the difference is far less blurred than between two samples."""
    rng = np.random.default_rng(1)
    paired, apart = [], []
    for _ in range(3000):
        first = rng.random(200) < 0.80
        changed = rng.random(200)
        second = np.where(first, changed > 0.02, changed < 0.15)  # loses two in a hundred, wins back fifteen
        other = rng.random(200) < second.mean()
        paired.append(second.mean() - first.mean())
        apart.append(other.mean() - first.mean())
    assert np.mean(paired) == pytest.approx(0.014, abs=0.003)
    assert np.std(apart) > 2 * np.std(paired)


def test_orders_of_eight_examples():
    assert math.factorial(8) == 40_320


def test_labels_of_the_examples_sway_the_answer():
    """A model whose wish to repeat a label grows with its share among the examples: six to two instead of four to four."""

    def positive(share, evidence=0.0, sway=2.0):
        return 1 / (1 + math.exp(-(evidence + sway * math.log(share / (1 - share)))))

    assert positive(0.5) == pytest.approx(0.5)
    assert positive(0.75) == pytest.approx(0.9)


def test_what_thinking_costs():
    """A label of 3 tokens, or 200 tokens of steps before it; 800 tokens are read, output costs five times as much a token."""
    short, long = 800 + 5 * 3, 800 + 5 * 203
    assert long / short == pytest.approx(2.2, abs=0.05)
    assert 203 / 3 > 60  # and it takes over sixty times as many steps of writing


def test_many_rules_are_rarely_all_kept():
    """Each rule kept in 97 of 100 answers, independently."""
    kept = [0.97**n for n in (1, 5, 10, 20)]
    assert kept[2] == pytest.approx(0.74, abs=0.005)
    assert kept[3] == pytest.approx(0.54, abs=0.005)
    assert all(a > b for a, b in pairwise(kept))
