"""The figures and claims of the question on optimisers and schedules, computed and simulated."""

import numpy as np
import pytest


def adam(gradients, weight=0.0, rate=1e-3, decay=0.0, penalty=0.0, betas=(0.9, 0.95), eps=1e-12):
    """Weights after each step; ``decay`` apart from the gradient, ``penalty`` inside it."""
    weight = np.array(weight, float)
    m, v, path = np.zeros_like(weight), np.zeros_like(weight), []
    for t, g in enumerate(gradients, 1):
        g = g + penalty * weight
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        step = m / (1 - betas[0] ** t) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
        weight = weight * (1 - rate * decay) - rate * step
        path.append(weight.copy())
    return np.array(path)


def test_state_of_each_optimiser():
    assert 2 * 4 == 8 and 8 / 2 == 4  # two moments in 32 bits, against a weight of 16
    assert 8 * 7e9 / 1e9 == 56


def test_steps_do_not_depend_on_the_size_of_the_gradient():
    rng = np.random.default_rng(0)
    gradients = rng.normal(0.3, 1, (500, 5))
    small, large = adam(gradients), adam(100 * gradients)
    assert np.allclose(small, large, atol=1e-9)
    steady = adam(np.full((200, 1), 0.007))
    assert np.diff(steady[-50:], axis=0) == pytest.approx(-1e-3)  # a constant push: one learning rate a step
    wavering = adam(np.where(np.arange(400) % 2, 1.0, -1.0)[:, None])
    assert abs(np.diff(wavering[-50:], axis=0)).max() < 1e-4


def test_decoupled_decay_shrinks_all_weights_alike():
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(20_000, 200, 1)) * np.array([1.0, 100.0])  # quiet and loud weights, no signal
    start = np.full((200, 2), 1.0)
    apart = adam(noise, start, decay=0.1)[-1].mean(axis=0)
    inside = adam(noise, start, penalty=0.1)[-1].mean(axis=0)
    assert apart[0] == pytest.approx(apart[1], abs=0.02)
    assert apart[0] == pytest.approx(np.exp(-20_000 * 1e-4), abs=0.05)
    assert inside[0] < 0.3 and inside[1] > 0.85  # the loud one hardly shrinks


def test_the_first_step_has_full_length_for_every_weight():
    rng = np.random.default_rng(2)
    first = adam(rng.normal(size=(1, 1000)) * np.logspace(-4, 4, 1000))[0]
    assert np.abs(first) == pytest.approx(1e-3)


def cosine(share, low=0.1):
    return low + (1 - low) * (1 + np.cos(np.pi * share)) / 2


def test_half_a_cosine_is_not_finished():
    assert cosine(0) == 1 and cosine(1) == pytest.approx(0.1)
    assert cosine(0.5) == pytest.approx(0.55)


def test_lowering_the_rate_removes_the_noise():
    """A noisy bowl: with a constant rate Adam ends in a cloud around the bottom, after a cooldown much nearer to it."""
    rng = np.random.default_rng(3)

    def run(rates):
        x, m, v, losses = np.full(500, 1.0), 0.0, 0.0, []
        for t, rate in enumerate(rates, 1):
            g = x + rng.normal(size=500)
            m, v = 0.9 * m + 0.1 * g, 0.95 * v + 0.05 * g * g
            x = x - rate * (m / (1 - 0.9**t)) / np.sqrt(v / (1 - 0.95**t))
            losses.append((x**2).mean() / 2)
        return np.array(losses)

    steps = 3000
    constant = np.full(steps, 0.02)
    cooled = constant.copy()
    cooled[-600:] = np.linspace(0.02, 0, 600)
    plateau, finished = run(constant), run(cooled)
    assert plateau[-1] == pytest.approx(plateau[-700], rel=0.3)  # nothing more to gain on the plateau
    assert finished[-1] < plateau[-1] / 3
    assert finished[-601] == pytest.approx(plateau[-601], rel=0.3)  # before the cooldown they were alike


def test_clipping_keeps_the_direction_and_constant_clipping_does_nothing():
    rng = np.random.default_rng(4)
    g = rng.normal(size=50) * 20
    clipped = g * min(1, 1 / np.linalg.norm(g))
    assert np.linalg.norm(clipped) == pytest.approx(1)
    assert clipped @ g / np.linalg.norm(g) == pytest.approx(1)
    gradients = rng.normal(0.3, 1, (300, 5))
    assert np.allclose(adam(gradients), adam(0.05 * gradients), atol=1e-9)  # the same factor at every step
    one = gradients.copy()
    one[150] *= 20
    far = np.abs(adam(one) - adam(gradients)).max()
    assert far > 10 * np.abs(adam(0.05 * gradients) - adam(gradients)).max()  # one outlier does change it


def test_newton_schulz_evens_out_the_singular_values():
    rng = np.random.default_rng(5)
    g = rng.normal(size=(32, 32)) @ np.diag(np.logspace(0, -1.5, 32))
    before = np.linalg.svd(g, compute_uv=False)
    x = g / np.linalg.norm(g)
    for _ in range(30):
        x = 1.5 * x - 0.5 * x @ x.T @ x  # the cubic iteration towards the nearest orthogonal matrix
    after = np.linalg.svd(x, compute_uv=False)
    u, _, vt = np.linalg.svd(g)
    assert before[0] / before[-1] > 100
    assert after[0] / after[-1] < 1.05
    assert np.allclose(x, u @ vt, atol=0.05)


def test_memory_of_the_decay():
    share = 3e-4 * 0.1
    assert 1 / share == pytest.approx(33_333, abs=1)
    assert (1 - share) ** 33_333 == pytest.approx(0.37, abs=0.005)
    removed = 1 - (1 - 1e-5 * 0.1) ** 500
    assert removed == pytest.approx(0.0005, abs=0.00001)
