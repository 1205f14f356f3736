"""The figures and claims of the question on mixing training data, computed."""

import numpy as np
import pytest


def test_rates_and_passes():
    total, sizes = 2e12, {"web": 5e12, "encyclopedia": 10e9}
    rates = {"web": 0.95, "encyclopedia": 0.05}
    passes = {name: rates[name] * total / sizes[name] for name in sizes}
    assert passes["encyclopedia"] == 10 and passes["web"] == pytest.approx(0.38)
    assert rates["encyclopedia"] > 20 * sizes["encyclopedia"] / sum(sizes.values())


def test_the_exponent_lifts_small_languages():
    def share(sizes, exponent):
        lifted = np.array(sizes, dtype=float) ** exponent
        return lifted[-1] / lifted.sum()

    assert share([1000, 1], 0.3) == pytest.approx(0.11, abs=0.005)
    assert share([990, 10], 0.3) == pytest.approx(0.2, abs=0.005)
    assert share([990, 10], 1) == 0.01 and share([990, 10], 0) == 0.5
    # The price: of a trillion tokens in all, a source of a billion would be read more than a hundred times.
    assert share([1000, 1], 0.3) * 1e12 / 1e9 > 100


def test_a_regression_finds_a_better_mixture():
    rng = np.random.default_rng(0)
    gain, clash = np.array([1.0, 0.6, 0.8]), 1.5

    def loss(mixture, noise):
        """Lower is better: each source helps with falling returns, and two of them need each other."""
        useful = (gain * np.sqrt(mixture)).sum() + clash * mixture[..., 0] * mixture[..., 1]
        return 3 - useful + noise * rng.normal()

    mixtures = rng.dirichlet(np.ones(3), size=45)
    losses = np.array([loss(m, 0.01) for m in mixtures])

    def features(m):
        a, b, c = m.T
        return np.stack([np.ones_like(a), a, b, c, a * b, a * c, b * c, np.sqrt(a), np.sqrt(b), np.sqrt(c)], axis=1)

    fitted, *_ = np.linalg.lstsq(features(mixtures[:40]), losses[:40], rcond=None)
    left_out = features(mixtures[40:]) @ fitted
    assert np.abs(left_out - losses[40:]).max() < 0.1
    grid = rng.dirichlet(np.ones(3), size=5000)
    chosen = grid[(features(grid) @ fitted).argmin()]
    assert loss(chosen, 0) <= losses.min() + 0.02
    assert loss(chosen, 0) < min(loss(np.eye(3)[n], 0) for n in range(3))  # the best source alone is worse
