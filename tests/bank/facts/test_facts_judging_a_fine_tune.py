"""The figures and claims of the question on judging a fine-tune, computed."""

import math

import numpy as np
import pytest


def test_a_wrong_digit_hardly_shows_in_the_loss():
    good = [0.9] * 100  # the probability of each right token
    wrong = [0.9] * 99 + [0.3]  # one digit where another is likelier
    losses = [-np.mean(np.log(p)) for p in (good, wrong)]
    assert losses[1] - losses[0] < 0.012
    boilerplate = -np.mean(np.log([0.99] * 99 + [0.3]))
    assert boilerplate < losses[0]  # better by the loss, and wrong


def test_loss_can_rise_while_answers_get_better():
    early = np.array([0.6] * 70 + [0.4] * 30)  # the probability of the right answer of two
    late = np.array([0.99] * 80 + [0.001] * 20)  # more are right, and the wrong ones are held firmly
    assert (late > 0.5).mean() > (early > 0.5).mean()
    assert -np.log(late).mean() > -np.log(early).mean()


def test_a_random_split_flatters():
    rng = np.random.default_rng(0)
    threads, width = 120, 20
    centre, label = rng.normal(size=(threads, width)), rng.integers(0, 2, size=threads)
    thread = np.repeat(np.arange(threads), 5)
    x, y = centre[thread] + 0.2 * rng.normal(size=(600, width)), label[thread]

    def nearest(train, test):
        distance = ((x[test][:, None] - x[train][None]) ** 2).sum(axis=2)
        return (y[train][distance.argmin(axis=1)] == y[test]).mean()

    order = rng.permutation(600)
    at_random = nearest(order[:480], order[480:])
    by_thread = nearest(np.flatnonzero(thread < 96), np.flatnonzero(thread >= 96))
    assert at_random > 0.95 and by_thread < 0.65  # there is nothing to learn but the threads themselves


def test_the_best_of_five_equal_runs():
    rng = np.random.default_rng(1)
    assert rng.normal(size=(20_000, 5)).max(axis=1).mean() == pytest.approx(1.16, abs=0.02)


def test_an_average_can_hide_a_fall():
    before = 0.95 * 0.80 + 0.05 * 0.80
    after = 0.95 * 0.83 + 0.05 * 0.60
    assert after > before


def test_forty_eight_to_thirty():
    n, k = 78, 48
    tail = sum(math.comb(n, i) for i in range(k, n + 1)) / 2**n
    assert 2 * tail == pytest.approx(0.054, abs=0.001)
