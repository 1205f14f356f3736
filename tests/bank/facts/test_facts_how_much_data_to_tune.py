"""The figures and claims of the question on how much data tuning needs, computed."""

import numpy as np
import pytest


def half_width(share, n):
    return 1.96 * (share * (1 - share) / n) ** 0.5


def nearest(train_x, train_y, test_x):
    """Labels by the nearest training example: the simplest learner that gets better with data."""
    distance = ((test_x[:, None, :] - train_x[None, :, :]) ** 2).sum(axis=2)
    return train_y[distance.argmin(axis=1)]


def sample(rng, n):
    x = rng.uniform(-1, 1, (n, 2))
    return x, (x**2).sum(axis=1) < 0.6


def test_what_a_held_out_set_can_show():
    assert half_width(0.8, 100) == pytest.approx(0.078, abs=0.001)
    assert half_width(0.8, 400) == pytest.approx(0.039, abs=0.001)
    assert half_width(0.8, 50) == pytest.approx(0.111, abs=0.001)
    assert half_width(0.8, 400) / half_width(0.8, 100) == pytest.approx(0.5)


def test_halving_the_error_takes_ten_times_the_data():
    """If the error above its floor falls as n to the power -0.3."""
    assert pytest.approx(0.81, abs=0.005) == 2**-0.3  # a doubling takes away about a fifth of it
    assert pytest.approx(10.1, abs=0.05) == 2 ** (1 / 0.3)
    gains = [100**-0.3 * (0.81**k - 0.81 ** (k + 1)) for k in range(6)]
    assert gains == sorted(gains, reverse=True)


def test_the_curve_rises_and_flattens():
    rng = np.random.default_rng(0)
    test_x, test_y = sample(rng, 1_000)
    errors = []
    for n in (50, 100, 200, 400, 800):
        runs = [np.mean(nearest(*sample(rng, n), test_x) != test_y) for _ in range(8)]
        errors.append(np.mean(runs))
    assert errors == sorted(errors, reverse=True)
    assert errors[0] - errors[1] > errors[3] - errors[4] > 0


def test_wrong_labels_set_a_floor():
    rng = np.random.default_rng(1)
    test_x, test_y = sample(rng, 1_000)
    clean, noisy = [], []
    for n in (200, 1_600):
        x, y = sample(rng, n)
        clean.append(np.mean(nearest(x, y, test_x) != test_y))
        noisy.append(np.mean(nearest(x, y ^ (rng.random(n) < 0.15), test_x) != test_y))
    assert clean[1] < 0.6 * clean[0]
    assert noisy[1] > 0.12  # eight times the data do not get below the share of wrong labels
    assert clean[0] < noisy[1]  # 200 right ones beat 1,600 of which 15 percent are wrong


def test_copies_teach_nothing_new():
    rng = np.random.default_rng(2)
    test_x, test_y = sample(rng, 1_000)
    x, y = sample(rng, 100)
    few = np.mean(nearest(x, y, test_x) != test_y)
    copied = np.mean(nearest(np.tile(x, (10, 1)), np.tile(y, 10), test_x) != test_y)
    fresh = np.mean(nearest(*sample(rng, 1_000), test_x) != test_y)
    assert copied == few
    assert fresh < 0.6 * few


def test_near_copies_on_both_sides_flatter_the_score():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-1, 1, (400, 2)), rng.random(400) < 0.5  # labels of chance: nothing can be learned
    apart = np.mean(nearest(x[:200], y[:200], x[200:]) == y[200:])
    twin = np.mean(nearest(x + rng.normal(scale=1e-4, size=x.shape), y, x[200:]) == y[200:])
    assert apart == pytest.approx(0.5, abs=0.1)
    assert twin > 0.95
