"""Shares and their intervals against published numbers, and how often they hold the true share."""

from __future__ import annotations

import random

import pytest

from greenroom.labs.shares import Share, paired


def test_the_interval_is_the_published_one() -> None:
    """Newcombe 1998, table I: 81 of 263, Wilson without continuity correction: 0.2553 to 0.3662; 0 of 20: 0 to 0.1611."""
    found = Share(81, 263)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    none = Share(0, 20)
    assert (none.low, round(none.high, 4)) == (0, 0.1611)
    assert Share(20, 20).low == pytest.approx(1 - none.high)
    assert (Share(0, 0).value, Share(0, 0).low, Share(0, 0).high) == (None, 0, 1)


def test_it_holds_the_true_share_about_as_often_as_it_says() -> None:
    """Control: the textbook's p ± 1.96 s holds it clearly less often where the share is small."""
    dice, held, wald, runs = random.Random(3), 0, 0, 4000
    for _ in range(runs):
        count = sum(dice.random() < 0.1 for _ in range(20))
        share, half = Share(count, 20), 1.96 * (count / 20 * (1 - count / 20) / 20) ** 0.5
        held += share.low <= 0.1 <= share.high
        wald += count / 20 - half <= 0.1 <= count / 20 + half
    assert held / runs > 0.93
    assert wald / runs < 0.9


def test_pairs_are_compared_by_where_they_differ() -> None:
    """The sign test's textbook values: 8 of 8 one way 2/256, 5 and 5 no difference."""
    assert paired(8, 0) == pytest.approx(2 / 256)
    assert paired(5, 5) == 1
    assert paired(0, 0) == 1
    assert paired(1, 9) == paired(9, 1) == pytest.approx(22 / 1024)


def test_a_share_is_above_a_limit_below_it_or_undecided() -> None:
    assert Share(12, 24).above(0.75) is False
    assert Share(15, 24).above(0.75) is None, "62%, and the interval reaches to 79%"
    assert Share(24, 24).above(0.75) is True
    assert Share(0, 0).above(0.5) is None
