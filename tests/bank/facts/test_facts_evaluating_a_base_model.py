"""The figures and claims of the question on evaluating a base model, computed and simulated."""

import numpy as np
import pytest


def test_same_bits_other_perplexity():
    def perplexity(bits_a_byte, bytes_a_token):
        return 2 ** (bits_a_byte * bytes_a_token)

    assert perplexity(0.8, 4.0) == pytest.approx(9.2, abs=0.05)
    assert perplexity(0.8, 4.5) == pytest.approx(12.1, abs=0.05)
    assert np.log2(12.1) / 5 == pytest.approx(0.72, abs=0.005)
    # In the small: two ways of cutting the same text, the same probability of the whole.
    whole = np.log(1e-12)
    few, many = np.exp(-whole / 4), np.exp(-whole / 6)
    assert few > many


def test_a_mean_hides_opposite_domains():
    a, b = np.array([0.60, 0.90]), np.array([0.75, 0.75])  # bits a byte on code and on prose
    assert a.mean() == b.mean()
    assert a[0] < b[0] and a[1] > b[1]


def test_short_options_win_by_their_length():
    """Each token costs about the same; the right option has two tokens more, and each of its tokens is likelier."""
    right, wrong = np.log([0.5] * 5), np.log([0.4] * 3)
    assert right.sum() < wrong.sum()
    assert right.mean() > wrong.mean()


def test_noise_of_a_thousand_questions():
    half = 1.96 * np.sqrt(0.25 / 1000) * 100
    assert half == pytest.approx(3.1, abs=0.01)
    assert half / 0.8 > 3.8
    rng = np.random.default_rng(0)
    hard = rng.normal(0, 2, 1000)  # the same questions for both
    chance = 1 / (1 + np.exp(-hard))
    a, b = (rng.random((4000, 1000)) < chance for _ in range(2))  # two models that are equally good
    gaps = (a.mean(axis=1) - b.mean(axis=1)) * 100
    assert gaps.std() < np.sqrt(2 * 0.25 / 1000) * 100  # narrower than for two independent sets of questions
    assert (np.abs(gaps) > 0.8).mean() > 0.4  # and yet a gap of 0.8 between equals is common


def test_log_probability_separates_where_accuracy_does_not():
    rng = np.random.default_rng(1)
    questions, options = 300, 4

    def model(help_right):
        scores = rng.normal(0, 0.6, (questions, options)) - np.array([1.2, 0, 0, 0])  # a wrong option usually looks better
        scores[:, 0] += help_right
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        return (scores.argmax(axis=1) == 0).astype(float), np.log(p[:, 0])

    clear = {"hits": 0, "log": 0}
    for _ in range(200):
        (hits_a, log_a), (hits_b, log_b) = model(0.0), model(0.25)
        for name, a, b in (("hits", hits_a, hits_b), ("log", log_a, log_b)):
            error = np.sqrt((a.var() + b.var()) / questions)
            clear[name] += (b.mean() - a.mean()) > 1.96 * error
    assert clear["log"] / 200 > 0.9
    assert clear["hits"] / 200 < 0.6


def test_averaging_and_picking_checkpoints():
    rng = np.random.default_rng(2)
    scores = rng.normal(size=(20_000, 20))
    assert 1 / scores[:, :5].mean(axis=1).std() == pytest.approx(2.24, abs=0.03)
    assert scores.max(axis=1).mean() == pytest.approx(1.87, abs=0.03)
