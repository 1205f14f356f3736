"""The figures and claims of the question on data sets for instruction tuning, computed in small."""

from itertools import pairwise

import numpy as np
import pytest

IGNORED = -100  # the label that PyTorch's cross-entropy leaves out by default


def log_softmax(x):
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


class Tiny:
    """One causal attention layer over embeddings, vocabulary 20. ``walls``: which example of a packed sequence a token belongs to."""

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.embed, self.head = rng.normal(size=(20, 8)), rng.normal(size=(8, 20))
        self.wq, self.wk, self.wv = (rng.normal(size=(8, 8)) / 3 for _ in range(3))

    def logits(self, tokens, walls=None):
        x = self.embed[tokens]
        seen = np.tril(np.ones((len(tokens), len(tokens)), bool))
        if walls is not None:
            seen &= np.equal.outer(walls, walls)
        scores = np.where(seen, (x @ self.wq) @ (x @ self.wk).T / 3, -np.inf)
        return (x + np.exp(log_softmax(scores)) @ (x @ self.wv)) @ self.head


def loss(model, tokens, labels):
    """Mean cross-entropy over the labels that count; ``labels[i]`` is what should follow ``tokens[i]``."""
    counted = labels != IGNORED
    return -log_softmax(model.logits(tokens))[np.flatnonzero(counted), labels[counted]].mean()


PROMPT, ANSWER, END = np.array([3, 7, 7, 2]), np.array([11, 12, 13]), 19
TEXT = np.concatenate([PROMPT, ANSWER, [END]])
MASKED = np.concatenate([np.full(len(PROMPT) - 1, IGNORED), ANSWER, [END]])  # what follows tokens 0 … 6


def test_a_masked_prompt_counts_nothing_and_is_read_all_the_same():
    model, given = Tiny(), TEXT[:-1]
    everything = TEXT[1:]
    assert (MASKED != IGNORED).sum() == len(ANSWER) + 1  # the answer and the end mark
    other_words = everything.copy()
    other_words[0] = 5
    assert loss(model, given, everything) != pytest.approx(loss(model, given, other_words))
    masked_other = MASKED.copy()
    masked_other[0] = IGNORED
    assert loss(model, given, MASKED) == loss(model, given, masked_other)
    another_prompt = given.copy()
    another_prompt[1] = 9
    assert loss(model, another_prompt, MASKED) != pytest.approx(loss(model, given, MASKED))  # read: it changes the loss on the answer
    before = loss(model, given, MASKED)
    model.embed[3] += 0.01  # token 3 stands in the prompt only: the loss depends on its embedding, so training changes it
    assert abs(loss(model, given, MASKED) - before) > 1e-6


def test_long_answers_weigh_more_when_tokens_are_averaged():
    lengths = np.array([900] + [10] * 9)
    by_token = lengths[0] / lengths.sum()
    assert by_token == pytest.approx(0.91, abs=0.005)
    assert 1 / len(lengths) == 0.1  # its share when each example counts the same


def test_packed_examples_need_a_wall():
    model = Tiny()
    first, second = np.array([1, 2, 3, END]), np.array([4, 5, 6, END])
    packed, walls = np.concatenate([first, second]), np.repeat([0, 1], 4)
    other = packed.copy()
    other[:3] = [8, 9, 10]
    alone = model.logits(second)
    assert np.allclose(model.logits(packed, walls)[4:], alone)
    assert np.allclose(model.logits(other, walls)[4:], alone)
    assert not np.allclose(model.logits(packed)[4:], alone)  # without the wall the second example reads the first


def follow(pairs, steps=400):
    """A table of what follows what, fitted by gradient descent to (token, next token) pairs."""
    counts = np.zeros((20, 20))
    np.add.at(counts, tuple(np.array(pairs).T), 1)
    table = np.zeros((20, 20))
    for _ in range(steps):
        table -= (counts.sum(axis=1, keepdims=True) * np.exp(log_softmax(table)) - counts) / len(pairs)
    return np.exp(log_softmax(table))


def test_without_loss_on_the_end_mark_it_does_not_learn_to_stop():
    answers = [[11, 12, 13, END], [14, 12, 13, END]]
    pairs = [(a, b) for answer in answers for a, b in pairwise(answer)]
    with_end = follow(pairs)
    without = follow([(a, b) for a, b in pairs if b != END])  # as when padding is the same token and all of it is masked
    assert with_end[13, END] > 0.9
    assert without[13, END] == pytest.approx(0.05, abs=0.01)  # as likely as any other of the twenty


def test_contradicting_examples_teach_a_coin_toss():
    for copies in (5, 500):
        pairs = [(1, 11)] * copies + [(1, 12)] * copies  # the same request, answered formally and casually
        table = follow(pairs, steps=200)
        assert table[1, 11] == pytest.approx(0.5, abs=0.05)
        assert table[1, 12] == pytest.approx(0.5, abs=0.05)


def rule(x):
    return np.where(x[:, :5].sum(axis=1) > 0, 1.0, -1.0)


def fitted(x, y, steps=300):
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        w += 0.5 * ((1 / (1 + np.exp(y * (x @ w)))) * y) @ x / len(y) - 0.001 * w
    return w


def test_four_hundred_checked_beat_two_thousand_with_a_habitual_error():
    rng = np.random.default_rng(1)
    fresh = rng.normal(size=(4000, 20))

    def right(w):
        return np.mean(np.sign(fresh @ w) == rule(fresh))

    few, many = rng.normal(size=(400, 20)), rng.normal(size=(2000, 20))
    flawed = rule(many)
    careless = many[:, 7] > 0.5  # one kind of request is always answered with yes
    flawed[careless] = 1.0
    assert careless.mean() == pytest.approx(0.31, abs=0.03)
    assert right(fitted(few, rule(few))) > right(fitted(many, flawed)) + 0.05


def test_each_doubling_brings_less_and_the_last_one_tells():
    rng = np.random.default_rng(2)
    fresh = rng.normal(size=(4000, 40))
    sizes = [50, 100, 200, 400, 800, 1600]
    errors = []
    for n in sizes:
        runs = []
        for _ in range(6):
            x = rng.normal(size=(n, 40))
            runs.append(np.mean(np.sign(fresh @ fitted(x, rule(x), 200)) != rule(fresh)))
        errors.append(np.mean(runs))
    gains = -np.diff(errors)
    assert (gains > 0).all()
    assert gains[0] > 3 * gains[-1]


def test_repeats_shift_the_weights():
    pairs = [(1, 11)] + [(1, 12)] * 9  # one answer once, another in nine near copies
    assert follow(pairs)[1, 12] == pytest.approx(0.9, abs=0.02)
