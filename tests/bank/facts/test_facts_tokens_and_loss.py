"""The figures and claims of the question on the loss of a language model, computed."""

import math
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest


def log_softmax(logits):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(logits, tokens):
    """Mean of minus the log of the probability of the token that came. Shapes (n, vocabulary), (n,)."""
    return -log_softmax(logits)[np.arange(len(tokens)), tokens].mean()


def test_the_loss_is_the_surprise_at_the_token_that_came():
    rng = np.random.default_rng(0)
    logits, tokens = rng.normal(size=(12, 40)), rng.integers(0, 40, 12)
    target = np.eye(40)[tokens]
    assert cross_entropy(logits, tokens) == pytest.approx(-(target * log_softmax(logits)).sum(axis=1).mean())
    likely = np.exp(log_softmax(logits)[np.arange(12), tokens])
    assert cross_entropy(logits, tokens) == pytest.approx(-math.log(np.prod(likely)) / 12)  # the whole text's, shared out over its tokens
    right = logits.argmax(axis=1)
    assert cross_entropy(logits, right) > 0.5  # every best guess right, and still a loss: it is no count of errors


def test_half_a_quarter_an_eighth():
    given = np.array([0.5, 0.25, 0.125])
    assert np.round(-np.log(given), 2).tolist() == [0.69, 1.39, 2.08]
    loss = -np.log(given).mean()
    assert loss == pytest.approx(1.386, abs=0.001)
    assert math.exp(loss) == pytest.approx(4)
    assert loss / math.log(2) == pytest.approx(2)  # bits
    assert -math.log(given.mean()) < loss  # the mean of the probabilities is another thing


def test_perplexity_counts_equally_likely_choices():
    for choices in (2, 10, 5000):
        assert math.exp(cross_entropy(np.zeros((7, choices)), np.zeros(7, int))) == pytest.approx(choices)


def test_a_confident_error_costs_ten_times_a_coin_toss():
    assert -math.log(0.5) == pytest.approx(0.69, abs=0.005)
    assert -math.log(0.001) == pytest.approx(6.9, abs=0.01)
    assert math.log(0.001) / math.log(0.5) == pytest.approx(10, abs=0.05)
    honest, bold = [0.5] * 100, [0.99] * 98 + [1e-60] * 2  # right 98 times of 100 and twice impossibly sure
    assert -np.log(bold).mean() > -np.log(honest).mean()


def test_an_untrained_model_starts_at_the_log_of_the_vocabulary():
    rng = np.random.default_rng(1)
    tokens = rng.integers(0, 50_257, 20)
    assert cross_entropy(0.02 * rng.normal(size=(20, 50_257)), tokens) == pytest.approx(math.log(50_257), abs=0.05)
    assert math.log(50_257) == pytest.approx(10.8, abs=0.05)
    assert math.log(128_256) == pytest.approx(11.8, abs=0.05)


RULES = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.3, 0.6, 0.1]])  # a language of three tokens: what follows what


def written(rng, n):
    tokens = [0]
    for _ in range(n):
        tokens.append(rng.choice(3, p=RULES[tokens[-1]]))
    return np.array(tokens)


def test_the_text_itself_sets_a_floor():
    stationary = np.linalg.matrix_power(RULES, 200)[0]
    floor = -(stationary[:, None] * RULES * np.log(RULES)).sum()
    assert floor > 0.5
    text = written(np.random.default_rng(2), 20_000)
    perfect = cross_entropy(np.log(RULES)[text[:-1]], text[1:])
    assert perfect == pytest.approx(floor, abs=0.02)
    for rules in (np.full((3, 3), 1 / 3), np.eye(3) * 0.97 + 0.01, 0.5 * RULES + 0.5 / 3):
        assert cross_entropy(np.log(rules)[text[:-1]], text[1:]) > perfect


def test_one_pass_gives_a_prediction_at_every_position():
    """Under a causal mask what is said at a position does not depend on later tokens, so a text of n tokens is n - 1 exercises at once."""
    rng = np.random.default_rng(3)
    embed, wq, wk, wv, head = (rng.normal(size=shape) / 4 for shape in ((30, 16), (16, 16), (16, 16), (16, 16), (16, 30)))

    def logits(tokens):
        x = embed[tokens]
        scores = np.where(np.tril(np.ones((len(tokens), len(tokens)), bool)), (x @ wq) @ (x @ wk).T / 4, -np.inf)
        return (x + np.exp(log_softmax(scores)) @ (x @ wv)) @ head

    text = rng.integers(0, 30, 9)
    together = logits(text)
    for n in range(1, 9):
        assert np.allclose(together[n - 1], logits(text[:n])[-1])
    other = text.copy()
    other[5:] = (other[5:] + 1) % 30
    assert np.allclose(together[:5], logits(other)[:5])
    assert not np.allclose(together[5:], logits(other)[5:])


def test_the_gradient_is_what_was_predicted_minus_what_came():
    rng = np.random.default_rng(4)
    logits, token, small = rng.normal(size=10), 3, 1e-6
    numeric = np.array(
        [(cross_entropy((logits + small * e)[None], [token]) - cross_entropy(logits[None], [token])) / small for e in np.eye(10)]
    )
    exact = np.exp(log_softmax(logits)) - np.eye(10)[token]
    assert np.allclose(numeric, exact, atol=1e-4)
    assert exact[token] < 0 and (np.delete(exact, token) > 0).all()  # a step down the slope raises the right token and lowers all others


def test_another_tokenizer_is_another_ruler():
    """The same probability for the same text, counted in letters and in pairs of letters."""
    rng = np.random.default_rng(5)
    text = written(rng, 10_000)[1:]
    log_probability = np.log(RULES)[text[:-1], text[1:]].sum()
    loss_letters, loss_pairs = -log_probability / 10_000, -log_probability / 5_000
    assert math.exp(loss_pairs) == pytest.approx(math.exp(loss_letters) ** 2)
    assert loss_letters / math.log(2) * 10_000 == loss_pairs / math.log(2) * 5_000  # bits for the text, so bits a byte too
    easy = np.zeros(1000, int)  # another text, the same model
    assert -np.log(RULES)[easy[:-1], easy[1:]].mean() < 0.5 < loss_letters


def code_length(tokens):
    """Bits that arithmetic coding needs: narrow an interval by each token's probability, then name a point in it."""
    low, width = Fraction(0), Fraction(1)
    exact = [[Fraction(str(p)) for p in row] for row in RULES]
    for before, token in pairwise(tokens):
        low += width * sum(exact[before][:token], Fraction(0))
        width *= exact[before][token]
    bits = 0
    while Fraction(math.ceil(low * 2**bits), 2**bits) + Fraction(1, 2**bits) > low + width:
        bits += 1
    return bits


def test_the_loss_in_bits_is_the_length_after_compression():
    text = written(np.random.default_rng(6), 300).tolist()
    bits = -np.log2(RULES[text[:-1], text[1:]]).sum()
    assert bits <= code_length(text) <= bits + 2
    assert bits < 300 * math.log2(3)  # shorter than without a model


def test_the_lowest_loss_repeats_the_common_error():
    said = ["Sydney"] * 7 + ["Canberra"] * 3  # what texts say the capital of Australia is
    counts = Counter(said)
    choices = np.linspace(0.01, 0.99, 99)
    losses = [-(counts["Sydney"] * math.log(p) + counts["Canberra"] * math.log(1 - p)) / 10 for p in choices]
    assert choices[int(np.argmin(losses))] == pytest.approx(0.7)


def law(parameters, tokens):
    """Besiroglu et al. 2024, Chinchilla Scaling: A replication attempt (the refitted law)."""
    return 1.8172 + 482.01 / parameters**0.3478 + 2085.43 / tokens**0.3658


def test_a_hundred_times_the_compute_is_a_fifth_of_a_nat():
    small, large = law(7e9, 140e9), law(70e9, 1.4e12)
    assert small - large == pytest.approx(0.2, abs=0.01)
    assert pytest.approx(100) == (6 * 70e9 * 1.4e12) / (6 * 7e9 * 140e9)
    assert math.exp(small) / math.exp(large) == pytest.approx(1.22, abs=0.01)


def test_the_curve_falls_fast_and_then_slowly():
    at = {tokens: law(7e9, tokens) for tokens in (1e9, 2e9, 100e9, 101e9, 1e12, 2e12)}
    assert at[1e9] - at[2e9] > 0.2
    assert at[100e9] - at[101e9] < 0.001  # the same billion of tokens, later
    assert 0 < at[1e12] - at[2e12] < 0.03
