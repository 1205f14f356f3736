"""The figures and claims of the question on red teaming, computed."""

from math import comb, sqrt

import numpy as np
import pytest


def wilson(hits, tries, z=1.96):
    p = hits / tries
    middle, half = p + z * z / 2 / tries, z * sqrt(p * (1 - p) / tries + z * z / 4 / tries**2)
    return (middle - half) / (1 + z * z / tries), (middle + half) / (1 + z * z / tries)


def below(hits, tries):
    """The largest rate under which so few hits still come up once in twenty times."""
    low, high = 0.0, 1.0
    for _ in range(60):
        rate = (low + high) / 2
        seen = sum(comb(tries, k) * rate**k * (1 - rate) ** (tries - k) for k in range(hits + 1))
        low, high = (rate, high) if seen > 0.05 else (low, rate)
    return low


def test_three_successes_in_a_hundred_and_none_in_two_hundred():
    assert wilson(3, 100) == pytest.approx((0.010, 0.085), abs=0.001)
    assert below(0, 200) == pytest.approx(0.015, abs=0.0005)
    assert below(0, 20) == pytest.approx(0.139, abs=0.001)
    assert below(0, 3000) == pytest.approx(0.001, abs=0.00005)


def test_one_in_a_hundred_tries_is_two_in_three_for_a_patient_attacker():
    rate = 0.01
    assert 1 - (1 - rate) ** 100 == pytest.approx(0.634, abs=0.001)
    rng = np.random.default_rng(0)
    chances = rng.beta(0.05, 4.95, 20_000)  # the same one in a hundred on average, but all of it in a few weak spots
    assert chances.mean() == pytest.approx(0.01, abs=0.001)
    assert (1 - (1 - chances) ** 100).mean() == pytest.approx(0.14, abs=0.02)  # so tries at one spot and over spots differ


def test_a_judge_that_errs_makes_up_most_of_a_small_rate():
    seen = 0.02 * 0.9 + 0.98 * 0.05  # finds nine in ten successes, takes one failure in twenty for a success
    assert seen == pytest.approx(0.067)
    assert 0.02 * 0.9 / seen == pytest.approx(0.27, abs=0.005)
    assert (seen - 0.05) / (0.9 - 0.05) == pytest.approx(0.02)  # corrected with the judge's known errors


def test_a_patch_for_the_found_prompts_leaves_their_kin():
    rng = np.random.default_rng(1)
    families, variants = 40, 50
    weak = rng.random(families) < 0.3  # a weak family lets six variants in ten through
    works = weak[:, None] & (rng.random((families, variants)) < 0.6)
    found = works[:, :5]  # five of each were tried
    after = works.copy()
    after[:, :5] &= ~found  # exactly the prompts found are blocked
    assert after[:, :5].sum() == 0
    assert after[:, 5:].mean() == pytest.approx(works[:, 5:].mean())
    by_family = works & ~found.any(axis=1)[:, None]  # what they have in common is mended
    assert by_family[:, 5:].mean() < 0.02 < works[:, 5:].mean()


def test_two_teams_tell_what_neither_found():
    assert pytest.approx(50) == 20 * 15 / 6  # Lincoln and Petersen
    rng = np.random.default_rng(2)
    totals = []
    for _ in range(3000):
        first, second = rng.random(50) < 0.4, rng.random(50) < 0.3
        totals.append((first.sum() + 1) * (second.sum() + 1) / ((first & second).sum() + 1) - 1)  # Chapman's form, for small numbers
    assert np.mean(totals) == pytest.approx(50, abs=2)
