"""The figures and claims of the question on quantisation, computed."""

import numpy as np
import pytest

GB = 1e9


def test_bits_a_weight_with_the_scales():
    bits = 4 + 16 / 128
    assert bits == 4.125
    assert 70e9 * bits / 8 / GB == pytest.approx(36.1, abs=0.05)
    assert 70e9 * 2 / GB == 140
    weights = np.random.default_rng(0).normal(size=(64, 128))
    assert rounded(weights, 4).shape == weights.shape  # not one is removed


def rounded(w, bits, block=64):
    """Absmax rounding to whole multiples of a step, a scale for each block."""
    top = 2 ** (bits - 1) - 1
    blocks = w.reshape(-1, block)
    step = np.abs(blocks).max(axis=1, keepdims=True) / top
    return (np.round(blocks / step) * step).reshape(w.shape)


def squared_error(w, bits):
    return np.mean((rounded(w, bits) - w) ** 2)


def test_a_bit_less_is_about_four_times_the_error():
    w = np.random.default_rng(1).normal(size=(4096, 64))
    error = {bits: squared_error(w, bits) for bits in (8, 7, 5, 4, 3)}
    assert error[7] / error[8] == pytest.approx(4, rel=0.05)
    assert error[4] / error[5] == pytest.approx(4.6, rel=0.03)
    assert error[3] / error[4] == pytest.approx(5.4, rel=0.03)  # more than four: zero and few levels are left


def test_one_outlier_spoils_its_block():
    rng = np.random.default_rng(2)
    w = rng.normal(size=(2000, 64))
    with_outlier = w.copy()
    with_outlier[:, 0] = 20.0
    others = (rounded(with_outlier, 4) - with_outlier)[:, 1:]
    before = (rounded(w, 4) - w)[:, 1:]
    assert np.mean(others**2) > 40 * np.mean(before**2)


def test_compensating_the_error_beats_plain_rounding():
    """Optimal brain quantisation in the order of columns, as in GPTQ: the error of each column is passed on to those still open."""
    rng = np.random.default_rng(3)
    d, n = 48, 2000
    mix = rng.normal(size=(d, d))
    x = rng.normal(size=(n, d)) @ (np.eye(d) + 0.5 * mix / np.sqrt(d))  # correlated inputs
    w = rng.normal(size=(d, 32))
    step = np.abs(w).max(axis=0) / 7

    def to_levels(row):
        return np.clip(np.round(row / step), -7, 7) * step

    plain = np.vstack([to_levels(row) for row in w])
    hessian = x.T @ x / n + 1e-4 * np.eye(d)
    left, done = w.copy(), np.zeros_like(w)
    for i in range(d):
        inverse = np.linalg.inv(hessian[i:, i:])
        done[i] = to_levels(left[i])
        left[i:] -= np.outer(inverse[:, 0] / inverse[0, 0], left[i] - done[i])
    lost = [np.mean((x @ (q - w)) ** 2) for q in (plain, done)]
    assert lost[1] / lost[0] == pytest.approx(0.8, abs=0.03)


def test_the_cache_of_a_long_context_outweighs_the_weights():
    a_token = 2 * 80 * 8 * 128 * 2
    assert a_token == 327_680 == 320 * 1024
    assert 131_072 * a_token / GB == pytest.approx(42.9, abs=0.1)
    assert 131_072 * a_token > 70e9 * 4.125 / 8


def test_seventy_billion_on_forty_eight_gigabytes():
    weights = 70e9 * 4.125 / 8 / GB
    left = 48 - weights - 2
    assert 48 - weights == pytest.approx(11.9, abs=0.05)
    assert left * GB / 327_680 == pytest.approx(30_000, rel=0.02)
    assert 900 / weights == pytest.approx(25, abs=0.2)
