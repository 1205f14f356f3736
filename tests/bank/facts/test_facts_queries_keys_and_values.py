"""The figures and claims of the question on queries, keys and values, computed with random vectors."""

import numpy as np
import pytest


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def test_one_vector_for_both_is_symmetric_and_looks_at_itself():
    rng = np.random.default_rng(0)
    x, wq, wk = rng.normal(size=(200, 64)), rng.normal(size=(64, 64)) / 8, rng.normal(size=(64, 64)) / 8
    shared = (x @ wq) @ (x @ wq).T / 8
    apart = (x @ wq) @ (x @ wk).T / 8
    assert np.allclose(shared, shared.T)
    assert not np.allclose(apart, apart.T)
    assert (shared.argmax(axis=1) == np.arange(200)).mean() > 0.99  # each finds itself
    assert (apart.argmax(axis=1) == np.arange(200)).mean() < 0.05


def test_the_spread_of_a_score_is_the_root_of_the_width():
    rng = np.random.default_rng(1)
    for width in (16, 64, 256):
        scores = (rng.normal(size=(4000, width)) * rng.normal(size=(4000, width))).sum(axis=1)
        assert scores.std() == pytest.approx(np.sqrt(width), rel=0.06)
        assert (scores / np.sqrt(width)).std() == pytest.approx(1, rel=0.06)


def test_unscaled_scores_give_all_to_one():
    """64 queries and 64 keys of width 128: the largest weight of a row, and how well gradients get through the softmax."""
    rng = np.random.default_rng(2)
    q, k = rng.normal(size=(64, 128)), rng.normal(size=(64, 128))

    def largest_and_slope(scores):
        p = softmax(scores)
        return p.max(axis=1).mean(), (p * (1 - p)).sum(axis=1).mean()

    raw, raw_slope = largest_and_slope(q @ k.T)
    scaled, scaled_slope = largest_and_slope(q @ k.T / np.sqrt(128))
    assert raw > 0.8
    assert scaled < 0.2
    assert scaled_slope > 3 * raw_slope


def test_the_weights_add_up_to_one():
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(5, 9))
    p = softmax(scores)
    assert np.allclose(p.sum(axis=1), 1)
    assert (p > 0).all()
    assert np.allclose(softmax(scores + 100), p)  # only differences count
    assert not np.allclose(softmax(scores * 2), p)  # the size of the differences does
    assert np.allclose(softmax(np.full((1, 9), -50.0)), 1 / 9)  # nothing fits: the weight still has to go somewhere
    assert not np.allclose((scores / np.sqrt(64)).sum(axis=1), 1)  # the root alone makes no shares


def test_the_result_is_an_average_of_values():
    rng = np.random.default_rng(4)
    values = rng.normal(size=(9, 6))
    out = softmax(rng.normal(size=(50, 9))) @ values
    assert (out >= values.min(axis=0)).all()
    assert (out <= values.max(axis=0)).all()
    equal = np.tile(values[0], (9, 1))
    assert np.allclose(softmax(rng.normal(size=(1, 9))) @ equal, values[0])  # the same value everywhere: the weights do not matter


def test_the_matrices_stay_and_the_vectors_change():
    rng = np.random.default_rng(5)
    wq = rng.normal(size=(8, 8))
    first, second = rng.normal(size=(3, 8)), rng.normal(size=(3, 8))
    before = wq.copy()
    assert not np.allclose(first @ wq, second @ wq)
    assert np.array_equal(wq, before)


def test_a_small_example():
    scores = np.array([4.0, 2.0, 0.0]) / np.sqrt(4)
    assert scores.tolist() == [2, 1, 0]
    weights = softmax(scores)
    assert weights == pytest.approx([0.67, 0.24, 0.09], abs=0.005)
    assert weights @ np.array([10.0, 0.0, 0.0]) == pytest.approx(6.7, abs=0.05)
    assert softmax(np.array([4.0, 2.0, 0.0])) == pytest.approx([0.87, 0.12, 0.02], abs=0.005)  # without the root


def test_dividing_by_the_width_makes_it_flat():
    rng = np.random.default_rng(6)
    q, k = rng.normal(size=(64, 1024)), rng.normal(size=(64, 1024))
    flat = softmax(q @ k.T / 1024).max(axis=1).mean()
    assert flat < 1.2 / 64  # hardly above an even share
    aligned = np.ones(1024)
    assert aligned @ aligned / 1024 == 1  # once query and key have learned to agree, it is this that stays of size one
    assert aligned @ aligned / np.sqrt(1024) == 32
