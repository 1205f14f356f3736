"""The claims of the question on continual pretraining, on a model with enough room for both tasks."""

import numpy as np
import pytest

WIDTH, EXAMPLES = 60, 15


def loss(w, data):
    x, y = data
    return float(((x @ w - y) ** 2).mean())


def train(w, sets, steps, rate=0.2):
    """Gradient descent on a weighted list of (weight, data)."""
    for _ in range(steps):
        w = w - rate * sum(weight * 2 * x.T @ (x @ w - y) / len(y) for weight, (x, y) in sets)
    return w


def two_tasks(seed=0):
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=WIDTH)

    def task():
        x = rng.normal(size=(EXAMPLES, WIDTH)) + 0.7 * shared  # both tasks lean on the same weights
        return x / np.sqrt(WIDTH), rng.normal(size=EXAMPLES)

    old, new = task(), task()
    return train(np.zeros(WIDTH), [(1.0, old)], 3000), old, new


def test_training_on_one_side_spoils_the_other():
    for seed in range(3):
        w, old, new = two_tasks(seed)
        after = train(w, [(1.0, new)], 3000)
        assert loss(w, old) < 0.01 and loss(after, new) < 0.01
        assert loss(after, old) > 20 * loss(w, old) and loss(after, old) > 0.1


def test_replay_keeps_the_old_loss():
    for seed in range(3):
        w, old, new = two_tasks(seed)
        alone, mixed = train(w, [(1.0, new)], 4000), train(w, [(0.8, new), (0.2, old)], 4000)
        assert loss(mixed, old) < 0.2 * loss(alone, old)
        assert loss(mixed, new) < 0.1 * loss(w, new)  # there is room for both: forgetting was no lack of room


def test_relearning_is_quicker_than_learning():
    again, first = [], []
    for seed in range(8):
        w, old, new = two_tasks(seed)
        forgot = train(w, [(1.0, new)], 1500)
        again.append(loss(train(forgot, [(1.0, old)], 20), old))
        first.append(loss(train(np.zeros(WIDTH), [(1.0, old)], 20), old))
    assert np.mean(again) < 0.7 * np.mean(first)  # on average; one of the eight goes the other way


def test_the_price_of_ten_billion_tokens():
    """Assumes 40 percent of an H100's dense 16-bit peak however many cards there are; the days are a measure of work, not a plan."""
    operations = 6 * 8e9 * 1e10
    assert operations == pytest.approx(4.8e20)
    assert 16 * 8e9 / 1e9 == 128 > 80  # gigabytes of weights, gradients and optimiser, which one card cannot hold
    assert 16 * 8e9 / 1e9 / 8 < 80  # shared by eight
    days = operations / (0.4 * 989e12) / 86_400
    assert days == pytest.approx(14, abs=0.2) and days / 8 < 2
