"""The sums of the question on models that check each other."""

from math import comb

import pytest


def majority(share, voters):
    """Chance that more than half of independent voters are right, each with this chance."""
    return sum(comb(voters, k) * share**k * (1 - share) ** (voters - k) for k in range(voters // 2 + 1, voters + 1))


def with_common_cause(share, voters, common):
    """In so many cases all are right or wrong together, else each by itself."""
    return common * share + (1 - common) * majority(share, voters)


def effective(voters, correlation):
    """Kish: how many independent votes as many correlated ones are worth."""
    return voters / (1 + (voters - 1) * correlation)


def after_review(right, spoilt, mended):
    return right * (1 - spoilt) + (1 - right) * mended


def test_independent_votes_help_and_harm():
    assert majority(0.7, 9) == pytest.approx(0.90, abs=0.002)
    assert majority(0.4, 9) == pytest.approx(0.27, abs=0.005)  # where the single voter is mostly wrong, the vote is wronger


def test_common_causes_cap_the_vote():
    assert with_common_cause(0.7, 9, 0.5) == pytest.approx(0.80, abs=0.002)
    assert with_common_cause(0.7, 999, 0.5) == pytest.approx(0.85, abs=0.001)  # and no number of voters goes beyond


def test_nine_votes_can_be_two():
    assert effective(9, 0.4375) == pytest.approx(2.0)
    assert effective(9, 0) == 9
    assert effective(1_000, 0.4375) < 2.3


def test_a_review_pays_only_above_the_odds():
    assert after_review(0.8, 0.1, 0.3) == pytest.approx(0.78)  # worse than before
    assert after_review(0.8, 0.05, 0.3) == pytest.approx(0.82)
    assert after_review(0.8, 0.1, 0.4) == pytest.approx(0.8)  # the balance: mended to spoilt as right to wrong, four to one
    assert after_review(0.5, 0.1, 0.3) == pytest.approx(0.6)  # the same reviewer helps where half was wrong


def test_two_checkers_that_miss_alike():
    miss = 0.1
    assert miss * miss == pytest.approx(0.01)
    assert 0.5 * miss + 0.5 * miss * miss == pytest.approx(0.055)  # half of the misses have a common cause


def test_planted_errors_tell_the_rate():
    found, planted = 42, 60
    share = found / planted
    half = 1.96 * (share * (1 - share) / planted) ** 0.5
    assert share == 0.7
    assert half == pytest.approx(0.12, abs=0.005)
