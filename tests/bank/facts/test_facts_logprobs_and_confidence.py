"""The figures and claims of the question on token probabilities and confidence, computed and simulated."""

import math

import numpy as np
import pytest


def expected_calibration_error(confidence, right, bins=10):
    edges = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(
        (edges == b).mean() * abs(confidence[edges == b].mean() - right[edges == b].mean()) for b in range(bins) if (edges == b).any()
    )


def ranking(confidence, right):
    """How often a right answer is held surer than a wrong one."""
    order = confidence.argsort().argsort() + 1
    n = right.sum()
    return (order[right].sum() - n * (n + 1) / 2) / (n * (~right).sum())


def sample(seed=0, n=100_000):
    rng = np.random.default_rng(seed)
    true = rng.beta(3, 1.5, n)
    return true, rng.random(n) < true


def test_long_answers_have_small_probabilities():
    assert pytest.approx(0.77, abs=0.005) == 0.95**5
    assert pytest.approx(0.046, abs=0.001) == 0.95**60  # each token as sure as before
    assert math.log(0.95) * 60 == pytest.approx(-3.08, abs=0.01)


def test_one_answer_in_many_wordings():
    wordings = {"Paris": 0.30, "It is Paris.": 0.25, "The capital is Paris.": 0.20, "Lyon": 0.25}
    assert max(wordings.values()) == 0.30
    assert sum(p for text, p in wordings.items() if "Paris" in text) == pytest.approx(0.75)
    entropy = -sum(p * math.log2(p) for p in wordings.values())
    meanings = [0.75, 0.25]
    assert entropy == pytest.approx(1.99, abs=0.01)
    assert -sum(p * math.log2(p) for p in meanings) == pytest.approx(0.81, abs=0.01)


def test_overconfidence_is_seen_in_bins():
    true, right = sample()
    sure = true**0.4  # the same order, pushed towards one
    assert expected_calibration_error(true, right) < 0.01
    assert expected_calibration_error(sure, right) > 0.15
    band = (sure > 0.85) & (sure < 0.95)
    assert right[band].mean() < 0.8  # of those that it calls about ninety percent sure


def test_rescaling_mends_the_level_and_not_the_order():
    true, right = sample(1)
    logit = np.log(true / (1 - true))
    sure = 1 / (1 + np.exp(-2.5 * logit))
    mended = 1 / (1 + np.exp(-(2.5 * logit) / 2.5))  # temperature 2.5
    assert expected_calibration_error(sure, right) > 0.08
    assert expected_calibration_error(mended, right) < 0.01
    assert ranking(mended, right) == pytest.approx(ranking(sure, right))
    assert ranking(sure, right) < 0.8

    def best(scores, temperature):
        p = np.exp(np.array(scores) / temperature)
        return p.max() / p.sum()

    one, other = (3.0, 2.0, -9.0), (3.0, 1.0, 1.0)  # with several classes a temperature can swap two cases
    assert best(one, 1) < best(other, 1)
    assert best(one, 3) > best(other, 3)


def test_calibrated_and_useless():
    """Always saying the average is calibrated and separates nothing."""
    true, right = sample(2)
    flat = np.full(len(right), right.mean())
    assert expected_calibration_error(flat, right) < 1e-9
    assert true.std() > 0.15
    noise = np.random.default_rng(3).random(len(right))
    assert ranking(flat + 1e-9 * noise, right) == pytest.approx(0.5, abs=0.01)


def test_ten_samples_are_a_coarse_measure():
    assert math.sqrt(0.7 * 0.3 / 10) == pytest.approx(0.145, abs=0.001)
    assert math.sqrt(0.7 * 0.3 / 40) == pytest.approx(0.072, abs=0.001)


def test_the_majority_is_better_than_one_and_not_than_a_shared_error():
    rng = np.random.default_rng(4)

    def majority(p, n=11):
        return (rng.binomial(n, p, 20_000) > n / 2).mean()

    assert majority(0.7) > 0.9  # seven in ten right by itself
    assert majority(0.4) < 0.3  # where the error is the likelier one, voting makes it surer
    votes = rng.multinomial(11, [0.4, 0.15, 0.15, 0.15, 0.15], 20_000)
    assert (votes[:, 0] > votes[:, 1:].max(axis=1)).mean() > 0.6  # scattered errors: four in ten can win


def test_a_threshold_trades_answers_for_errors():
    true, right = sample(5)
    for least, wrong, kept in ((0.0, 0.33, 1.0), (0.8, 0.11, 0.30)):
        chosen = true >= least
        assert 1 - right[chosen].mean() == pytest.approx(wrong, abs=0.01)
        assert chosen.mean() == pytest.approx(kept, abs=0.02)


def test_labels_share_the_first_token():
    """Three labels; the model may write each with or without a space, and other words take the rest of the probability."""
    raw = {"refund": 0.28, " refund": 0.14, "repair": 0.12, " repair": 0.06, "other": 0.10, "I": 0.30}
    labels = {}
    for text, p in raw.items():
        if text.strip() in ("refund", "repair", "other"):
            labels[text.strip()] = labels.get(text.strip(), 0) + p
    total = sum(labels.values())
    assert total == pytest.approx(0.70)
    assert labels["refund"] / total == pytest.approx(0.60)
    assert raw["refund"] == 0.28
