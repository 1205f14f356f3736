"""The figures and claims of the question on tuning an embedding model, computed."""

import math

import numpy as np
import pytest


def shares(similarities, temperature):
    weights = np.exp(np.array(similarities) / temperature)
    return weights / weights.sum()


def test_chance_loss_is_the_log_of_the_batch():
    for size, loss in ((32, 3.47), (1024, 6.93)):
        assert -math.log(shares([0.0] * size, 0.05)[0]) == pytest.approx(loss, abs=0.005)


def test_the_same_ranking_has_other_losses():
    """One query whose positive is always the most similar: the loss depends on batch and temperature and the ranking does not."""
    few, many = [0.7] + [0.5] * 7, [0.7] + [0.5] * 255
    assert -math.log(shares(few, 0.1)[0]) < 1 < -math.log(shares(many, 0.1)[0])
    assert -math.log(shares(many, 0.02)[0]) < 0.02 < -math.log(shares(few, 0.1)[0])


def test_low_temperature_looks_at_the_hardest_negative():
    negatives = [0.6, 0.3, 0.1]
    assert shares(negatives, 1.0)[0] == pytest.approx(0.43, abs=0.005)
    assert shares(negatives, 0.05)[0] == pytest.approx(0.997, abs=0.001)
    assert shares(negatives, 100.0)[0] == pytest.approx(1 / 3, abs=0.002)  # the control: hot, all count alike


def test_random_negatives_are_rarely_near():
    topics = 1_000
    assert 31 / topics == pytest.approx(0.03, abs=0.002)  # other texts of the query's topic in a batch of 32
    assert 1_023 / topics == pytest.approx(1.0, abs=0.03)  # and of 1,024


def test_popular_passages_meet_themselves_in_the_batch():
    assert pytest.approx(0.96, abs=0.005) == 1 - 0.95**63  # one passage answers 5 percent of the queries, batch of 64


def test_first_in_a_batch_is_not_first_in_the_collection():
    worse = 0.001  # the share of passages that stand before the right one
    assert (1 - worse) ** 31 == pytest.approx(0.97, abs=0.005)
    assert worse * 100_000 == 100


def test_cutting_vectors():
    assert pytest.approx(41, abs=0.1) == 10_000_000 * 1_024 * 4 / 1e9
    assert pytest.approx(10.2, abs=0.1) == 10_000_000 * 256 * 4 / 1e9
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 1_024))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    assert np.linalg.norm(x[:, :256], axis=1).mean() == pytest.approx(0.5, abs=0.01)  # no longer of length 1
    assert (x[0, :256] @ x[0, :256]) < 0.6  # a text against itself: not 1 without dividing by the length again
