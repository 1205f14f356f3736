"""The claims of the question on the causal mask and cross-attention, computed with small random attention."""

import numpy as np
import pytest

RNG = np.random.default_rng(0)
WQ, WK, WV = (RNG.normal(size=(16, 16)) / 4 for _ in range(3))


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attend(target, source, mask=None):
    scores = (target @ WQ) @ (source @ WK).T / 4
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    weights = softmax(scores)
    return weights, weights @ (source @ WV)


def causal(n):
    return np.tril(np.ones((n, n), bool))


def test_the_mask_gives_later_positions_exactly_nothing():
    x = np.random.default_rng(1).normal(size=(6, 16))
    weights, _ = attend(x, x, causal(6))
    assert (weights[~causal(6)] == 0).all()
    assert np.allclose(weights.sum(axis=1), 1)
    assert weights[0].tolist() == [1, 0, 0, 0, 0, 0]  # the first can only look at itself
    assert causal(6).sum() == 6 * 7 / 2


def test_zeroing_after_the_softmax_leaks():
    x = np.random.default_rng(2).normal(size=(6, 16))
    other = x.copy()
    other[5] += 3  # only the last token changes

    def late(x):
        weights, _ = attend(x, x)
        return (weights * causal(6)) @ (x @ WV)

    assert not np.allclose(late(x)[2], late(other)[2])  # the sum below the line contains the future
    weights, _ = attend(x, x)
    assert ((weights * causal(6)).sum(axis=1)[:-1] < 1).all()
    assert np.allclose(attend(x, x, causal(6))[1][2], attend(other, other, causal(6))[1][2])


def test_adding_text_leaves_the_past_as_it_was():
    x = np.random.default_rng(3).normal(size=(9, 16))
    short, long = attend(x[:6], x[:6], causal(6))[1], attend(x, x, causal(9))[1]
    assert np.allclose(short, long[:6])
    assert not np.allclose(attend(x[:6], x[:6])[1], attend(x, x)[1][:6])  # without the mask everything shifts


def test_one_pass_predicts_at_every_position():
    """What a masked pass gives at position i is what a pass over the first i tokens alone would give at its end."""
    x = np.random.default_rng(4).normal(size=(7, 16))
    together = attend(x, x, causal(7))[1]
    for i in range(1, 8):
        assert np.allclose(attend(x[:i], x[:i], causal(i))[1][-1], together[i - 1])


def test_without_the_mask_the_answer_can_be_copied():
    """Tokens as unit vectors with a position each: attention that looks one place ahead reads the next token."""
    tokens = np.random.default_rng(5).integers(0, 8, 10)
    ahead = np.full((10, 10), -50.0)
    ahead[np.arange(9), np.arange(1, 10)] = 50.0  # scores that a head can learn from positions alone
    values = np.eye(8)[tokens]
    seen = softmax(ahead) @ values
    assert (seen[:9].argmax(axis=1) == tokens[1:]).all()
    masked = softmax(np.where(causal(10), ahead, -np.inf)) @ values
    assert (masked[:9].argmax(axis=1) == tokens[1:]).mean() < 0.6


def test_cross_attention_is_rectangular_and_unmasked():
    rng = np.random.default_rng(6)
    target, source = rng.normal(size=(4, 16)), rng.normal(size=(9, 16))
    weights, out = attend(target, source)
    assert weights.shape == (4, 9)
    assert out.shape == (4, 16)
    assert (weights > 0).all()  # the first word of the translation may look at the last of the source
    again = attend(target[:2], source)[1]
    assert np.allclose(again, out[:2])  # each target position asks for itself: the source's keys and values stay the same


def test_a_mask_of_documents_keeps_neighbours_apart():
    """Three documents packed into one row of eight tokens: causal, and within the document only."""
    document = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    mask = causal(8) & (document[:, None] == document[None, :])
    x = np.random.default_rng(7).normal(size=(8, 16))
    packed = attend(x, x, mask)[1]
    for d in range(3):
        alone = x[document == d]
        assert np.allclose(packed[document == d], attend(alone, alone, causal(len(alone)))[1])
    assert not np.allclose(attend(x, x, causal(8))[1][3:5], packed[3:5])
    assert mask.sum() == pytest.approx(6 + 3 + 6)
