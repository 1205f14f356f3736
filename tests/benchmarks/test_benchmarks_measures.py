"""The measures against values worked out by hand: a wrong ruler measures nothing."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2]))  # benchmarks is no installed package

from benchmarks import measures as m


def test_wrmse_gives_every_tenth_of_the_scale_the_same_weight() -> None:
    # bins: .05 and .0 share the first (1/4 each), 1.0 has the last alone (1/2); errors .1, .2, .4
    truth, guess = [0.05, 0.0, 1.0], [0.15, 0.2, 0.6]
    assert m.wrmse(truth, guess) == pytest.approx(math.sqrt(0.25 * 0.01 + 0.25 * 0.04 + 0.5 * 0.16))
    assert m.rmse(truth, guess) == pytest.approx(math.sqrt((0.01 + 0.04 + 0.16) / 3))


def test_a_grade_on_the_border_belongs_to_the_upper_bin() -> None:
    border = 1 - 0.9
    assert border * 10 < 1, "control: a tenth is stored as a little less"
    assert m.wrmse([border, 0.05, 0.19], [border, 0.55, 0.19]) == pytest.approx(0.5 * 0.5**0.5)


def test_quadratic_kappa_by_hand() -> None:
    # mean squared difference 1/4 over the pairs; chance: the same over all combinations of the two sides
    a, b = [1, 1, 2, 3], [1, 1, 2, 2]
    chance = np.mean([(x - y) ** 2 for x in a for y in b])
    assert m.weighted_kappa(a, b) == pytest.approx(1 - 0.25 / chance)
    assert m.weighted_kappa(a, a) == 1
    assert m.weighted_kappa([1, 2, 1, 2], [2, 1, 1, 2]) == pytest.approx(0)


def test_cohens_kappa_by_hand() -> None:
    # agreement 3/4; chance 3/4·1/2 + 1/4·1/2 = 1/2
    assert m.cohen(["hit", "hit", "hit", "missed"], ["hit", "hit", "missed", "missed"]) == pytest.approx(0.5)


def test_average_precision_by_hand_and_with_ties() -> None:
    assert m.average_precision([1, 0, 1, 0], [4, 3, 2, 1]) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert m.average_precision([1, 0, 0, 0], [1, 1, 1, 1]) == pytest.approx(0.25)  # no order at all: the share of matches
    assert m.average_precision([0, 0], [1, 2]) == 0


def test_macro_f1_by_hand() -> None:
    # correct: 1 of 2 said, 1 of 1 true → 2/3; wrong: 1 of 1 said, 1 of 2 true → 2/3; the third class never → 0
    assert m.macro_f1(["c", "w", "w"], ["c", "c", "w"], ("c", "w")) == pytest.approx(2 / 3)
    assert m.macro_f1(["c", "w", "w"], ["c", "c", "w"], ("c", "w", "x")) == pytest.approx(4 / 9)


def test_calibration_error_by_hand() -> None:
    bins = m.reliability([0.95, 0.95, 0.55, 0.55], [True, True, True, False])
    assert [(round(b.low, 1), b.size) for b in bins] == [(0.5, 2), (0.9, 2)]
    assert m.calibration_error(bins) == pytest.approx(0.5 * 0.05 + 0.5 * 0.05)
    assert m.calibration_error(m.reliability([1.0, 1.0], [False, False])) == 1


def test_abstaining_on_the_least_sure_drops_their_errors_first() -> None:
    sure, right = [0.9, 0.8, 0.7, 0.6, 0.5], [True, True, True, True, False]
    assert m.risk_coverage(sure, right, (1.0, 0.8)) == [(1.0, pytest.approx(0.2)), (0.8, pytest.approx(0))]


def test_with_equal_confidence_abstaining_gains_nothing() -> None:
    for right in ([True, False, True, False], [False, False, True, True]):
        assert [risk for _, risk in m.risk_coverage([0.5] * 4, right, (1.0, 0.75, 0.5))] == pytest.approx([0.5] * 3)


def test_the_rising_map_pools_what_falls() -> None:
    rising = m.isotonic([1, 2, 3, 4], [0.0, 0.6, 0.4, 1.0])
    assert rising([1, 2, 3, 4]).tolist() == pytest.approx([0.0, 0.5, 0.5, 1.0])
    assert rising([0, 9]).tolist() == pytest.approx([0.0, 1.0])


def test_the_best_cut_lies_between_the_classes() -> None:
    score, truth = np.array([0.1, 0.2, 0.7, 0.9]), np.array([False, False, True, True])
    cut = m.best_cut(score, lambda t: m.macro_f1(truth, score >= t, (True, False)))
    assert 0.2 < cut <= 0.7


def test_the_interval_covers_the_value_and_draws_whole_questions() -> None:
    values = np.array([0.0, 0.0, 1.0, 1.0])
    low, high = m.interval(["a", "a", "b", "b"], lambda rows: float(values[rows].mean()), times=200)
    assert (low, high) == (0.0, 1.0)
    assert m.interval(["a"] * 4, lambda rows: float(values[rows].mean()), times=50) == (0.5, 0.5)


def test_correlation_of_what_does_not_vary_is_zero() -> None:
    assert m.pearson([1, 1, 1], [1, 2, 3]) == 0
    assert m.pearson([1, 2, 3], [2, 4, 6]) == pytest.approx(1)
