"""The figures and claims of the question on learning rate and batch size, computed and simulated."""

import numpy as np
import pytest


def steps_to(rate, curvature=1.0, goal=1e-3, most=100_000):
    """Steps of gradient descent in a bowl until the distance is a thousandth; None if it grows."""
    x = 1.0
    for step in range(1, most):
        x -= rate * curvature * x
        if abs(x) < goal:
            return step
        if abs(x) > 1e6:
            return None
    return most


def test_too_high_diverges_and_too_low_crawls():
    for curvature in (0.5, 1, 20):
        assert steps_to(2.1 / curvature, curvature) is None
        assert steps_to(1.9 / curvature, curvature) < 200
    assert steps_to(0.01) / steps_to(0.02) == pytest.approx(2, rel=0.02)
    assert steps_to(0.9) < steps_to(0.1) < steps_to(0.01)


def test_noise_falls_with_the_root_of_the_batch():
    rng = np.random.default_rng(0)

    def noise(batch):
        return rng.normal(0.3, 1, (20_000, batch)).mean(axis=1).std()

    assert noise(4) / noise(16) == pytest.approx(2, abs=0.05)
    assert noise(1) / noise(100) == pytest.approx(10, abs=0.2)


def best(batch, noise=64.0):
    """Best rate and fall of the loss in one step along a gradient of size one with curvature one: noise of the mean is noise / batch."""
    rates = np.linspace(0, 2, 20_001)
    falls = rates - rates**2 / 2 * (1 + noise / batch)
    return rates[falls.argmax()], falls.max()


def test_a_larger_batch_saves_ever_fewer_steps():
    def saved(batch):
        return best(2 * batch)[1] / best(batch)[1]  # how much farther a step gets with twice the batch

    assert saved(2) > 1.9
    assert saved(64) == pytest.approx(4 / 3, abs=0.01)
    assert saved(2048) < 1.02
    fewest = best(1e9)[1]
    assert fewest / best(64)[1] == pytest.approx(2, abs=0.01)  # at the critical size: twice the fewest steps
    # And twice the fewest examples: steps times batch, against tiny batches.
    assert (64 / best(64)[1]) / (0.5 / best(0.5)[1]) == pytest.approx(2, abs=0.03)


def test_the_best_rate_rises_with_the_batch_and_levels_off():
    assert best(4)[0] / best(2)[0] == pytest.approx(2, abs=0.1)  # in proportion while noise rules
    assert best(8192)[0] / best(4096)[0] == pytest.approx(1, abs=0.02)

    # Adam divides by the root of the mean square, which noise fills: with a gradient of size one the step has length
    # rate / root(1 + noise / batch), so the same useful way needs less rate at small batches by a root and not in proportion.
    def adam_rate(batch, noise=64.0):
        return best(batch)[0] * np.sqrt(1 + noise / batch)

    assert adam_rate(4) / adam_rate(1) == pytest.approx(2, abs=0.1)


def test_a_search_by_factors_is_short():
    tried = 1e-5 * 10 ** (np.arange(7) / 2)
    assert tried[-1] == pytest.approx(1e-2)
    assert tried[1] / tried[0] == pytest.approx(3.16, abs=0.01)
    assert len(np.arange(1, 1001)) * 1e-5 == pytest.approx(1e-2)


def test_the_effective_batch():
    sequences = 4 * 8 * 32
    assert sequences == 1024
    assert sequences * 4096 / 1e6 == pytest.approx(4.2, abs=0.01)


def test_from_eight_to_sixty_four():
    assert 64 / 8 == 8
    assert np.sqrt(8) == pytest.approx(2.83, abs=0.005)
