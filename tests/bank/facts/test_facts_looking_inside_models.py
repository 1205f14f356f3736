"""The figures and claims of the question on looking inside models, computed on small examples."""

import numpy as np
import pytest


def directions(number, width, rng):
    made = rng.normal(size=(number, width))
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def recovered(active, rng, number=512, width=128):
    """Share of the active features that are among the strongest readings, when so many are on at once."""
    features, right = directions(number, width, rng), []
    for _ in range(200):
        on = rng.choice(number, active, replace=False)
        read = features @ features[on].sum(axis=0)
        right.append(len(set(np.argsort(read)[-active:]) & set(on)) / active)
    return np.mean(right)


def test_more_features_than_dimensions_fit_if_few_are_on_at_once():
    rng = np.random.default_rng(0)
    assert recovered(3, rng) > 0.97  # 512 directions in 128 dimensions
    assert recovered(60, rng) < 0.6
    assert np.abs(np.eye(128)[:64] @ np.eye(128)[64:].T).max() == 0  # as many as dimensions need not overlap at all
    between = directions(512, 128, rng)
    overlap = np.abs(between @ between.T - np.eye(512))
    assert overlap.max() > 0.3  # with more than that some must


def fit(x, y, ridge=1e-3):
    return np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ y)


def test_a_probe_finds_what_the_model_does_not_use():
    rng = np.random.default_rng(1)
    used, unused = rng.choice([-1.0, 1.0], 4000), rng.choice([-1.0, 1.0], 4000)
    first, second = directions(2, 64, rng)
    hidden = np.outer(used, first) + np.outer(unused, second) + rng.normal(0, 0.1, (4000, 64))
    reader = fit(hidden[:2000], used[:2000])  # the model's output reads one of the two
    probe = fit(hidden[:2000], unused[:2000])
    assert (np.sign(hidden[2000:] @ probe) == unused[2000:]).mean() > 0.99  # the other can be read as well

    def without(x, direction):
        direction = direction / np.linalg.norm(direction)
        return x - np.outer(x @ direction, direction)

    said = np.sign(hidden[2000:] @ reader)
    other = second - (second @ first) * first  # the part of the second that the first has no share in
    assert (np.sign(without(hidden[2000:], other) @ reader) == said).mean() > 0.99  # taking it away changes nothing
    assert (np.sign(without(hidden[2000:], first) @ reader) == said).mean() < 0.75  # taking the used one away does


def test_a_probe_with_many_inputs_learns_noise_by_heart():
    rng = np.random.default_rng(2)
    x, labels = rng.normal(size=(400, 500)), rng.choice([-1.0, 1.0], 400)  # labels drawn by lot
    probe = fit(x, labels)
    assert (np.sign(x @ probe) == labels).mean() == 1.0
    fresh, truth = rng.normal(size=(2000, 500)), rng.choice([-1.0, 1.0], 2000)
    assert (np.sign(fresh @ probe) == truth).mean() == pytest.approx(0.5, abs=0.05)


def test_two_bases_explain_the_same_activations_equally_well():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(1000, 16))
    turn = np.linalg.qr(rng.normal(size=(16, 16)))[0]
    assert np.allclose((x @ turn) @ turn.T, x)  # another basis, no error at all
    assert np.abs(turn).max() < 0.95  # and none of its directions is one of the first basis
