"""The figures and claims of the question on synthetic data, computed."""

import numpy as np
import pytest


def generations(rng, n=100, rounds=300, keep=False):
    """The variance after fitting a normal distribution to samples of the last fit, again and again."""
    real = rng.normal(size=n)
    pool, mean, variance = real, real.mean(), real.var()
    for _ in range(rounds):
        fresh = rng.normal(mean, np.sqrt(variance), size=n)
        pool = np.concatenate([pool, fresh]) if keep else fresh
        mean, variance = pool.mean(), pool.var()
    return variance


def test_a_closed_loop_narrows():
    assert pytest.approx(0.05, abs=0.002) == 0.99**300
    rng = np.random.default_rng(0)
    ends = [generations(rng) for _ in range(300)]
    assert np.mean(ends) < 0.12 and np.median(ends) < 0.03  # most runs end still narrower than the average one


def test_keeping_the_real_data_bounds_the_loss():
    rng = np.random.default_rng(1)
    ends = [generations(rng, keep=True) for _ in range(100)]
    assert 0.7 < np.mean(ends) < 1.3 and min(ends) > 0.3


def test_the_rare_goes_first():
    assert pytest.approx(0.37, abs=0.003) == (1 - 0.001) ** 1000
    rng = np.random.default_rng(2)
    real = np.array([0.5, 0.3, 0.15] + [0.05 / 50] * 50)
    p = real
    for _ in range(10):
        p = np.bincount(rng.choice(len(p), size=1000, p=p), minlength=len(p)) / 1000
    assert np.abs(p[:3] - real[:3]).max() < 0.15  # what is common looks healthy
    assert (p[3:] == 0).mean() > 0.5  # most of the rare kinds are gone, and cannot come back


def test_a_filter_brings_in_what_sampling_alone_does_not():
    rng = np.random.default_rng(3)

    def after(rounds, check):
        right = 0.3
        for _ in range(rounds):
            samples = rng.random(2000) < right  # true where the generated answer is right
            kept = samples[samples | (rng.random(2000) < 0.2)] if check else samples  # a checker that passes a fifth of the wrong ones
            right = 0.5 * right + 0.5 * kept.mean()
        return right

    alone = [after(5, check=False) for _ in range(100)]
    assert np.mean(alone) == pytest.approx(0.3, abs=0.02)
    assert after(5, check=True) > 0.8


def test_a_generated_test_set_flatters():
    rng = np.random.default_rng(4)
    real = np.array([0.4, 0.3, 0.2, 0.1])  # the last kind is one that the generator never writes
    generator = np.array([0.5, 0.3, 0.2, 0.0])
    learned = np.where(generator > 0, 0.95, 0.2)  # right this often on each kind

    def score(kinds):
        return (rng.random(len(kinds)) < learned[kinds]).mean()

    on_generated = score(rng.choice(4, size=5000, p=generator))
    on_real = score(rng.choice(4, size=5000, p=real))
    assert on_generated == pytest.approx(0.95, abs=0.01) and on_generated - on_real > 0.05
