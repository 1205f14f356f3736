"""The figures of the question on the people behind the data, computed."""

import numpy as np
import pytest


def an_hour(piece, seconds, unpaid=0.0, rejected=0.0):
    """What piece pay comes to in an hour of work, with time and items that are not paid."""
    return piece * 3600 / seconds * (1 - unpaid) * (1 - rejected)


def test_pay_a_piece_hides_the_pay_an_hour():
    assert an_hour(0.10, 45) == pytest.approx(8.0)
    assert an_hour(0.10, 45, unpaid=0.3, rejected=0.1) == pytest.approx(5.04)
    hours = 50_000 * 45 / 0.7 / 3600  # all the time, the unpaid part too
    assert hours == pytest.approx(893, abs=1)
    assert hours * 15 == pytest.approx(13_393, abs=1)  # at 15 an hour for every hour
    assert pytest.approx(4_500) == 50_000 * 0.9 * 0.10  # what was paid


def test_sorting_out_the_clear_cases_cuts_what_people_have_to_see():
    rng = np.random.default_rng(0)
    disturbing = rng.random(480_000) < 0.1  # a thousand days of 80 items an hour, six hours
    assert disturbing.sum() / 1000 == pytest.approx(48, abs=1)
    clear = rng.random(480_000) < 0.7  # a filter settles seven in ten
    assert (disturbing & ~clear).sum() / 1000 == pytest.approx(14.4, abs=0.5)


def test_a_majority_vote_drops_the_view_of_a_minority():
    """Two in ten raters belong to the group that a remark hurts. They find it offensive, of the others one in ten does."""
    rng = np.random.default_rng(1)
    member = rng.random((100_000, 5)) < 0.2
    offended = rng.random((100_000, 5)) < np.where(member, 0.9, 0.1)
    assert (offended.sum(axis=1) >= 3).mean() == pytest.approx(0.11, abs=0.01)  # the label says offensive
    assert offended[member].mean() == pytest.approx(0.9, abs=0.01)  # what those concerned say
