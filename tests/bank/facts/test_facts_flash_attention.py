"""The figures and claims of the question on FlashAttention, computed with a tiled attention in numpy."""

import numpy as np
import pytest

LENGTH, WIDTH, BLOCK = 192, 16, 32


def tensors(seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(LENGTH, WIDTH)) * 2 for _ in range(3))


def plain(q, k, v):
    """(output, weights): the whole matrix at once."""
    scores = q @ k.T / np.sqrt(WIDTH)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights @ v, weights


def tiled(q, k, v):
    """(output, log-sum-exp a row, largest tile held, comparisons made)."""
    out, saved, largest, compared = np.zeros_like(q), np.zeros(len(q)), 0, 0
    for a in range(0, len(q), BLOCK):
        top, total, acc = np.full(BLOCK, -np.inf), np.zeros(BLOCK), np.zeros((BLOCK, WIDTH))
        for b in range(0, len(k), BLOCK):
            scores = q[a : a + BLOCK] @ k[b : b + BLOCK].T / np.sqrt(WIDTH)
            largest, compared = max(largest, scores.size), compared + scores.size
            new = np.maximum(top, scores.max(axis=1))
            e, rescale = np.exp(scores - new[:, None]), np.exp(top - new)
            top, total, acc = new, total * rescale + e.sum(axis=1), acc * rescale[:, None] + e @ v[b : b + BLOCK]
        out[a : a + BLOCK], saved[a : a + BLOCK] = acc / total[:, None], top + np.log(total)
    return out, saved, largest, compared


def test_the_scores_of_one_layer_take_four_gib():
    assert 32 * 8192 * 8192 * np.dtype(np.float16).itemsize == 4 * 2**30


def test_blocks_with_a_running_softmax_give_the_same_output():
    q, k, v = tensors()
    assert np.allclose(tiled(q, k, v)[0], plain(q, k, v)[0], rtol=1e-12)
    # The control: with a softmax of its own for each block the result is wrong.
    alone = np.mean([plain(q, k[b : b + BLOCK], v[b : b + BLOCK])[0] for b in range(0, LENGTH, BLOCK)], axis=0)
    assert not np.allclose(alone, plain(q, k, v)[0], atol=0.1)


def test_memory_grows_with_the_length():
    q, k, v = tensors()
    _, saved, largest, _ = tiled(q, k, v)
    assert largest == BLOCK * BLOCK  # whatever the length
    assert saved.size == LENGTH
    q2, k2, v2 = (np.vstack([x, x]) for x in (q, k, v))
    _, saved2, largest2, _ = tiled(q2, k2, v2)
    assert (saved2.size, largest2) == (2 * LENGTH, largest)


def test_weights_can_be_rebuilt_from_one_number_a_row():
    q, k, v = tensors()
    saved = tiled(q, k, v)[1]
    rebuilt = np.exp(q @ k.T / np.sqrt(WIDTH) - saved[:, None])
    assert np.allclose(rebuilt, plain(q, k, v)[1])


def gradients(q, k, v, kept, product):
    """Of the summed output by q, k and v; every large product goes through ``product``. ``kept``: are the weights stored, or made again?"""
    weights = plain(q, k, v)[1]
    product(q, k.T), product(weights, v)  # the forward pass
    if not kept:
        weights = np.exp(product(q, k.T) / np.sqrt(WIDTH) - tiled(q, k, v)[1][:, None])
    above = np.ones_like(v)
    dv, dp = product(weights.T, above), product(above, v.T)
    ds = weights * (dp - (dp * weights).sum(axis=1, keepdims=True)) / np.sqrt(WIDTH)
    return product(ds, k), product(ds.T, q), dv


def test_two_passes_need_six_large_products_and_seven_with_the_weights_made_again():
    q, k, v = tensors()
    done = []

    def product(a, b):
        done.append((a.shape, b.shape))
        return a @ b

    stored, counted = gradients(q, k, v, True, product), len(done)
    made_again = gradients(q, k, v, False, product)
    assert (counted, len(done) - counted) == (6, 7)
    assert all(np.allclose(a, b) for a, b in zip(stored, made_again, strict=True))
    step = np.zeros_like(k)
    step[3, 5] = 1e-5
    slope = (plain(q, k + step, v)[0].sum() - plain(q, k - step, v)[0].sum()) / 2e-5
    assert made_again[1][3, 5] == pytest.approx(slope, rel=1e-4)  # they are the gradients


def test_the_comparisons_stay_quadratic():
    q, k, v = tensors()
    compared = tiled(q, k, v)[3]
    assert compared == LENGTH**2
    assert tiled(*(np.vstack([x, x]) for x in (q, k, v)))[3] == 4 * compared


def test_parts_over_separate_keys_can_be_joined():
    q, k, v = tensors(1)
    one = q[:1]
    parts = []
    for b in range(0, LENGTH, BLOCK):
        scores = (one @ k[b : b + BLOCK].T / np.sqrt(WIDTH))[0]
        log_sum = np.log(np.exp(scores).sum())
        parts.append((np.exp(scores - log_sum) @ v[b : b + BLOCK], log_sum))
    share = np.exp([log_sum for _, log_sum in parts])
    joined = sum(s * out for s, (out, _) in zip(share / share.sum(), parts, strict=True))
    assert joined == pytest.approx(plain(one, k, v)[0][0])
