"""The figures and claims of the question on reward models, computed and simulated."""

import numpy as np
import pytest


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_only_differences_are_learned():
    rng = np.random.default_rng(0)
    better, worse = rng.normal(0.5, 1, 200), rng.normal(0, 1, 200)
    offset = rng.normal(0, 5, 200)  # another constant for each prompt

    def loss(a, b):
        return -np.log(sigmoid(a - b)).mean()

    assert loss(better, worse) == pytest.approx(loss(better + offset, worse + offset))
    assert loss(better, worse) != pytest.approx(loss(2 * better, 2 * worse))  # the scale, unlike the zero, is learned
    assert sigmoid(1) == pytest.approx(0.731, abs=0.001)
    assert sigmoid(2) == pytest.approx(0.881, abs=0.001)


def test_agreement_caps_accuracy():
    """Each label is the common verdict with chance q; two labels agree with chance q^2 + (1-q)^2."""
    q = np.linspace(0.5, 1, 100_001)
    cap = q[np.argmin(np.abs(q**2 + (1 - q) ** 2 - 0.73))]
    assert cap == pytest.approx(0.84, abs=0.003)
    rng = np.random.default_rng(1)
    first, second = rng.random((2, 200_000)) < cap
    assert (first == second).mean() == pytest.approx(0.73, abs=0.005)
    assert first.mean() == pytest.approx(0.84, abs=0.005)  # a perfect model against single labels


def test_the_brake_interpolates_between_old_model_and_best_score():
    rng = np.random.default_rng(2)
    old, reward = rng.dirichlet(np.ones(8)), rng.normal(size=8)

    def best(beta):
        p = old * np.exp(reward / beta)
        return p / p.sum()

    def goal(p, beta):
        return p @ reward - beta * (p * np.log(p / old)).sum()

    for beta in (0.3, 1.0, 3.0):
        others = rng.dirichlet(np.ones(8), 2000)
        assert (goal(best(beta), beta) >= [goal(p, beta) for p in others]).all()
    assert np.allclose(best(1e4), old, atol=1e-3)
    assert best(0.01)[reward.argmax()] > 0.999


def test_selecting_harder_selects_errors():
    """Best of n by quality plus an error: with tame errors the quality goes on rising, with heavy tails it falls back."""
    rng = np.random.default_rng(3)

    def chosen(n, errors, rounds=4000):
        quality = rng.normal(size=(rounds, n))
        score = quality + errors((rounds, n))
        pick = score.argmax(axis=1)
        rows = np.arange(rounds)
        return quality[rows, pick].mean(), score[rows, pick].mean()

    def heavy(shape):
        return 0.3 * rng.standard_t(1.1, shape)

    few, some, many = (chosen(n, heavy) for n in (1, 8, 2000))
    assert few[0] == pytest.approx(0, abs=0.06)
    assert some[0] > 0.8 > 0.25 > many[0]  # up, and down again, not far from chance
    assert few[1] < some[1] < many[1]  # while the score rises all along
    tame = [chosen(n, lambda shape: rng.normal(size=shape))[0] for n in (1, 8, 512)]
    assert tame == sorted(tame) and tame[-1] > 1.5


def test_a_slight_liking_for_length_takes_over():
    """Labellers like quality three times as much as length; a scorer fitted on their pairs is then used to choose texts of any length."""
    rng = np.random.default_rng(4)
    gap = rng.normal(size=(20_000, 2))  # quality and length, in units of their spread among the answers compared
    labels = rng.random(20_000) < sigmoid(gap @ [1.5, 0.5])
    seen = gap * 1.0
    seen[:, 0] += rng.normal(0, 1.5, 20_000)  # quality is hard to see, length is not
    w = np.zeros(2)
    for _ in range(300):
        w += 0.5 * seen.T @ (labels - sigmoid(seen @ w)) / len(seen)
    assert w[0] > 0 and w[1] > 0.6 * w[0]  # among the labellers it was a third
    lengths, quality = rng.normal(0, 3, (2000, 64)), rng.normal(size=(2000, 64))  # writers who vary length three times as much
    looks = quality + rng.normal(0, 1.5, quality.shape)
    pick = (w[0] * looks + w[1] * lengths).argmax(axis=1)
    rows = np.arange(2000)
    gained_by_length, gained_by_quality = w[1] * lengths[rows, pick].mean(), w[0] * quality[rows, pick].mean()
    assert gained_by_length > 5 * gained_by_quality > 0


def test_how_far_best_of_n_moves():
    def bound(n):
        return np.log(n) - (n - 1) / n

    assert bound(16) == pytest.approx(1.84, abs=0.005)
    assert bound(64) == pytest.approx(3.17, abs=0.01)
    # With very many different answers the bound is reached: the chosen one has rank r with density n * r^(n-1).
    ranks = (np.arange(1_000_000) + 0.5) / 1_000_000
    for n in (4, 16):
        density = n * ranks ** (n - 1)
        assert (density * np.log(density)).mean() == pytest.approx(bound(n), abs=0.001)
    # With few answers it is less.
    p = np.array([0.5, 0.3, 0.2])  # in rising order of reward
    for n in (4, 16):
        new = np.diff(np.concatenate([[0], np.cumsum(p)]) ** n)
        assert (new * np.log(new / p)).sum() < bound(n)
