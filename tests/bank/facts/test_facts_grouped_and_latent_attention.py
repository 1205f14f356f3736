"""The figures and claims of the question on grouped and latent attention, computed."""

import numpy as np
import pytest

LATENT, ROTARY, HEAD, HEADS = 512, 64, 128, 128  # DeepSeek-V2


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attend(q, k, v):
    """Heads over shared keys and values: the outputs, and the multiplications and additions of scores and weighted sums."""
    group, operations, out = len(q) // len(k), 0, []
    for head, queries in enumerate(q):
        keys, values = k[head // group], v[head // group]
        scores = queries @ keys.T
        out.append(softmax(scores) @ values)
        operations += 2 * queries.shape[0] * queries.shape[1] * keys.shape[0] + 2 * scores.size * values.shape[1]
    return np.array(out), operations


def test_heads_that_share_keys_still_attend_differently():
    rng = np.random.default_rng(0)
    keys, values = rng.normal(size=(7, 8)), rng.normal(size=(7, 8))
    first, second = rng.normal(size=8), rng.normal(size=8)
    a, b = softmax(keys @ first), softmax(keys @ second)
    assert a.argmax() != b.argmax() and np.abs(a - b).max() > 0.3
    assert not np.allclose(a @ values, b @ values)


def test_operations_for_each_byte_of_cache():
    def for_each_byte(query_heads, key_heads, width=128):
        operations = query_heads * 2 * 2 * width  # score and weighted sum for one cached token
        return operations / (key_heads * 2 * width * 2)  # a key and a value in two bytes a number

    assert for_each_byte(32, 32) == 1
    assert for_each_byte(32, 4) == 8
    assert pytest.approx(295, abs=1) == 989e12 / 3.35e12  # an H100's operations for each byte it can read


def test_grouping_saves_no_scores():
    rng = np.random.default_rng(1)
    q, k, v = rng.normal(size=(32, 6, 8)), rng.normal(size=(32, 6, 8)), rng.normal(size=(32, 6, 8))
    full, grouped = attend(q, k, v), attend(q, k[:8], v[:8])
    assert full[0].shape == grouped[0].shape == (32, 6, 8)
    assert full[1] == grouped[1] and k.size == 4 * k[:8].size  # a quarter of the cache, all of the operations
    assert attend(q[:8], k[:8], v[:8])[1] * 4 == full[1]  # fewer query heads would save some


def test_cached_numbers_of_three_designs():
    assert 2 * HEADS * HEAD == 32_768
    assert LATENT + ROTARY == 576
    assert 2 * 8 * 128 == 2048  # eight groups of width 128
    assert 1 - 576 / 32_768 > 0.98


def test_the_up_projection_can_be_absorbed():
    rng = np.random.default_rng(2)
    heads, head, latent, past = 3, 6, 4, 9
    c = rng.normal(size=(past, latent))
    up_k, up_v = rng.normal(size=(heads, latent, head)), rng.normal(size=(heads, latent, head))
    out, q = rng.normal(size=(heads, head, 10)), rng.normal(size=(heads, head))
    rebuilt = sum(softmax((c @ up_k[h]) @ q[h]) @ (c @ up_v[h]) @ out[h] for h in range(heads))
    folded = sum(softmax(c @ (up_k[h] @ q[h])) @ c @ (up_v[h] @ out[h]) for h in range(heads))
    assert np.allclose(rebuilt, folded)
    keys = [c @ up_k[h] for h in range(heads)]
    assert not np.allclose(keys[0], keys[1])  # heads have keys of their own all the same


def test_a_rotation_in_between_cannot_be_absorbed():
    def turn(angle):
        return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    rng = np.random.default_rng(3)
    up, q = rng.normal(size=(2, 2)), rng.normal(size=2)
    folded = [up.T @ turn(-distance) @ q for distance in (0, 1, 2)]
    assert not np.allclose(folded[0], folded[1]) and not np.allclose(folded[1], folded[2])  # another query for every distance
    assert not np.allclose(up.T @ turn(1), turn(1) @ up.T)


def test_folded_latent_attention_is_near_the_balance_point():
    operations = HEADS * 2 * ((LATENT + ROTARY) + LATENT)  # a dot product of 576, a weighted sum of 512
    assert operations / ((LATENT + ROTARY) * 2) == pytest.approx(242, abs=1)
    unfolded = HEADS * 2 * ((HEAD + ROTARY) + HEAD)
    assert operations / unfolded == pytest.approx(3.4)
    # A long prompt: expanding a key and a value once is paid back after fewer than a thousand queries.
    expand = HEADS * 2 * LATENT * (HEAD + HEAD)
    assert expand / (operations - unfolded) < 1000


def test_what_the_headline_compares():
    v2, dense = 60 * (LATENT + ROTARY), 95 * 8 * 2 * 128  # layers times numbers a layer: DeepSeek-V2, DeepSeek 67B
    assert 1 - v2 / dense == pytest.approx(0.82, abs=0.005)
    assert 1 - v2 * 6 / (dense * 16) == pytest.approx(0.933, abs=0.001)
