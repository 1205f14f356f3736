"""The claims of the question on attention heads, computed with heads built by hand."""

import numpy as np
import pytest

VOCABULARY = 12


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def causal(scores):
    n = len(scores)
    return np.where(np.tril(np.ones((n, n), bool)), scores, -np.inf)


def sequence(seed):
    """Random tokens, the same again without the last: what comes next was seen once."""
    once = np.random.default_rng(seed).permutation(VOCABULARY)
    return np.concatenate([once, once[:-1]]), once[-1]


def previous_token_head(tokens):
    """First layer: each position looks one back and keeps what it finds there."""
    n = len(tokens)
    at = np.arange(n)
    weights = softmax(causal(np.where(at[None, :] == at[:, None] - 1, 50.0, 0.0)))
    return weights @ np.eye(VOCABULARY)[tokens]


def induction_head(tokens, with_first_layer=True):
    """Second layer: look where the token before was the present one, and copy the token that stands there."""
    now = np.eye(VOCABULARY)[tokens]
    keys = previous_token_head(tokens) if with_first_layer else now
    weights = softmax(causal(50 * now @ keys.T))
    return weights, weights @ now


def test_two_heads_in_two_layers_continue_a_repeated_sequence():
    right = alone = 0
    for seed in range(50):
        tokens, answer = sequence(seed)
        right += induction_head(tokens)[1][-1].argmax() == answer
        alone += induction_head(tokens, with_first_layer=False)[1][-1].argmax() == answer
    assert right == 50
    assert alone <= 5  # one layer finds the earlier place of the same token and copies that token


def test_it_looks_far_back_in_one_step():
    tokens, _ = sequence(3)
    weights, _ = induction_head(tokens)
    assert weights[-1].argmax() == len(tokens) - 1 - VOCABULARY + 1
    assert weights[-1].max() > 0.99


def test_a_weight_is_not_a_contribution():
    weights = np.array([0.8, 0.1, 0.1])
    values = np.array([[0.02, 0.0], [1.0, 2.0], [-1.5, 1.0]])
    shares = np.linalg.norm(weights[:, None] * values, axis=1)
    assert weights.argmax() == 0
    assert shares.argmin() == 0  # four fifths of the weight, and the smallest part of the result
    assert shares[1] > 10 * shares[0]


def test_other_weights_can_give_the_same_output():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(9, 4))  # more positions than dimensions: many mixtures are alike
    p = softmax(rng.normal(size=(1, 9)))[0]
    null = np.linalg.svd(np.vstack([values.T, np.ones(9)]))[2][-1]
    step = 0.9 * np.min(p / np.abs(null))
    other = p + step * null
    assert (other >= 0).all()
    assert other.sum() == pytest.approx(1)
    assert np.allclose(p @ values, other @ values)
    assert np.abs(p - other).sum() > 0.1


def test_a_spare_head_hides_what_a_head_does():
    """Two heads know the answer; a later step passes on the larger of the two, so one may go unnoticed."""
    heads = np.array([5.0, 5.0])

    def answer(alive):
        return (heads * alive).max()

    both, first_gone, both_gone = answer(np.array([1, 1])), answer(np.array([0, 1])), answer(np.array([0, 0]))
    assert both - first_gone == 0
    assert both - both_gone == 5  # the effects do not add up


def test_zero_is_not_the_average():
    """A head that adds nearly the same vector everywhere: taking it out by zero does harm, by its mean nearly none."""
    rng = np.random.default_rng(2)
    output = np.array([4.0, 0, 0, 0]) + 0.1 * rng.normal(size=(200, 4))
    by_zero = np.linalg.norm(output, axis=1).mean()
    by_mean = np.linalg.norm(output - output.mean(axis=0), axis=1).mean()
    assert by_zero > 15 * by_mean


def test_pruning_heads_saves_little():
    """A quarter of the query heads of a model of the shape of Llama 3 8B."""
    width, layers, total = 4096, 32, 8_030_261_248
    saved = layers * 2 * width * width / 4
    assert saved / total == pytest.approx(0.033, abs=0.001)
