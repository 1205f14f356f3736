"""The figures and claims of the question on PPO, DPO and GRPO, computed on a handful of possible answers."""

import numpy as np
import pytest

BETA = 0.5


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def problem(seed=0, answers=6):
    """A reference policy over a few answers to one prompt, and a reward for each."""
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(answers)), rng.normal(size=answers)


def optimum(reference, reward):
    weighted = reference * np.exp(reward / BETA)
    return weighted / weighted.sum()


def goal(policy, reference, reward):
    return policy @ reward - BETA * (policy @ np.log(policy / reference))


def dpo_loss(policy, reference, chosen, rejected):
    ratio = np.log(policy / reference)
    return -np.log(sigmoid(BETA * (ratio[chosen] - ratio[rejected])))


def test_only_differences_of_reward_matter():
    _, reward = problem()
    assert sigmoid(reward[0] - reward[1]) == pytest.approx(np.exp(reward[0]) / (np.exp(reward[0]) + np.exp(reward[1])))
    assert sigmoid((reward[0] + 7) - (reward[1] + 7)) == pytest.approx(sigmoid(reward[0] - reward[1]))


def test_the_best_policy_is_the_reference_reweighted_by_the_reward():
    reference, reward = problem()
    best = optimum(reference, reward)
    rng = np.random.default_rng(1)
    others = [*rng.dirichlet(np.ones(6), size=2000), np.eye(6)[reward.argmax()] * (1 - 1e-9) + 1e-9 / 6, reference]
    assert all(goal(other, reference, reward) <= goal(best, reference, reward) for other in others)


def test_the_normaliser_cancels_in_a_pair():
    """beta times the log-ratio is the reward up to a constant of the prompt, so in a pair it is the difference of rewards."""
    reference, reward = problem()
    implied = BETA * np.log(optimum(reference, reward) / reference)
    assert np.ptp(implied - reward) == pytest.approx(0, abs=1e-12)
    assert implied[2] - implied[4] == pytest.approx(reward[2] - reward[4])
    assert dpo_loss(optimum(reference, reward), reference, 2, 4) == pytest.approx(-np.log(sigmoid(reward[2] - reward[4])))


def test_a_group_is_its_own_baseline():
    rewards = np.array([1, 0, 0, 1, 0, 0, 0, 0], dtype=float)
    advantages = (rewards - rewards.mean()) / rewards.std()
    assert advantages.mean() == pytest.approx(0)
    assert (advantages[rewards == 1] > 0).all() and (advantages[rewards == 0] < 0).all()
    for same in (np.ones(8), np.zeros(8)):
        assert not (same - same.mean()).any()


def test_dividing_by_the_spread_favours_lopsided_groups():
    one, eight = np.eye(16)[0], np.repeat([1.0, 0.0], 8)
    assert ((one - one.mean()) / one.std())[0] == pytest.approx(3.9, abs=0.03)
    assert ((eight - eight.mean()) / eight.std())[0] == pytest.approx(1.0)
    assert (one - one.mean())[0] == pytest.approx(0.94, abs=0.003)
    assert (eight - eight.mean())[0] == 0.5
    # A wrong answer's penalty for each token, when it is divided by the answer's length:
    assert -1 / 2000 > -1 / 200


def test_the_loss_can_fall_while_both_answers_become_less_likely():
    reference = np.array([0.30, 0.25, 0.45])
    before, after = reference, np.array([0.20, 0.02, 0.78])
    assert dpo_loss(after, reference, 0, 1) < dpo_loss(before, reference, 0, 1)
    assert (after[:2] < before[:2]).all()
    assert after[2] > before[2]  # the mass went to an answer that nobody compared
