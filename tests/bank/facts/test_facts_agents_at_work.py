"""The figures of the question on agents at work, computed."""

from math import log

import numpy as np
import pytest


def test_reliability_over_steps():
    assert pytest.approx(0.358, abs=0.001) == 0.95**20
    assert pytest.approx(0.818, abs=0.001) == 0.99**20
    assert pytest.approx(0.9947, abs=0.0001) == 0.9 ** (1 / 20)  # what each of twenty steps needs for nine in ten


def test_a_check_and_a_second_try_after_each_step():
    def step(right, noticed):
        """Right at once, or wrong, noticed, and right the second time."""
        return right + (1 - right) * noticed * right

    assert step(0.95, 0.9) ** 20 == pytest.approx(0.864, abs=0.002)
    assert step(0.95, 0.0) ** 20 == pytest.approx(0.358, abs=0.001)  # nothing noticed, nothing gained
    rng = np.random.default_rng(0)
    ok = np.ones(50_000, bool)
    for _ in range(20):
        first, again = rng.random(50_000) < 0.95, rng.random(50_000) < 0.95
        noticed = rng.random(50_000) < 0.9
        ok &= first | (noticed & again)
    assert ok.mean() == pytest.approx(0.864, abs=0.005)


def test_half_the_time_is_not_most_of_the_time():
    """With an equal chance to fail in each minute: from the length done half of the time to the length done eight or 99 in 10 or 100."""

    def length(share, half=320):
        return half * log(share) / log(0.5)

    assert length(0.8) == pytest.approx(103, abs=0.5)
    assert length(0.99) == pytest.approx(4.6, abs=0.1)
    assert length(0.5) == pytest.approx(320)


def test_checking_and_redoing_decide_the_saving():
    def minutes(success, review, by_hand=60):
        """The person reads every result and does the failed ones again."""
        return review + (1 - success) * by_hand

    assert minutes(0.7, 10) == pytest.approx(28)
    assert minutes(0.3, 20) == pytest.approx(62)  # more than by hand
    assert pytest.approx(0.833, abs=0.001) == 1 - 10 / 60
    assert minutes(10 / 60, 10) == pytest.approx(60)  # it pays from the success that covers the reading


def test_the_interval_of_the_follow_up_holds_both_directions():
    low, high = -38, 9  # change of time in percent, returning developers
    assert low < 0 < high
    low, high = -15, 9  # newly recruited ones
    assert low < 0 < high
