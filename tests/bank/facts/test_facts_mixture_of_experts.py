"""The figures and claims of the question on mixtures of experts, computed."""

from math import comb

import numpy as np
import pytest


def mixtral(experts_counted):
    """Weights with so many experts counted in each layer: the published shape of Mixtral 8x7B."""
    width, layers, hidden, kv_width, vocabulary, experts = 4096, 32, 14_336, 8 * 128, 32_000, 8
    expert = 3 * width * hidden  # gate, up and down projections
    attention = 2 * width * width + 2 * width * kv_width
    return layers * (experts_counted * expert + attention + width * experts + 2 * width) + 2 * vocabulary * width + width


def test_mixtral_counts_to_47_and_13_billion():
    total, active = mixtral(8), mixtral(2)
    assert total == pytest.approx(46.7e9, rel=0.001)
    assert active == pytest.approx(12.9e9, rel=0.002)
    assert mixtral(8) - mixtral(0) == pytest.approx(45.1e9, rel=0.001)  # the experts alone
    assert mixtral(0) == pytest.approx(1.6e9, rel=0.01)  # attention 1.3, embeddings and head 0.3
    assert 2 * total == pytest.approx(93.4e9, rel=0.001)  # bytes in 16 bit
    assert total < 8 * 7e9


def route(scores, k):
    return np.argsort(-scores, axis=1)[:, :k]


def test_a_batch_of_sixteen_touches_nearly_all_experts():
    experts, k, tokens = 8, 2, 16
    expected = experts * (1 - (1 - k / experts) ** tokens)
    assert expected == pytest.approx(7.9, abs=0.03)
    rng = np.random.default_rng(0)
    seen = [len(np.unique(route(rng.normal(size=(tokens, experts)), k))) for _ in range(2000)]
    assert np.mean(seen) == pytest.approx(expected, abs=0.05)
    assert tokens * k / experts == 4  # tokens for each expert


def test_a_bias_moved_by_the_load_evens_out_the_experts():
    """Tokens prefer the experts unevenly; a bias that affects only the choice goes up where too few come, and down where too many do."""
    rng = np.random.default_rng(1)
    experts, k = 8, 2
    taste = np.linspace(2, -2, experts)
    bias = np.zeros(experts)

    def loads(bias):
        chosen = route(taste + bias + rng.normal(size=(2000, experts)), k)
        return np.bincount(chosen.ravel(), minlength=experts) / chosen.size

    before = loads(bias)
    for _ in range(400):
        bias -= 0.02 * np.sign(loads(bias) - 1 / experts)
    after = loads(bias)
    assert before.max() > 0.35 and before.min() < 0.01
    assert after.max() < 0.15 and after.min() > 0.10


def test_finer_experts_have_more_combinations():
    assert comb(16, 2) == 120
    assert comb(64, 8) == 4_426_165_368


def test_which_of_the_two_fits_on_80_gb():
    assert 2 * mixtral(8) > 80e9 > 2 * 14e9
    assert mixtral(8) / 2 == pytest.approx(23.4e9, rel=0.01) and 14e9 / 2 == 7e9
