"""The figures and claims of the question on bias and fairness, computed."""

import math

import numpy as np
import pytest


def test_the_likeliest_choice_turns_a_majority_into_always():
    """A text in which six of ten nurses are "she", counted exactly, then used in three ways."""
    rng = np.random.default_rng(0)
    text = np.array([1] * 600 + [0] * 400)
    learned = np.array([1 - text.mean(), text.mean()])

    def written(temperature):
        p = learned ** (1 / temperature)
        return rng.choice(2, 100_000, p=p / p.sum()).mean()

    assert written(1) == pytest.approx(0.6, abs=0.01)  # drawn as learned, the share is that of the text
    assert written(0.5) == pytest.approx(0.69, abs=0.01)
    assert np.full(1000, learned.argmax()).mean() == 1.0  # the likeliest each time


def rates(deserve, granted):
    return {
        "right": (deserve == granted).mean(),
        "hits": granted[deserve == 1].mean(),
        "false yes": granted[deserve == 0].mean(),
    }


def test_equal_accuracy_can_hide_opposite_errors():
    deserve = np.array([1] * 50 + [0] * 50)
    refused, waved_through = deserve.copy(), deserve.copy()
    refused[:10] = 0  # ten who deserved it were refused
    waved_through[50:60] = 1  # ten who did not were granted it
    one, other = rates(deserve, refused), rates(deserve, waved_through)
    assert one["right"] == other["right"] == 0.9
    assert one["hits"] == 0.8 and other["hits"] == 1.0
    assert one["false yes"] == 0.0 and other["false yes"] == 0.2


def test_one_pair_of_names_is_not_a_group():
    """The score of a CV shifts by the name itself (3 points, one standard deviation), whichever the group."""
    rng = np.random.default_rng(1)

    def gaps(names, effect):
        groups = rng.normal(scale=3, size=(4000, 2, names)).mean(axis=2)
        return groups[:, 0] - groups[:, 1] + effect

    assert 0.4 < (abs(gaps(1, 0)) > 3).mean() < 0.55  # no group effect at all, and half of the pairs differ by more than 3
    assert (abs(gaps(50, 0)) > 1.5).mean() < 0.02
    assert (gaps(50, 2) > 1.5).mean() > 0.75  # a real effect of 2 is seen with fifty names a group


def chance_to_notice(n, one, other):
    """Exact: how often the 95 % interval of the difference of two shares, n cases each, excludes zero."""
    k = np.arange(n + 1)
    pmf = [np.array([math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(n + 1)]) for p in (one, other)]
    a, b = np.meshgrid(k / n, k / n, indexing="ij")
    error = np.sqrt((a * (1 - a) + b * (1 - b)) / n)
    return float((np.outer(*pmf) * (abs(a - b) > 1.96 * error)).sum())


def test_fifty_cases_a_group_mostly_miss_a_gap_of_ten_points():
    assert chance_to_notice(50, 0.9, 0.8) == pytest.approx(0.3, abs=0.03)
    assert chance_to_notice(200, 0.9, 0.8) == pytest.approx(0.8, abs=0.03)
    assert chance_to_notice(200, 0.9, 0.9) < 0.07  # and without a gap it seldom cries wolf


def test_a_judge_without_errors_does_not_select_equally():
    deserve = {"one": np.array([1] * 50 + [0] * 50), "other": np.array([1] * 30 + [0] * 70)}
    perfect = {g: d.copy() for g, d in deserve.items()}
    assert all(rates(deserve[g], perfect[g])["right"] == 1 for g in deserve)
    assert (perfect["one"].mean(), perfect["other"].mean()) == (0.5, 0.3)
    same_share = {g: (np.arange(100) < 40).astype(int) for g in deserve}  # forty each, the best first
    assert rates(deserve["one"], same_share["one"])["hits"] == 0.8  # ten deserving people refused here
    assert same_share["other"].sum() - deserve["other"].sum() == 10  # ten others granted there


def test_a_gap_can_be_closed_by_making_one_side_worse():
    rng = np.random.default_rng(2)
    strong, weak = rng.normal(1.28, 1, 50_000), rng.normal(0.52, 1, 50_000)  # scores of deserving people in two groups

    def hits(scores, threshold):
        return (scores > threshold).mean()

    before = hits(strong, 0), hits(weak, 0)
    assert before == pytest.approx((0.9, 0.7), abs=0.01)
    stricter = np.quantile(strong, 1 - before[1])
    after = hits(strong, stricter), hits(weak, 0)
    assert after[0] == pytest.approx(after[1], abs=0.001)  # no gap is left
    assert after[1] == before[1] and sum(after) < sum(before) - 0.19  # and nobody is better off
