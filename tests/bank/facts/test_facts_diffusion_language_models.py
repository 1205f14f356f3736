"""The figures and claims of the question on diffusion language models, computed."""

import numpy as np
import pytest


def test_tokens_of_one_step_do_not_know_of_each_other():
    """Two cities, each half of the time; both blanks filled in one step are drawn separately."""
    rng = np.random.default_rng(0)
    first, second = ["New", "Los"], {"New": "York", "Los": "Angeles"}
    at_once = [(rng.choice(first), rng.choice(["York", "Angeles"])) for _ in range(4000)]
    assert np.mean([second[a] != b for a, b in at_once]) == pytest.approx(0.5, abs=0.03)
    in_turn = [(a, second[a]) for a in rng.choice(first, 4000)]
    assert all(second[a] == b for a, b in in_turn)


def test_sure_tokens_can_be_filled_together():
    """Where every blank is nearly certain by itself, drawing them together does little harm."""
    assert pytest.approx(0.077, abs=0.001) == 1 - 0.99**8
    assert pytest.approx(0.942, abs=0.001) == 1 - 0.7**8


def test_blanks_that_do_not_depend_on_each_other_lose_nothing():
    """A name and a day, both wide open and unconnected: drawn apart they have the frequencies that the pairs should have."""
    rng = np.random.default_rng(3)
    pairs = np.outer([0.5, 0.3, 0.2], [0.6, 0.4])  # independent: the table is the product of its margins
    names, days = rng.choice(3, 40_000, p=pairs.sum(axis=1)), rng.choice(2, 40_000, p=pairs.sum(axis=0))
    seen = np.bincount(2 * names + days, minlength=6).reshape(3, 2) / 40_000
    assert np.allclose(seen, pairs, atol=0.01)


def test_the_share_that_is_hidden_varies():
    """A share drawn evenly from nought to one, then each token hidden with it: every number of blanks is equally common."""
    rng = np.random.default_rng(1)
    hidden = (rng.random((40_000, 8)) < rng.random((40_000, 1))).sum(axis=1)
    shares = np.bincount(hidden, minlength=9) / 40_000
    assert np.allclose(shares, 1 / 9, atol=0.01)
    bert = (rng.random((40_000, 8)) < 0.15).sum(axis=1)  # fifteen percent always: nearly empty texts never occur
    assert (bert >= 7).mean() < 0.001


def passes(length, each):
    """Passes until all blanks are filled, so many in each pass."""
    left, count = length, 0
    while left > 0:
        left, count = left - each, count + 1
    return count


def test_the_number_of_steps_is_a_dial():
    assert passes(512, 1) == 512  # one at a time: as many as writing from left to right
    assert passes(512, 8) == 64
    assert passes(512, 512) == 1


def seconds(tokens, weights=8e9, peak=989e12, bandwidth=3.35e12):
    """A pass of a model with 16-bit weights on an H100, attention left out."""
    return max(2 * weights / bandwidth, 2 * weights * tokens / peak)


def test_quick_for_one_and_dear_for_many():
    one_after_another = 512 * seconds(1)
    diffusion = 64 * seconds(512)
    assert one_after_another == pytest.approx(2.45, abs=0.01)
    assert diffusion == pytest.approx(0.53, abs=0.01)
    assert one_after_another / diffusion == pytest.approx(4.6, abs=0.1)
    # Sixty-four users at once on the same card.
    crowd, crowd_diffusion = 512 * seconds(64), 64 * seconds(512 * 64)
    assert crowd_diffusion / crowd == pytest.approx(14, abs=0.5)


def test_work_is_steps_times_length():
    assert (64 * 512) / 512 == 64  # positions computed, against one each with a cache
    blocks = 16 * 8 * 32  # 16 blocks of 32 tokens, eight steps each, only the block is computed
    assert blocks / 512 == 8


def test_looking_both_ways_spoils_the_ordinary_cache():
    """Outputs of earlier positions change when a later blank is filled: keys and values of the next layer change with them."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(6, 8))
    later = x.copy()
    later[5] += 1

    def layer(x, causal):
        scores = x @ x.T
        if causal:
            scores = np.where(np.tril(np.ones((6, 6), bool)), scores, -np.inf)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return (e / e.sum(axis=1, keepdims=True)) @ x

    assert np.allclose(layer(x, True)[:5], layer(later, True)[:5])
    assert not np.allclose(layer(x, False)[:5], layer(later, False)[:5])
