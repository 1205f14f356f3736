"""The measures of natural answers, on figures worked by hand."""

from __future__ import annotations

import pytest
from benchmarks.natural import accuracy, cut, kappa


def test_kappa_is_linear_over_credit() -> None:
    want = ["hit", "missed", "wrong", "partial"]
    assert kappa(want, want) == pytest.approx(1)
    assert kappa(want, ["hit", "wrong", "missed", "partial"]) == pytest.approx(1), "missed and wrong earn the same"
    # apart: 0, 1, 0, 1 of 4; by chance: the mean of |a - b| over all pairs of {2,0,0,1} and {2,1,0,0} is 14/16
    assert kappa(want, ["hit", "partial", "missed", "missed"]) == pytest.approx(1 - (2 / 4) / (14 / 16))


def test_a_verdict_that_says_nothing_is_an_error() -> None:
    want = ["hit", "missed", "missed", "hit"]
    assert accuracy(want, ["hit", "unsure", "unscored", "hit"]) == 0.5
    assert kappa(want, ["hit", "unsure", "unscored", "hit"]) < kappa(want, ["hit", "missed", "missed", "hit"])


def test_saying_nothing_agrees_with_nobody() -> None:
    """Not even by chance: all *unsure* on all *missed* is no agreement."""
    assert kappa(["missed"] * 4, ["unsure"] * 4) == pytest.approx(0)
    # apart: 0, 2 of 2; by chance: half the labels are 2, half 0; given 2 or nothing: (0 + 2)/2 and (2 + 2)/2, on average 1.5
    assert kappa(["hit", "missed"], ["hit", "unsure"]) == pytest.approx(1 - 1 / 1.5)


def test_cut_offs_split_what_can_be_split() -> None:
    want = ["missed"] * 10 + ["partial"] * 10 + ["hit"] * 10
    assert cut([0.1] * 10 + [0.5] * 10 + [0.9] * 10, want) == want
