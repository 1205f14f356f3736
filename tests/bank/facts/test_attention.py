"""The figures and claims of the question on attention, computed with a small attention layer."""

import numpy as np
import pytest

RNG = np.random.default_rng(7)
WIDTH = 16


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def matrices(rng, count=3, width=WIDTH):
    return [rng.normal(size=(width, width)) / np.sqrt(width) for _ in range(count)]


def attend(x, weights, causal=False):
    q, k, v = (x @ w for w in weights)
    scores = q @ k.T / np.sqrt(k.shape[-1])
    if causal:
        scores = np.where(np.tril(np.ones(scores.shape, dtype=bool)), scores, -np.inf)
    return softmax(scores) @ v


def feed_forward(x, w1, w2):
    return np.maximum(x @ w1, 0) @ w2


def block(x, weights, attention=True):
    *qkv, w1, w2 = weights
    if attention:
        x = x + attend(x, qkv, causal=True)
    return x + feed_forward(x, w1, w2)


def test_scaling_keeps_softmax_soft():
    d = 64
    q, k = RNG.normal(size=(20_000, d)), RNG.normal(size=(20_000, d))
    dots = (q * k).sum(axis=1)
    assert dots.var() == pytest.approx(d, rel=0.1)
    assert (dots / np.sqrt(d)).var() == pytest.approx(1, rel=0.1)
    rows = dots.reshape(-1, 50)  # fifty keys for each query

    def slope(p):  # the sum of the softmax's own derivatives p(1 - p)
        return (p * (1 - p)).sum(axis=1).mean()

    raw, scaled = softmax(rows), softmax(rows / np.sqrt(d))
    assert raw.max(axis=1).mean() > 0.75 > 0.3 > scaled.max(axis=1).mean()
    assert slope(raw) < slope(scaled) / 2


def test_causal_mask_hides_the_future():
    weights = matrices(RNG)
    x = RNG.normal(size=(8, WIDTH))
    changed = x.copy()
    changed[5:] = RNG.normal(size=(3, WIDTH))
    assert np.allclose(attend(x, weights, causal=True)[:5], attend(changed, weights, causal=True)[:5])
    assert not np.allclose(attend(x, weights)[:5], attend(changed, weights)[:5])


def test_attention_without_positions_ignores_order():
    weights = matrices(RNG)
    x = RNG.normal(size=(8, WIDTH))
    order = np.array([3, 0, 7, 1, 6, 2, 5, 4])
    assert np.allclose(attend(x[order], weights), attend(x, weights)[order])
    # The causal mask breaks the symmetry, and so do positions added to the inputs.
    assert not np.allclose(attend(x[order], weights, causal=True), attend(x, weights, causal=True)[order])
    positions = RNG.normal(size=x.shape)
    assert not np.allclose(attend(x[order] + positions, weights), attend(x + positions, weights)[order])


def comparisons(length, window=None):
    """How many query-key pairs a causal loop looks at, one by one."""
    seen = 0
    for query in range(length):
        first = 0 if window is None else max(0, query - window + 1)
        for _ in range(first, query + 1):
            seen += 1
    return seen


def test_scores_grow_with_the_square_of_the_length():
    assert comparisons(2048) / comparisons(1024) == pytest.approx(4, rel=0.01)
    assert comparisons(1024) / comparisons(512) == pytest.approx(4, rel=0.01)
    assert comparisons(2048, window=32) / comparisons(1024, window=32) == pytest.approx(2, rel=0.05)  # a local view: linear
    # One layer of width d, multiplications per token: the projections and the feed-forward net cost the same at any
    # length, the scores and the weighted sum grow with it, so at long context they are the larger part.
    d = 4096
    fixed = 4 * d * d + 2 * 4 * d * d

    def attended(length):
        return 2 * d * comparisons(length) / length

    assert attended(1024) < fixed / 10
    assert 2 * d * (200_000 + 1) / 2 > fixed  # the mean number of keys at 200,000 tokens
    assert comparisons(2000) == 2000 * (2000 + 1) // 2  # the mean used in the line before


def test_one_masked_pass_equals_every_prefix():
    layers = [matrices(RNG, 5) for _ in range(3)]
    x = RNG.normal(size=(10, WIDTH))

    def run(h):
        for layer in layers:
            h = block(h, layer)
        return h

    whole = run(x)
    for length in range(1, 11):
        assert np.allclose(whole[length - 1], run(x[:length])[-1])


def test_without_attention_only_the_current_token_counts():
    layers = [matrices(RNG, 5) for _ in range(3)]
    a, b = RNG.normal(size=(6, WIDTH)), RNG.normal(size=(6, WIDTH))
    b[-1] = a[-1]  # two texts that share nothing but the last token

    def last(h, attention):
        for layer in layers:
            h = block(h, layer, attention)
        return h[-1]

    assert np.allclose(last(a, attention=False), last(b, attention=False))
    assert not np.allclose(last(a, attention=True), last(b, attention=True))


def test_kv_cache_is_two_gib():
    layers, heads, head_width, tokens = 32, 32, 128, 4096

    def gib(kept_heads, length):
        one_layer_one_token = 2 * np.zeros((kept_heads, head_width), dtype=np.float16).nbytes  # a key and a value
        return layers * length * one_layer_one_token / 2**30

    assert gib(heads, tokens) == 2
    assert gib(8, tokens) == 0.5  # grouped-query attention with 8 key-value heads for 32 query heads
    assert gib(heads, 2 * tokens) == 2 * gib(heads, tokens)  # in proportion to the length, not to its square


def test_tiled_softmax_is_exact():
    scores, values = RNG.normal(size=512) * 5, RNG.normal(size=(512, WIDTH))
    expected = softmax(scores) @ values
    top, total, out = -np.inf, 0.0, np.zeros(WIDTH)
    for start in range(0, 512, 64):  # a running maximum and a running sum: no full row is ever held
        s, v = scores[start : start + 64], values[start : start + 64]
        new_top = max(top, s.max())
        rescale, e = np.exp(top - new_top), np.exp(s - new_top)
        top, total, out = new_top, total * rescale + e.sum(), out * rescale + e @ v
    assert np.allclose(out / total, expected, rtol=1e-12)


def test_heads_split_the_width():
    width = 512

    def parameters(heads):
        per_head = width // heads
        qkv = [np.zeros((width, per_head)) for _ in range(3 * heads)]
        output = np.zeros((heads * per_head, width))
        return sum(w.size for w in qkv) + output.size

    assert parameters(1) == parameters(8) == parameters(16) == 4 * width * width


def test_heads_of_a_set_width_add_parameters():
    """Where the width of a head is set apart from the model's, as in Qwen3 4B (2,560; 32 heads of 128; 8 of keys and values)."""
    width, head = 2560, 128

    def parameters(heads, of_keys):
        return width * head * (2 * heads + 2 * of_keys)

    assert 32 * head == 4096 > width
    assert parameters(32, 8) == 26_214_400
    assert parameters(64, 16) == 2 * parameters(32, 8)
    assert parameters(33, 8) - parameters(32, 8) == 2 * width * head
