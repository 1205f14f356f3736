"""The figures and claims of the question on generation, computed."""

import itertools

import numpy as np
import pytest


def softmax(logits, temperature=1.0):
    z = np.asarray(logits, dtype=float) / temperature
    e = np.exp(z - z.max())
    return e / e.sum()


def nucleus(probabilities, p):
    """The fewest most probable entries whose probabilities reach p."""
    order = np.argsort(probabilities)[::-1]
    count = int(np.searchsorted(np.cumsum(probabilities[order]), p) + 1)
    return order[:count]


def test_temperature_figures():
    top = {t: softmax([2, 1, 0], t)[0] for t in (0.5, 1, 2)}
    assert top[0.5] == pytest.approx(0.87, abs=0.005)
    assert top[1] == pytest.approx(0.67, abs=0.006)
    assert top[2] == pytest.approx(0.51, abs=0.005)

    def entropy(q):
        return -(q * np.log(q)).sum()

    entropies = [entropy(softmax([2, 1, 0], t)) for t in (0.25, 0.5, 1, 2, 4)]
    assert entropies == sorted(entropies)  # higher temperature, flatter
    assert np.allclose(softmax([2, 1, 0], 1.0), np.exp([2, 1, 0]) / np.exp([2, 1, 0]).sum())


def test_top_p_keeps_a_varying_number_of_tokens():
    vocabulary = 1000
    sure = np.full(vocabulary, 0.05 / (vocabulary - 1))
    sure[0] = 0.95
    unsure = np.full(vocabulary, 1 / vocabulary)
    zipf = 1 / np.arange(1, vocabulary + 1)
    zipf /= zipf.sum()
    sizes = [len(nucleus(q, 0.9)) for q in (sure, zipf, unsure)]
    assert sizes[0] == 1  # one token, not 900
    assert 300 < sizes[1] < 700
    assert 899 <= sizes[2] <= 901  # only a flat distribution makes the two readings agree
    for q in (sure, zipf, unsure):
        kept = nucleus(q, 0.9)
        assert q[kept].sum() >= 0.9 - 1e-9
        assert q[kept[:-1]].sum() < 0.9 + 1e-9  # smallest such set


def test_greedy_can_miss_the_most_probable_sequence():
    first = {"a": 0.6, "b": 0.4}
    second = {"a": {"x": 0.5, "y": 0.5}, "b": {"x": 0.95, "y": 0.05}}
    greedy_first = max(first, key=first.get)
    greedy = (greedy_first, max(second[greedy_first], key=second[greedy_first].get))
    joint = {(f, s): first[f] * second[f][s] for f, s in itertools.product("ab", "xy")}
    assert sum(joint.values()) == pytest.approx(1)
    best = max(joint, key=joint.get)
    assert best != greedy
    assert joint[best] > joint[greedy]


def test_order_of_sums_can_change_the_greedy_choice():
    """One logit as a sum of three float32 contributions, in two orders; the rival logit is fixed."""
    contributions = np.array([1e8, 1.0, -1e8], dtype=np.float32)
    rival = np.float32(0.5)
    choices = set()
    for order in itertools.permutations(range(3)):
        logit = np.float32(0)
        for i in order:
            logit = np.float32(logit + contributions[i])
        choices.add(int(np.argmax([logit, rival])))
    assert choices == {0, 1}

    # and with ordinary numbers: the sum of a row depends on how it is split
    rng = np.random.default_rng(0)
    differing = 0
    for _ in range(50):
        row = rng.standard_normal(4096).astype(np.float32)
        one = np.float32(0)
        for block in row.reshape(4, -1):
            one = np.float32(one + block.sum(dtype=np.float32))
        other = np.float32(0)
        for block in row.reshape(64, -1):
            other = np.float32(other + block.sum(dtype=np.float32))
        differing += one != other
    assert differing > 0


def test_kv_cache_gives_the_same_output_for_less_work():
    rng = np.random.default_rng(1)
    length, width = 100, 16
    x = rng.standard_normal((length, width))
    wq, wk, wv = (rng.standard_normal((width, width)) / 4 for _ in range(3))

    def attend(query, keys, values):
        return softmax(keys @ query / np.sqrt(width)) @ values

    recomputed, work_recomputed = [], 0
    for n in range(1, length + 1):
        keys, values = x[:n] @ wk, x[:n] @ wv
        work_recomputed += n
        recomputed.append(attend(x[n - 1] @ wq, keys, values))

    cached, work_cached = [], 0
    keys, values = np.empty((0, width)), np.empty((0, width))
    for n in range(1, length + 1):
        keys = np.vstack([keys, x[n - 1] @ wk])
        values = np.vstack([values, x[n - 1] @ wv])
        work_cached += 1
        cached.append(attend(x[n - 1] @ wq, keys, values))

    assert np.allclose(recomputed, cached)
    assert (work_cached, work_recomputed) == (100, 5050)
    assert keys.shape[0] == length  # the price: memory that grows with the text
