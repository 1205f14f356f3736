"""The figures and claims of the question on the feed-forward network, computed."""

import math

import numpy as np
import pytest


def relu(x):
    return np.maximum(x, 0)


def swish(x):
    return x / (1 + np.exp(-x))


def gelu(x):
    return np.array([0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in np.ravel(x)]).reshape(np.shape(x))


def slope(f, x, step=1e-5):
    return float((f(np.array([x + step])) - f(np.array([x - step])))[0] / (2 * step))


def test_without_a_bend_the_wide_middle_is_one_small_matrix():
    rng = np.random.default_rng(0)
    up, down, x = rng.normal(size=(16, 64)), rng.normal(size=(64, 16)), rng.normal(size=(200, 16))
    single = up @ down
    assert single.shape == (16, 16) and np.allclose(x @ up @ down, x @ single)
    bent = relu(x @ up) @ down
    best, *_ = np.linalg.lstsq(x, bent, rcond=None)  # the best single matrix still misses the layer with a bend
    assert np.abs(bent - x @ best).mean() > 0.1 * np.abs(bent).mean()


def test_the_layer_is_a_sum_of_values_weighted_by_keys():
    rng = np.random.default_rng(1)
    up, down, x = rng.normal(size=(8, 32)), rng.normal(size=(32, 8)), rng.normal(size=8)
    fired = relu(x @ up)
    assert np.allclose(fired @ down, sum(fired[n] * down[n] for n in range(32)))
    assert (fired[x @ up < 0] == 0).all()


def test_each_position_is_processed_alone():
    rng = np.random.default_rng(2)
    up, down, x = rng.normal(size=(8, 32)), rng.normal(size=(32, 8)), rng.normal(size=(5, 8))
    before = relu(x @ up) @ down
    x[3] = rng.normal(size=8)
    after = relu(x @ up) @ down
    assert np.allclose(np.delete(before, 3, axis=0), np.delete(after, 3, axis=0)) and not np.allclose(before[3], after[3])


def test_a_gate_multiplies_two_maps_of_the_input():
    rng = np.random.default_rng(3)
    gate, up, x = rng.normal(size=(6, 12)), rng.normal(size=(6, 12)), rng.normal(size=6)
    bilinear = (x @ gate) * (x @ up)
    assert np.allclose((2 * x @ gate) * (2 * x @ up), 4 * bilinear)  # products of the input, not multiples
    assert not np.allclose(swish(2 * x @ gate) * (2 * x @ up), 2 * swish(x @ gate) * (x @ up))


def test_where_11008_comes_from():
    width, multiple = 4096, 256
    middle = 2 * 4 * width / 3
    assert round(middle) == 10_923
    assert multiple * math.ceil(middle / multiple) == 11_008
    assert 3 * width * middle == pytest.approx(2 * width * 4 * width)  # three narrower matrices weigh what two wide ones did
    assert 14_336 / 4096 == 3.5


def test_slopes_below_zero():
    assert slope(relu, -1.0) == 0 and slope(swish, -1.0) == pytest.approx(0.072, abs=0.001)
    assert slope(gelu, -1.0) == pytest.approx(-0.083, abs=0.001)
    assert abs(slope(swish, -12.0)) < 1e-3 and abs(slope(gelu, -12.0)) < 1e-3


def test_the_share_of_the_arithmetic():
    width, middle, kv = 4096, 14_336, 8 * 128  # Llama 3 8B
    feed_forward = 2 * 3 * width * middle
    projections = 2 * (2 * width * width + 2 * width * kv)
    assert feed_forward == pytest.approx(352e6, rel=0.01) and feed_forward / projections == pytest.approx(4.2, abs=0.05)
    for_each_past_token = 2 * 2 * width  # a score and a weighted sum over all heads
    assert feed_forward / for_each_past_token == 21_504


def test_relu_gives_zeros_and_swish_does_not():
    x = np.random.default_rng(4).normal(loc=-1.0, size=10_000)  # inputs that are mostly negative, as trained ReLU layers have them
    assert (relu(x) == 0).mean() > 0.8
    assert (swish(x) == 0).mean() == 0
