"""The figures and claims of the question on building an evaluation set, computed."""

import math
import random

import pytest


def wilson(right, n, z=1.96):
    p = right / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


def test_interval_for_ninety_percent():
    assert wilson(90, 100) == pytest.approx((0.826, 0.945), abs=0.001)
    assert wilson(360, 400) == pytest.approx((0.867, 0.926), abs=0.001)
    assert wilson(45, 50) == pytest.approx((0.786, 0.957), abs=0.001)
    width = [b - a for a, b in (wilson(90, 100), wilson(360, 400))]
    assert width[0] / width[1] == pytest.approx(2, abs=0.05)


def test_no_failure_in_a_hundred():
    assert pytest.approx(0.03, abs=0.001) == 1 - 0.05 ** (1 / 100)


def sign_test(gained, lost):
    n, k = gained + lost, min(gained, lost)
    return min(1.0, 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n)


def test_only_changed_cases_decide():
    """200 cases: 178 right before, 182 after."""
    assert sign_test(10, 6) == pytest.approx(0.45, abs=0.005)
    assert sign_test(4, 0) == pytest.approx(0.125, abs=0.001)  # all of them one way, and still within chance
    assert sign_test(6, 0) == pytest.approx(0.03, abs=0.002)
    assert sign_test(20, 6) < 0.01  # fourteen more right of 200: that would be seen


def test_strata_are_weighted_by_traffic():
    common, rare = 0.95, 0.60
    assert (common + rare) / 2 == pytest.approx(0.775)  # half of the set each
    assert 0.9 * common + 0.1 * rare == pytest.approx(0.915)  # as they come
    assert 100 * 0.02 == 2  # a kind of two percent in a plain sample of 100


def test_cases_of_one_document_are_not_independent():
    cases, together, alike = 400, 10, 0.3
    assert cases / (1 + (together - 1) * alike) == pytest.approx(108, abs=1)


def test_the_best_of_many_tries_flatters():
    rng = random.Random(0)
    best = []
    for _ in range(300):
        best.append(max(sum(rng.random() < 0.8 for _ in range(100)) for _ in range(20)))
    assert sum(best) / len(best) == pytest.approx(87, abs=1)  # twenty versions that are all worth 80
