"""The figures and claims of the question on sparse and linear attention, computed."""

import numpy as np
import pytest


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def test_pairs_of_full_and_windowed_attention():
    tokens, window = 131_072, 1024
    full = tokens * (tokens + 1) // 2
    local = sum(min(i + 1, window) for i in range(tokens))
    assert full / local == pytest.approx(64, abs=0.5)
    # Five local layers for each global one: what is left of the pairs, and of the cache.
    assert (5 * local + full) / (6 * full) == pytest.approx(0.18, abs=0.005)
    assert (5 * window + tokens) / (6 * tokens) == pytest.approx(0.17, abs=0.005)


def test_layers_of_windows_reach_further():
    """Which positions can influence the last one after some layers with a window of four?"""
    n, window = 40, 4
    sees = np.array([[0 <= i - j < window for j in range(n)] for i in range(n)])
    reach = np.eye(n, dtype=bool)
    spans = []
    for _ in range(5):
        reach = (sees.astype(int) @ reach.astype(int)) > 0
        spans.append(int(reach[-1].sum()))
    assert spans == [4, 7, 10, 13, 16]  # three further places a layer


def test_blocks_and_scattered_tokens():
    """Ten percent of 8,192 tokens, scattered or in blocks of 64: how many blocks of memory have to be read."""
    rng = np.random.default_rng(0)
    scattered = rng.choice(8192, 819, replace=False)
    assert len(set(scattered // 64)) == 128  # every block is touched
    assert 819 // 64 + 1 == 13  # in whole blocks it is a tenth


def test_selection_is_exact_where_it_finds_the_weight():
    rng = np.random.default_rng(1)
    scores, values = rng.normal(size=500), rng.normal(size=(500, 8))
    scores[[17, 300]] += 20  # two positions hold nearly everything
    full = softmax(scores) @ values
    best = np.argsort(scores)[-16:]
    assert np.allclose(softmax(scores[best]) @ values[best], full, atol=1e-6)
    even = rng.normal(size=500) * 0.1  # a task that has to gather from everywhere
    best = np.argsort(even)[-16:]
    gathered, cut = softmax(even) @ values, softmax(even[best]) @ values[best]
    assert np.linalg.norm(gathered - cut) > 2 * np.linalg.norm(gathered)


def test_the_indexer_of_deepseek():
    """Products for one token that sees 131,072: full latent attention against scoring all cheaply and attending to 2,048."""
    seen, chosen = 131_072, 2048
    attention = 128 * (576 + 512)  # heads times widths of score and value in the folded form
    indexer = 64 * 128
    assert attention / indexer == 17
    full, sparse = seen * attention, seen * indexer + chosen * attention
    assert full / sparse == pytest.approx(13.4, abs=0.1)
    assert seen * indexer / sparse == pytest.approx(0.79, abs=0.01)  # most of what is left is the scoring of all tokens


def feature(x):
    return np.where(x > 0, x + 1, np.exp(x))


def test_linear_attention_is_a_recurrence():
    rng = np.random.default_rng(2)
    q, k, v = feature(rng.normal(size=(50, 8))), feature(rng.normal(size=(50, 8))), rng.normal(size=(50, 5))
    weights = np.tril(q @ k.T)
    by_pairs = (weights / weights.sum(axis=1, keepdims=True)) @ v
    state, norm, by_state = np.zeros((8, 5)), np.zeros(8), []
    for i in range(50):
        state, norm = state + np.outer(k[i], v[i]), norm + k[i]
        by_state.append(q[i] @ state / (q[i] @ norm))
    assert np.allclose(by_pairs, by_state)
    assert state.size == 40  # however long the text is
    raw_q, raw_k = rng.normal(size=(50, 8)), rng.normal(size=(50, 8))
    soft = softmax(np.where(np.tril(np.ones((50, 50), bool)), raw_q @ raw_k.T, -np.inf)) @ v
    f = np.tril(feature(raw_q) @ feature(raw_k).T)
    assert np.abs(soft - (f / f.sum(axis=1, keepdims=True)) @ v).max() > 0.5  # it is another attention


def recalled(pairs, width, seed=3):
    """Share of values found again in a state of width by width after so many pairs of random keys and values."""
    rng = np.random.default_rng(seed)
    keys = rng.normal(size=(pairs, width)) / np.sqrt(width)
    values = rng.choice([-1.0, 1.0], size=(pairs, width))
    state = keys.T @ values
    back = keys @ state
    return ((back @ values.T).argmax(axis=1) == np.arange(pairs)).mean()


def test_a_fixed_state_confuses_many_pairs():
    assert recalled(8, 32) > 0.99
    assert recalled(64, 32) > 0.8
    assert recalled(256, 32) < 0.2
    assert recalled(2048, 32) < 0.01
    rng = np.random.default_rng(4)
    keys = rng.normal(size=(2048, 32)) / np.sqrt(32)
    assert (softmax(400 * keys @ keys.T).argmax(axis=1) == np.arange(2048)).mean() > 0.99  # softmax over kept keys still finds them
