"""The figures and claims of the question on evaluating agents, computed."""

import math

import numpy as np
import pytest


def at_least_one(n, c, k):
    return 1 - math.comb(n - c, k) / math.comb(n, k)


def every_one(n, c, k):
    return math.comb(c, k) / math.comb(n, k)


def test_once_often_and_every_time():
    assert pytest.approx(0.43, abs=0.001) == 0.9**8
    rates = np.array([1.0] * 20 + [0.6] * 40 + [0.0] * 10 + [0.5333] * 30)  # tasks differ
    assert rates.mean() == pytest.approx(0.6, abs=0.001)
    assert (rates**8).mean() < 0.22
    alike, uneven = np.full(10, 0.9), np.array([1.0] * 9 + [0.0])  # the same average of 90 percent, the two extremes
    assert (alike**8).mean() == pytest.approx(0.43, abs=0.001) and (uneven**8).mean() == 0.9
    assert np.average(rates**8) >= rates.mean() ** 8  # so the average raised to the power is the lowest that is possible


def test_both_estimators():
    assert at_least_one(8, 4, 2) == pytest.approx(0.786, abs=0.001) and every_one(8, 4, 2) == pytest.approx(0.214, abs=0.001)
    rng = np.random.default_rng(0)
    runs = np.array([True] * 4 + [False] * 4)
    draws = np.array([rng.permutation(runs)[:2] for _ in range(20_000)])
    assert draws.any(axis=1).mean() == pytest.approx(at_least_one(8, 4, 2), abs=0.01)
    assert draws.all(axis=1).mean() == pytest.approx(every_one(8, 4, 2), abs=0.01)
    halves = [every_one(8, c, 4) for c in (8, 0)]  # one task always solved, one never
    assert np.mean(halves) == 0.5 > 0.5**4


def test_how_precise_a_hundred_tasks_are():
    p, n, z = 0.8, 100, 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    assert (middle - half, middle + half) == pytest.approx((0.711, 0.867), abs=0.001)
    rng = np.random.default_rng(1)

    def spread(tasks, runs):
        rates = rng.beta(1, 0.5, size=(2000, tasks))
        return rng.binomial(runs, rates).mean(axis=1).std() / runs

    assert spread(100, 5) > 1.5 * spread(500, 1)  # five runs of a hundred tasks are not five hundred tasks


def test_doing_nothing_must_score_nothing():
    tasks = [{"start": {"order": "open"}, "goal": {"order": "cancelled"}}, {"start": {"order": "sent"}, "goal": {"order": "sent"}}]

    def score(agent):
        return sum(agent(dict(task["start"])) == task["goal"] for task in tasks) / len(tasks)

    assert score(lambda state: state) == 0.5  # a task whose right outcome is that nothing changes rewards doing nothing
    strict = [task for task in tasks if task["start"] != task["goal"]]
    assert sum(task["start"] == task["goal"] for task in strict) == 0
