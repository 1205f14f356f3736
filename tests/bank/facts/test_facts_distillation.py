"""The figures and claims of the question on distillation and synthetic data, computed."""

import numpy as np
import pytest


def softmax(z, temperature=1.0):
    p = np.exp((z - z.max()) / temperature)
    return p / p.sum()


def test_soft_gradients_shrink_with_the_square_of_the_temperature():
    """The gradient of the cross-entropy between softened distributions, by the student's logits, is (q - p) / T."""
    rng = np.random.default_rng(0)
    student, teacher = rng.normal(size=50), rng.normal(size=50)

    def gradient(t):
        return np.linalg.norm((softmax(student, t) - softmax(teacher, t)) / t)

    assert gradient(10) / gradient(20) == pytest.approx(4, rel=0.1)  # twice the temperature, a quarter
    assert 10**2 * gradient(10) == pytest.approx(20**2 * gradient(20), rel=0.1)  # and the factor puts it right


def test_a_filter_makes_better_data_than_its_teacher():
    right, keeps_right, keeps_wrong = 0.7, 0.95, 0.1
    kept = right * keeps_right + (1 - right) * keeps_wrong
    assert right * keeps_right / kept == pytest.approx(0.96, abs=0.005)
    assert kept == pytest.approx(0.695)  # about three in ten are thrown away


def test_replacing_collapses_and_keeping_does_not():
    """Fit a normal distribution, draw from the fit, fit again: with the new samples alone, or with all that came before."""

    def spread(keep, seed, rounds=400, n=50):
        rng = np.random.default_rng(seed)
        data = rng.normal(size=n)
        for _ in range(rounds):
            new = rng.normal(data.mean(), data.std(), size=n)
            data = np.concatenate([data, new]) if keep else new
        return data.std()

    replaced = [spread(False, seed) for seed in range(10)]
    kept = [spread(True, seed) for seed in range(10)]
    assert np.median(replaced) < 0.1
    assert 0.7 < np.median(kept) < 1.3


def test_systematic_errors_do_not_average_out():
    """A teacher that is wrong about one region and noisy elsewhere; the student takes the majority of each of ten regions."""
    rng = np.random.default_rng(1)

    def student(n):
        region = rng.integers(0, 10, n)
        label = np.where(region == 3, 0, 1)  # the truth is 1 everywhere
        label = np.where(rng.random(n) < 0.1, 1 - label, label)  # and some noise
        return np.array([label[region == r].mean() > 0.5 for r in range(10)])

    small, large = student(500), student(200_000)
    assert not small[3] and not large[3]  # a thousand times the data, the same error
    assert large.sum() == 9  # the noise did average out


def test_agreement_with_the_teacher_is_not_accuracy():
    rng = np.random.default_rng(2)
    truth = np.ones(100_000, bool)
    teacher = truth & (rng.random(100_000) < 0.8)
    student = np.where(rng.random(100_000) < 0.95, teacher, ~teacher)
    assert (student == teacher).mean() == pytest.approx(0.95, abs=0.005)
    assert (student == truth).mean() == pytest.approx(0.77, abs=0.005)
