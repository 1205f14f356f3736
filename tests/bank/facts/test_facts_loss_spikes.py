"""The figures and claims of the question on loss spikes, computed."""

import numpy as np
import pytest


def bf16(x):
    """Round to nearest even: the upper half of a 32-bit float, eight bits of exponent and eight significant ones."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return rounded.view(np.float32)


def test_range_and_precision_of_the_half_formats():
    half, single = np.finfo(np.float16), np.finfo(np.float32)
    assert half.max == 65_504
    assert half.tiny == pytest.approx(6.1e-5, rel=0.01)
    assert half.eps == 1 / 1024
    largest = np.array([0x7F7F0000], np.uint32).view(np.float32)[0]  # of bf16
    assert largest == pytest.approx(3.4e38, rel=0.01) and largest <= single.max
    assert bf16(np.float32(1 + 1 / 128)) == 1 + 1 / 128 and bf16(np.float32(1 + 1 / 512)) == 1  # steps of 1/128 next to one
    assert -np.log2(half.eps) + 1 == 11 and -np.log2(1 / 128) + 1 == 8  # significant bits


def test_large_scores_saturate_the_softmax():
    scores = np.array([100.0, 90.0])
    p = np.exp(scores - scores.max())
    p /= p.sum()
    assert 100 * p[1] == pytest.approx(0.005, abs=0.0005)  # percent
    slope = p[0] * p[1]  # of the first weight with respect to its score: hardly anything gets through
    assert slope < 1e-4 < 0.25


def adam_step(gradients, beta1, beta2):
    """The last step, in learning rates, without bias correction: the run is long under way."""
    m = v = 0.0
    for g in gradients:
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    return m / (np.sqrt(v) + 1e-12)


def test_adams_step_after_a_quiet_stretch():
    quiet = [1e-6] * 5000
    assert adam_step([*quiet, 1.0], 0.9, 0.999) == pytest.approx(3.2, abs=0.05)
    assert adam_step([*quiet, 1.0], 0.9, 0.95) == pytest.approx(0.45, abs=0.005)
    assert adam_step([1.0] * 5000, 0.9, 0.999) == pytest.approx(1, abs=0.01)  # for comparison: a steady gradient


def test_clipping_keeps_the_direction():
    gradient = np.array([30.0, 40.0])
    clipped = gradient * min(1, 1 / np.linalg.norm(gradient))
    assert np.linalg.norm(clipped) == pytest.approx(1)
    assert clipped @ gradient == pytest.approx(np.linalg.norm(gradient))


def test_small_updates_vanish_in_bf16():
    coarse, fine = bf16(1.0), np.float32(1.0)
    for _ in range(1000):
        coarse, fine = bf16(coarse + np.float32(0.001)), fine + np.float32(0.001)
    assert coarse == 1.0
    assert fine == pytest.approx(2, abs=0.001)
