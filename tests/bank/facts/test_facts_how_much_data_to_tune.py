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


def vote(train_x, train_y, test_x, voters=15):
    """Labels by the majority of the nearest examples: a learner that does not know each one by heart."""
    distance = ((test_x[:, None, :] - train_x[None, :, :]) ** 2).sum(axis=2)
    return train_y[np.argpartition(distance, voters, axis=1)[:, :voters]].mean(axis=1) > 0.5


def test_wrong_labels_set_a_floor():
    rng = np.random.default_rng(1)
    test_x, test_y = sample(rng, 1_000)

    def wrong(learner, x, y):
        return np.mean(learner(x, y, test_x) != test_y)

    few, few_y = sample(rng, 200)
    many, many_y = sample(rng, 1_600)
    right_ones = wrong(nearest, few, few_y)
    by_lot = many_y ^ (rng.random(1_600) < 0.15)
    by_rule = many_y ^ (many[:, 0] > 0.7)  # about 15 percent of the square, always labelled the wrong way
    assert wrong(nearest, many, many_y) < 0.6 * right_ones
    for learner in (nearest, vote):
        assert wrong(learner, many, by_rule) == pytest.approx(0.15, abs=0.03)
    assert right_ones < 0.1 < wrong(nearest, many, by_lot)  # 200 right ones beat 1,600, for who learns each by heart
    assert wrong(vote, many, by_lot) < 0.04  # the control: errors by chance average out where neighbours vote


def test_what_agreement_allows():
    """Two people who err apart in a two-way choice and agree in 85 of 100 cases."""
    right = (1 + (2 * 0.85 - 1) ** 0.5) / 2
    assert right == pytest.approx(0.918, abs=0.001)
    assert right**2 + (1 - right) ** 2 == pytest.approx(0.85)


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
