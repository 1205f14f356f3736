"""The figures and claims of the question on cutting the KV cache, computed."""

import numpy as np
import pytest


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def rounded(x, bits, axis):
    """Values on an even grid between the smallest and the largest along ``axis``."""
    low, high = x.min(axis=axis, keepdims=True), x.max(axis=axis, keepdims=True)
    step = (high - low) / (2**bits - 1)
    return np.round((x - low) / step) * step + low


def test_the_savings_multiply():
    full = 32 * 8192 * 2 * 8 * 128 * 16  # layers, tokens, key and value, heads, width, bits
    assert full == 32 * (8192 // 4) * 2 * 8 * 128 * 8 * 8
    windowed = (8 * 8192 + 24 * 1024) * 2 * 8 * 128 * 16  # three of four layers see the last 1,024 tokens
    assert windowed / full == pytest.approx(0.34, abs=0.01)


def test_without_the_sink_the_rest_is_blown_up():
    scores = np.array([6.0, 0.1, -0.2, 0.3, 0.0, -0.1])  # the first token takes nearly all
    values = np.array([[0.0, 0.0]] + [[1.0, -1.0]] * 5)
    with_sink, without = softmax(scores) @ values, softmax(scores[1:]) @ values[1:]
    assert softmax(scores)[0] > 0.98
    assert np.abs(without).max() > 50 * np.abs(with_sink).max()  # a head that said next to nothing now shouts


def test_what_one_question_ignores_the_next_one_needs():
    rng = np.random.default_rng(0)
    keys = rng.normal(size=(200, 32))
    first, second = 3 * keys[20] / np.sqrt(32), 3 * keys[150] / np.sqrt(32)
    weights = softmax(keys @ first)
    kept = np.argsort(weights)[-20:]  # a tenth, by the attention of the first question
    assert weights[kept].sum() > 0.9 and 20 in kept and 150 not in kept
    assert softmax(keys @ second)[150] > 0.5  # what the second one would have looked at


def test_block_bounds_never_miss_the_best_key():
    rng = np.random.default_rng(1)
    keys = rng.normal(size=(16, 8, 12))
    for _ in range(100):
        query = rng.normal(size=12)
        bounds = np.maximum(query * keys.min(axis=1), query * keys.max(axis=1)).sum(axis=1)
        best = (keys @ query).max(axis=1)
        assert (bounds >= best - 1e-9).all()


def test_keys_want_a_scale_for_each_channel():
    rng = np.random.default_rng(2)
    keys = rng.normal(size=(256, 64))
    keys[:, 5] *= 20
    by_token = np.abs(rounded(keys, 4, axis=1) - keys).mean()
    by_channel = np.abs(rounded(keys, 4, axis=0) - keys).mean()
    assert by_token / by_channel > 2
    plain = rng.normal(size=(256, 64))  # without the outlier it makes little difference
    assert np.abs(rounded(plain, 4, axis=1) - plain).mean() / np.abs(rounded(plain, 4, axis=0) - plain).mean() < 1.2


def test_cutting_layer_by_layer_lowers_the_peak():
    layers, kept = 32, 0.25

    def peak(cut_at_once):
        held, highest = 0.0, 0.0
        for _ in range(layers):
            held += 1
            highest = max(highest, held)
            if cut_at_once:
                held -= 1 - kept
        return highest / layers

    assert peak(cut_at_once=False) == 1
    assert peak(cut_at_once=True) == pytest.approx(0.27, abs=0.01)
