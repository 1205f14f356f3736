"""The figures and claims of the question on decoding parameters, computed."""

import json

import numpy as np
import pytest


def softmax(logits):
    e = np.exp(np.asarray(logits, dtype=float) - np.max(logits))
    return e / e.sum()


def top_p(probabilities, p):
    """Indices of the fewest most probable entries that reach p."""
    order = np.argsort(-probabilities)
    return set(order[: int(np.searchsorted(np.cumsum(probabilities[order]), p) + 1)].tolist())


def min_p(probabilities, share):
    return set(np.flatnonzero(probabilities >= share * probabilities.max()).tolist())


def test_the_order_of_temperature_and_top_p_changes_the_candidates():
    logits = np.array([4.0, 2.0, 0.0, -2.0, -4.0])
    heated_first = top_p(softmax(logits / 2), 0.9)
    cut_first = top_p(softmax(logits), 0.9)
    assert (len(heated_first), len(cut_first)) == (3, 2)


def test_temperature_raises_odds_to_a_power():
    logits = np.log([0.8, 0.2])
    odds = {t: np.divide(*softmax(logits / t)) for t in (0.5, 1, 2)}
    assert odds == pytest.approx({0.5: 16, 1: 4, 2: 2})
    many = np.random.default_rng(0).normal(size=100)
    for t in (0.1, 1, 10):
        assert (np.argsort(softmax(many / t)) == np.argsort(many)).all()


def test_a_draw_is_the_largest_score_after_noise():
    """Noise of Gumbel's kind, times the temperature, on the scores: taking the largest draws as softmax at that temperature does."""
    rng, logits = np.random.default_rng(1), np.array([2.0, 1.0, 0.0])
    for t in (0.5, 1, 2):
        drawn = (logits + t * rng.gumbel(size=(40_000, 3))).argmax(axis=1)
        assert np.allclose(np.bincount(drawn, minlength=3) / 40_000, softmax(logits / t), atol=0.01)


def test_three_cuts_on_a_sure_and_a_flat_distribution():
    size = 1000
    sure = np.full(size, 0.05 / (size - 1))
    sure[7] = 0.95
    assert top_p(sure, 0.9) == min_p(sure, 0.1) == {7}
    assert len(np.argsort(-sure)[:50]) == 50
    flat = np.full(size, 1 / size)
    assert len(top_p(flat, 0.9)) == pytest.approx(900, abs=1)
    assert len(min_p(flat, 0.1)) == size


def test_penalties_by_their_formulas():
    logits, counts = np.array([3.0, -1.0, 2.0]), np.array([2, 1, 0])
    additive = logits - counts * 0.5 - (counts > 0) * 0.25  # frequency 0.5, presence 0.25
    assert additive == pytest.approx([1.75, -1.75, 2.0])
    scaled = np.where(counts > 0, np.where(logits > 0, logits / 1.5, logits * 1.5), logits)
    assert scaled == pytest.approx([2.0, -1.5, 2.0])
    # The same distribution with all logits moved by a constant is penalised differently: the zero of a logit means nothing.
    moved = logits - 10
    rescaled = np.where(counts > 0, np.where(moved > 0, moved / 1.5, moved * 1.5), moved)
    assert np.allclose(softmax(moved), softmax(logits))
    assert not np.allclose(softmax(rescaled), softmax(scaled), atol=0.05)
    # A closing bracket that has to come again is pushed below a word that would be wrong there.
    bracket, word = 5.0, 4.5
    assert bracket - 3 * 0.5 < word < bracket


def test_a_mask_holds_at_any_temperature():
    """A model whose favourite breaks the format: greedy decoding is invalid, the masked draw is valid at every temperature."""
    pieces = ['{"n": ', "7", "}", " and so on"]
    logits = np.array([[9.0, 0, 0, 0], [0, 2.0, 0, 1], [0, 0, 1.0, 3.0]])
    allowed = [[0], [1], [2]]
    rng = np.random.default_rng(1)

    def valid(text):
        try:
            return bool(json.loads(text))
        except json.JSONDecodeError:
            return False

    assert not valid("".join(pieces[i] for i in logits.argmax(axis=1)))
    for t in (0.1, 1, 10):
        masked = np.full_like(logits, -np.inf)
        for step, may in enumerate(allowed):
            masked[step, may] = logits[step, may]
        text = [pieces[rng.choice(4, p=softmax(row / t))] for row in masked]
        assert valid("".join(text))
        assert not valid("".join(text[:2]))  # cut off by a limit on tokens
