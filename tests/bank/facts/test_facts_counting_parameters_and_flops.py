"""The figures of the question on counting parameters and operations, for a model of the shape of Llama 3 8B."""

import numpy as np
import pytest

WIDTH, MIDDLE, LAYERS, HEADS, KV_HEADS, VOCABULARY = 4096, 14336, 32, 32, 8, 128_256
HEAD = WIDTH // HEADS


def attention(kv_heads=KV_HEADS):
    return 2 * WIDTH * WIDTH + 2 * WIDTH * kv_heads * HEAD


def feed_forward():
    return 3 * WIDTH * MIDDLE


def tables():
    return 2 * VOCABULARY * WIDTH


def norms():
    return (2 * LAYERS + 1) * WIDTH


def total(kv_heads=KV_HEADS):
    return LAYERS * (attention(kv_heads) + feed_forward()) + tables() + norms()


def multiplied():
    """The weights that stand in a matrix product for each token: all but the table that is looked up, and the norms."""
    return LAYERS * (attention() + feed_forward()) + VOCABULARY * WIDTH


def scores(tokens):
    """Operations of scores and weighted sums for a token that sees so many, in all layers."""
    return 4 * LAYERS * WIDTH * tokens


def test_a_block_is_one_fifth_attention():
    assert attention() == pytest.approx(41.9e6, abs=0.1e6)
    assert attention(HEADS) == 4 * WIDTH**2
    assert feed_forward() == pytest.approx(176.2e6, abs=0.1e6)
    assert feed_forward() / (feed_forward() + attention()) == pytest.approx(0.81, abs=0.005)


def test_the_sum_is_eight_billion():
    assert total() == 8_030_261_248
    assert tables() == pytest.approx(1.05e9, abs=0.01e9)
    assert tables() / total() == pytest.approx(0.13, abs=0.005)
    assert norms() < 300_000
    assert 2 * total() == pytest.approx(16.06e9, abs=0.01e9)  # bytes at 16 bits


def test_the_classic_rule_misses_new_shapes():
    """12 x layers x width squared: four square matrices and two of four times the width."""
    rule = 12 * LAYERS * WIDTH**2
    assert rule == LAYERS * (4 * WIDTH**2 + 2 * WIDTH * 4 * WIDTH)
    here = LAYERS * (attention() + feed_forward())
    assert rule == pytest.approx(6.44e9, abs=0.01e9)
    assert here == pytest.approx(6.98e9, abs=0.01e9)
    assert total() - rule > 1.5e9


def test_two_operations_for_each_weight():
    """A matrix product counted one by one: each weight is multiplied once and added once for each token."""
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=5), rng.normal(size=(5, 3))
    operations, out = 0, np.zeros(3)
    for j in range(3):
        for i in range(5):
            out[j] += x[i] * w[i, j]
            operations += 2
    assert np.allclose(out, x @ w)
    assert operations == 2 * w.size
    assert 2 * multiplied() == pytest.approx(15.0e9, abs=0.05e9)
    assert total() - multiplied() == pytest.approx(0.53e9, abs=0.01e9)  # the table is looked up, not multiplied


def test_backward_is_twice_forward():
    """For y = x w the backward pass needs two products of the same size: one for x's gradient, one for w's."""
    rng = np.random.default_rng(1)
    x, w, g = rng.normal(size=(7, 5)), rng.normal(size=(5, 3)), rng.normal(size=(7, 3))
    forward = 2 * 7 * 5 * 3
    gx, gw = g @ w.T, x.T @ g
    backward = 2 * 7 * 3 * 5 + 2 * 5 * 7 * 3
    assert backward == 2 * forward
    step = 1e-6
    moved = x.copy()
    moved[2, 3] += step
    assert ((moved @ w - x @ w) * g).sum() / step == pytest.approx(gx[2, 3], rel=1e-4)
    moved = w.copy()
    moved[1, 2] += step
    assert ((x @ moved - x @ w) * g).sum() / step == pytest.approx(gw[1, 2], rel=1e-4)


def test_fifteen_trillion_tokens():
    work = 6 * 8.03e9 * 15e12
    assert work == pytest.approx(7.2e23, rel=0.01)
    seconds = work / (1024 * 989e12 * 0.4)
    assert seconds / 86400 == pytest.approx(21, abs=0.5)
    assert work / (1024 * 989e12) / 86400 == pytest.approx(8.3, abs=0.1)  # at the data sheet's peak, which nobody reaches
    card_hours = work / (989e12 * 0.4) / 3600
    assert card_hours == pytest.approx(0.51e6, abs=0.01e6)
    assert 1.3e6 / card_hours == pytest.approx(2.6, abs=0.1)  # what the model card of Llama 3 8B gives, beside the estimate


def test_where_attention_overtakes():
    per_token = 2 * multiplied()
    assert scores(2048) / per_token == pytest.approx(0.07, abs=0.005)
    assert scores(8192) / per_token == pytest.approx(0.29, abs=0.005)
    assert per_token / (4 * LAYERS * WIDTH) == pytest.approx(28_600, rel=0.01)
    masked = np.mean([scores(seen) for seen in range(1, 8193)])  # with the causal mask, over all tokens of the text
    assert masked / scores(8192) == pytest.approx(0.5, abs=0.001)
    assert 2 * per_token / (4 * LAYERS * WIDTH) == pytest.approx(57_300, rel=0.01)  # so a whole text draws level at twice the length


def test_one_stream_is_bound_by_bytes():
    """One sequence on an H100: 989 trillion operations and 3.35 trillion bytes a second."""
    by_arithmetic = 989e12 / (2 * multiplied())
    by_bytes = 3.35e12 / (2 * multiplied())
    assert by_arithmetic == pytest.approx(66_000, rel=0.01)
    assert by_bytes == pytest.approx(223, abs=2)
    assert by_arithmetic / by_bytes == pytest.approx(295, abs=1)


def test_sharing_keys_and_values_saves_little_of_the_model():
    saved = total(HEADS) - total(KV_HEADS)
    assert saved == pytest.approx(0.81e9, abs=0.01e9)
    assert saved / total(HEADS) == pytest.approx(0.09, abs=0.005)
