"""Figures that the question on the future states, computed."""

from collections import Counter
from itertools import pairwise

import numpy as np


def test_a_bounded_forecast_beats_a_bold_one():
    rng = np.random.default_rng(0)
    happened = rng.random(100_000) < 0.7

    def brier(p):
        return ((p - happened) ** 2).mean()

    assert abs(brier(0.7) - 0.21) < 0.005
    assert abs(brier(1.0) - 0.30) < 0.005
    grid = np.linspace(0, 1, 101)
    assert abs(grid[np.argmin([brier(p) for p in grid])] - 0.7) < 0.02


def test_step_errors_multiply():
    rng = np.random.default_rng(1)
    finished = (rng.random((200_000, 20)) < 0.95).all(axis=1).mean()
    assert abs(finished - 0.36) < 0.01
    # a person who reviews each step and repairs nine faults in ten
    reviewed = (rng.random((200_000, 20)) < 0.95 + 0.05 * 0.9).all(axis=1).mean()
    assert reviewed > 0.9


def merge(ids, pair, new):
    out, i = [], 0
    while i < len(ids):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out


def byte_pairs(text, merges):
    """Train a byte-pair tokenizer; returns its encoder."""
    ids, rules = list(text.encode()), []
    for new in range(256, 256 + merges):
        pair = Counter(pairwise(ids)).most_common(1)[0][0]
        rules.append((pair, new))
        ids = merge(ids, pair, new)

    def encode(sentence):
        out = list(sentence.encode())
        for pair, new in rules:
            out = merge(out, pair, new)
        return out

    return encode


def test_an_english_tokenizer_makes_other_scripts_long():
    english = (
        "all people are born free and equal in dignity and rights. they have reason and conscience and should act "
        "towards one another in a spirit of brotherhood. everyone has the right to life, liberty and security. "
    )
    encode = byte_pairs(english * 3, 120)
    here = encode("all people are born free and equal")
    hindi = encode("सभी मनुष्य जन्म से स्वतंत्र और समान हैं")  # the same statement
    assert len(hindi) > 5 * len(here)


def test_scripts_need_different_bytes():
    size = {w: len(w.encode()) / len(w) for w in ("water", "вода", "पानी")}
    assert list(size.values()) == [1.0, 2.0, 3.0]


def quantise(weights, bits, group=64):
    blocks = weights.reshape(-1, group)
    top = 2 ** (bits - 1) - 1
    scale = np.abs(blocks).max(axis=1, keepdims=True) / top
    back = np.round(blocks / scale) * scale
    stored_bits = bits + 16 / group  # one 16-bit scale per group
    return back.reshape(weights.shape), stored_bits


def test_four_bits_fit_where_sixteen_did_not():
    weights = np.random.default_rng(2).normal(size=2**18)
    eight, eight_bits = quantise(weights, 8)
    four, four_bits = quantise(weights, 4)
    parameters = 7e9
    assert round(parameters * 16 / 8 / 1e9, 1) == 14.0
    assert round(parameters * eight_bits / 8 / 1e9, 1) == 7.2
    assert round(parameters * four_bits / 8 / 1e9, 1) == 3.7
    error = [np.sqrt(((w - weights) ** 2).mean()) for w in (eight, four)]
    assert error[0] < 0.01 < 0.05 < error[1]  # fewer bits, larger rounding error


def test_each_tenfold_of_compute_buys_less():
    """Loss = E + A/N^a + B/D^b with 6ND = compute: two published fits of the same runs agree on the shape."""
    fits = [(1.69, 406.4, 410.7, 0.34, 0.28), (1.8172, 482.01, 2085.43, 0.3478, 0.3658)]
    for e, a, b, alpha, beta in fits:
        best = []
        for compute in 10.0 ** np.arange(20, 27):
            n = np.logspace(6, 14, 4000)
            d = compute / (6 * n)
            best.append((e + a / n**alpha + b / d**beta).min())
        gain = -np.diff(best)
        assert (gain > 0).all()
        assert (np.diff(gain) < 0).all()
        assert gain[-1] < gain[0] / 4
        assert best[-1] > e
