"""The figures and claims of the question on trust and explanations, computed."""

import numpy as np
import pytest

N = 400_000


def test_reliance_that_follows_the_kind_of_question_beats_both_extremes():
    rng = np.random.default_rng(0)
    familiar = rng.random(N) < 0.7
    assistant = rng.random(N) < np.where(familiar, 0.95, 0.5)
    person = rng.random(N) < 0.8
    always, never, fitting = assistant.mean(), person.mean(), np.where(familiar, assistant, person).mean()
    assert always == pytest.approx(0.815, abs=0.003) and never == pytest.approx(0.8, abs=0.003)
    assert fitting == pytest.approx(0.905, abs=0.003)
    wrong_way = np.where(familiar, person, assistant).mean()  # followed on the other questions and on none of the familiar ones
    assert wrong_way == pytest.approx(0.71, abs=0.003)


def outcome(accept_right, accept_wrong, rng):
    """Share of suggestions accepted, and share of results right; who does not accept is right alone seven times in ten."""
    right = rng.random(N) < 0.8
    accepted = rng.random(N) < np.where(right, accept_right, accept_wrong)
    result = np.where(accepted, right, rng.random(N) < 0.7)
    return accepted.mean(), result.mean()


def test_the_same_acceptance_can_be_good_or_blind():
    rng = np.random.default_rng(1)
    seeing, blind = outcome(0.95, 0.45, rng), outcome(0.85, 0.85, rng)
    assert seeing[0] == pytest.approx(0.85, abs=0.003) and blind[0] == pytest.approx(0.85, abs=0.003)
    assert seeing[1] == pytest.approx(0.865, abs=0.003) and blind[1] == pytest.approx(0.785, abs=0.003)


def test_a_warning_on_everything_warns_of_nothing():
    """One answer in ten is wrong, and people check one in five."""
    rng = np.random.default_rng(2)
    wrong = rng.random(N) < 0.1
    flagged = rng.random(N) < np.where(wrong, 0.6, 0.1556)  # a mark that is more often on wrong answers than on right ones
    assert flagged.mean() == pytest.approx(0.2, abs=0.003)
    anywhere = rng.random(N) < 0.2  # each answer bears the same note, so nothing says which to check
    assert (wrong & flagged).sum() / wrong.sum() == pytest.approx(0.6, abs=0.01)
    assert (wrong & anywhere).sum() / wrong.sum() == pytest.approx(0.2, abs=0.01)


def test_people_who_weigh_their_time_check_only_what_is_cheap_to_check():
    """One answer in ten is wrong and costs twenty minutes later, unless it was checked."""
    rng = np.random.default_rng(3)
    wrong = rng.random(N) < 0.1

    def minutes(checking):
        return checking, np.where(wrong, 20, 0).mean()  # who checks pays the checking, who does not pays the errors

    dear, later = minutes(5)
    assert later == pytest.approx(2, abs=0.05) and dear > later
    cheap, later = minutes(0.5)
    assert cheap < later


def test_two_hundred_answers_do_not_carry_a_second_digit():
    rng = np.random.default_rng(4)
    seen = rng.binomial(200, 0.9, size=50_000) / 200
    low, high = np.quantile(seen, [0.025, 0.975])
    assert low == pytest.approx(0.855, abs=0.006) and high == pytest.approx(0.94, abs=0.006)
