"""The figures and claims of the question on state-space and hybrid models, computed."""

import numpy as np
import pytest


def read(state, query):
    return query @ state


def unit(rng, count, width):
    x = rng.normal(size=(count, width))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_the_state_does_not_grow():
    rng = np.random.default_rng(0)
    state, cache, sizes = np.zeros((8, 8)), [], []
    for token in range(1, 101):
        k, v = rng.normal(size=8), rng.normal(size=8)
        state = 0.9 * state + np.outer(k, v)
        cache.append((k, v))
        if token in (10, 100):
            sizes.append((state.size, 16 * len(cache)))
    assert sizes == [(64, 160), (64, 1600)]


def test_step_by_step_scan_and_chunks_agree():
    rng = np.random.default_rng(1)
    length, width = 12, 5
    decay, k = rng.uniform(0.5, 1, size=length), rng.normal(size=(length, width))
    v, q = rng.normal(size=(length, width)), rng.normal(size=(length, width))
    writes = np.einsum("tk,tv->tkv", k, v)
    state, slow = np.zeros((width, width)), []
    for t in range(length):
        state = decay[t] * state + writes[t]
        slow.append(q[t] @ state)

    a, b = decay.copy(), writes.copy()  # a scan: log2(length) rounds, all positions of a round at once
    step = 1
    while step < length:
        shifted_a, shifted_b = np.ones(length), np.zeros_like(b)
        shifted_a[step:], shifted_b[step:] = a[:-step], b[:-step]
        b, a = b + a[:, None, None] * shifted_b, a * shifted_a
        step *= 2
    assert np.allclose(np.einsum("tk,tkv->tv", q, b), slow)

    chunked, state = [], np.zeros((width, width))  # inside a chunk like attention, a state between chunks
    for start in range(0, length, 4):
        part = slice(start, start + 4)
        gain = np.cumprod(decay[part])
        weights = np.tril(q[part] @ k[part].T * gain[:, None] / gain[None, :])
        chunked.append(weights @ v[part] + gain[:, None] * (q[part] @ state))
        state = gain[-1] * state + ((gain[-1] / gain)[:, None] * k[part]).T @ v[part]
    assert np.allclose(np.vstack(chunked), slow)

    def looped(h, x):  # a classic recurrent step: the bend makes a combined step of two impossible
        return np.tanh(0.8 * h + x)

    assert looped(looped(0.0, 1.0), 1.0) != pytest.approx(np.tanh(0.64 * 0 + 0.8 * 1.0 + 1.0))


def test_without_softmax_the_brackets_can_be_moved():
    rng = np.random.default_rng(2)
    q, k, v = (rng.normal(size=(10, 4)) for _ in range(3))
    pairs = np.tril(q @ k.T) @ v
    state, running = np.zeros((4, 4)), []
    for t in range(10):
        state = state + np.outer(k[t], v[t])
        running.append(q[t] @ state)
    assert np.allclose(pairs, running)
    scores = np.where(np.tril(np.ones((10, 10), dtype=bool)), q @ k.T, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    assert not np.allclose(weights / weights.sum(axis=1, keepdims=True) @ v, running, atol=0.1)


def test_recall_breaks_when_pairs_outnumber_dimensions():
    rng = np.random.default_rng(3)
    width = 64

    def recalled(pairs):
        keys, values = unit(rng, pairs, width), unit(rng, pairs, width)
        got = keys @ (keys.T @ values)
        linear = ((got @ values.T).argmax(axis=1) == np.arange(pairs)).mean()
        attention = ((50 * keys @ keys.T).argmax(axis=1) == np.arange(pairs)).mean()
        return linear, attention

    few, many = recalled(8), recalled(1024)
    assert few == (1.0, 1.0)
    assert many[0] < 0.3 and many[1] == 1.0


def test_a_state_is_worth_some_hundred_tokens_of_cache():
    width = 4096
    state = 2 * width * 128
    cache_a_token = 2 * 8 * 128
    assert state / cache_a_token == 512


def test_the_delta_rule_replaces_where_adding_mixes():
    rng = np.random.default_rng(4)
    key = unit(rng, 1, 6)[0]
    old, new = rng.normal(size=6), rng.normal(size=6)
    added = np.outer(key, old) + np.outer(key, new)
    assert np.allclose(read(added, key), old + new)
    state = np.outer(key, old)
    state = state + np.outer(key, new - read(state, key))
    assert np.allclose(read(state, key), new)


def test_two_pasts_can_end_in_one_state():
    decay = 0.5
    first, second = np.array([4.0, 0.0]), np.array([0.0, 2.0])  # written at step one and at step two
    assert decay * first[0] + first[1] == decay * second[0] + second[1] == 2.0
    assert (first[0], 0.0) != (second[0], 0.0)  # the states before the last step differ, so it cannot be told which it was
