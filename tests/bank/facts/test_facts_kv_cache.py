"""The figures and claims of the question on the KV cache, computed."""

import numpy as np
import pytest

WIDTH, HEADS = 24, 3


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def layers(rng, count=3):
    return [[rng.normal(size=(WIDTH, WIDTH)) / np.sqrt(WIDTH) for _ in range(4)] for _ in range(count)]


def run(x, stack, causal=True):
    """Hidden states (length, width) through residual attention layers; also each layer's keys and values."""
    kept = []
    for wq, wk, wv, wo in stack:
        q, k, v = x @ wq, x @ wk, x @ wv
        kept.append((k, v))
        scores = q @ k.T / np.sqrt(WIDTH)
        if causal:
            scores = np.where(np.tril(np.ones(scores.shape, dtype=bool)), scores, -np.inf)
        x = x + softmax(scores) @ v @ wo
    return x, kept


def step(token, stack, cache):
    """One new position, given only the keys and values of the past."""
    for (wq, wk, wv, wo), past in zip(stack, cache, strict=True):
        past[0] = np.vstack([past[0], token @ wk])
        past[1] = np.vstack([past[1], token @ wv])
        token = token + softmax(past[0] @ (token @ wq) / np.sqrt(WIDTH)) @ past[1] @ wo
    return token


def bytes_a_token(layers, kv_heads, head_width, itemsize=2):
    return layers * kv_heads * 2 * np.zeros(head_width, dtype=f"V{itemsize}").nbytes


def test_only_keys_and_values_of_the_past_are_needed():
    rng = np.random.default_rng(0)
    stack, x = layers(rng), rng.normal(size=(9, WIDTH))
    whole, _ = run(x, stack)
    cache = [[k, v] for k, v in run(x[:5], stack)[1]]  # nothing else of the first five positions survives
    for position in range(5, 9):
        assert np.allclose(step(x[position], stack, cache), whole[position])
    assert all(k.shape == v.shape == (9, WIDTH) for k, v in cache)


def test_the_past_stays_valid_only_under_a_causal_mask():
    rng = np.random.default_rng(1)
    stack, x = layers(rng), rng.normal(size=(9, WIDTH))
    for causal in (True, False):
        short, long = run(x[:8], stack, causal)[1], run(x, stack, causal)[1]
        same = [np.allclose(a[0], b[0][:8]) and np.allclose(a[1], b[1][:8]) for a, b in zip(short, long, strict=True)]
        assert all(same) if causal else not any(same[1:])


def test_bytes_a_token_of_two_published_shapes():
    assert bytes_a_token(32, 8, 128) == 128 * 1024  # Llama 3 8B
    assert bytes_a_token(80, 8, 128) == 320 * 1024 == 327_680  # Llama 3 70B
    assert bytes_a_token(80, 64, 128) == 8 * bytes_a_token(80, 8, 128)  # as many key-value heads as query heads


def test_sixteen_long_conversations_weigh_as_much_as_the_model():
    cache = 16 * 8192 * bytes_a_token(32, 8, 128)
    assert cache == 16 * 2**30
    assert cache / (8.03e9 * 2) == pytest.approx(1, abs=0.1)
    assert 8192 * bytes_a_token(32, 8, 128) == 2**30


def test_the_cache_grows_in_proportion_to_the_length():
    rng = np.random.default_rng(2)
    stack = layers(rng)
    sizes = [sum(k.nbytes + v.nbytes for k, v in run(rng.normal(size=(n, WIDTH)), stack)[1]) for n in (8, 16, 32)]
    assert sizes[1] == 2 * sizes[0] and sizes[2] == 2 * sizes[1]


def test_decoding_does_little_arithmetic_for_each_cached_byte():
    width, length = 128, 1000

    def operations_a_byte(queries_a_head):
        scores = 2 * width * length * queries_a_head  # a multiplication and an addition for each number of each key
        mixing = 2 * width * length * queries_a_head
        return (scores + mixing) / (2 * width * length * 2)  # keys and values of two bytes each

    assert operations_a_byte(1) == 1
    assert operations_a_byte(8) == 8
    possible = 989e12 / 3.35e12  # operations a second over bytes a second, NVIDIA H100 SXM
    assert possible == pytest.approx(295, abs=1)


def test_latent_cache_equals_two_and_a_quarter_heads():
    latent, rotary, head_width, heads = 512, 64, 128, 128
    assert latent + rotary == 576
    assert (latent + rotary) / (2 * head_width) == 2.25
    assert 2 * heads * head_width == 32_768
    # A product of two low-rank factors can be absorbed: q (up c) == (up^T q) c, so keys need not be rebuilt.
    rng = np.random.default_rng(3)
    up, q, c = rng.normal(size=(16, 4)), rng.normal(size=16), rng.normal(size=4)
    assert np.allclose(q @ (up @ c), (up.T @ q) @ c)


def test_a_70b_shape_at_full_length_takes_40_gib():
    assert 131_072 * bytes_a_token(80, 8, 128) == 40 * 2**30
    assert 131_072 * bytes_a_token(80, 64, 128) == 320 * 2**30
