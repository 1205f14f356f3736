"""The figures and claims of the question on checkpoints and failures, computed."""

import math

import numpy as np
import pytest


def adam(weights, gradient, state, rate=0.01):
    m, v, step = state
    step += 1
    m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
    update = rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    return weights - update, (m, v, step)


def train(weights, state, steps, x, y):
    losses = []
    for step in steps:
        xi, yi = x[step % len(x)], y[step % len(x)]
        losses.append(float((xi @ weights - yi) ** 2))
        weights, state = adam(weights, 2 * (xi @ weights - yi) * xi, state)
    return weights, state, losses


def lost(interval, write, between):
    """The share of the time that goes into writing and into work done again."""
    return write / interval + interval / (2 * between)


def test_how_often_something_breaks():
    hours = 54 * 24 / 419
    assert hours == pytest.approx(3.1, abs=0.05)
    assert hours * 16_384 / 1000 / 24 == pytest.approx(2.1, abs=0.05)
    assert pytest.approx(1.8, abs=0.05) == 5 * 365 / 1000  # days, if each of a thousand fails once in five years


def test_weights_alone_do_not_continue_the_run():
    rng = np.random.default_rng(0)
    x, truth = rng.normal(size=(400, 6)), rng.normal(size=6)
    y = x @ truth
    fresh = (np.zeros(6), np.zeros(6), 0)
    start = np.zeros(6)
    through, _, whole = train(start, fresh, range(400), x, y)
    middle, state, _ = train(start, fresh, range(200), x, y)
    resumed, _, again = train(middle, state, range(200, 400), x, y)
    assert np.array_equal(through, resumed) and whole[200:] == again
    without, _, other = train(middle, fresh, range(200, 400), x, y)  # the weights only
    assert not np.allclose(through, without) and other != again
    replayed, _, _ = train(middle, state, range(200), x, y)  # the place in the data forgotten
    assert not np.allclose(through, replayed)


def test_the_best_interval():
    for write, between, best, share in ((1, 48 * 60, 76, 0.026), (1, 180, 19, 0.105)):
        interval = math.sqrt(2 * write * between)
        assert interval == pytest.approx(best, abs=0.5) and lost(interval, write, between) == pytest.approx(share, abs=0.001)
        assert all(lost(interval, write, between) <= lost(interval * k, write, between) for k in (0.25, 0.5, 0.9, 1.1, 2, 4))
        assert write / interval == pytest.approx(interval / (2 * between))  # both losses are equal there
    rng = np.random.default_rng(1)
    crashes = rng.exponential(2880, size=20_000)  # what is lost by a crash: half an interval on average
    assert np.mean(crashes % 76) == pytest.approx(38, abs=1)


def test_the_size_of_a_checkpoint():
    size = 70.6e9 * (2 + 4 + 4 + 4)  # weights in 16 bit, the copy in 32, two moments
    assert size == pytest.approx(1e12, rel=0.02) and size / 1000 == pytest.approx(1e9, rel=0.02)


def test_the_slowest_decides():
    assert pytest.approx(0.63, abs=0.005) == 1 - 0.999**1000
    rng = np.random.default_rng(2)
    steps = np.ones((200, 1000))
    steps[rng.random(steps.shape) < 0.001] = 1.5
    assert steps.mean() < 1.001 and steps.max(axis=1).mean() > 1.25


def test_shards_can_be_cut_anew():
    tensor = np.arange(5040).reshape(5040)
    saved = {(part[0], part[-1] + 1): tensor[part[0] : part[-1] + 1] for part in np.array_split(np.arange(5040), 1024) if len(part)}
    whole = np.concatenate([saved[key] for key in sorted(saved)])
    fewer = np.array_split(whole, 1016)
    assert np.array_equal(np.concatenate(fewer), tensor)

    def batch(step, workers, size=24):
        order = np.random.default_rng(step).permutation(1000)[:size]  # drawn by the step and not by the worker
        return sorted(np.concatenate(np.array_split(order, workers)).tolist())

    assert batch(7, 8) == batch(7, 6) == batch(7, 1)


def test_halving_finds_one_in_a_thousand():
    suspects, liar, runs = list(range(1024)), 613, 0
    while len(suspects) > 1:
        half, runs = suspects[: len(suspects) // 2], runs + 1
        suspects = half if liar in half else suspects[len(suspects) // 2 :]
    assert suspects == [liar] and runs == 10
