"""The figures and claims of the question on mixed precision, computed with the formats themselves."""

import numpy as np
import pytest


def rounded(x, digits, smallest, largest):
    """Nearest number with so many significant bits; below ``smallest`` the grid is even (subnormal), above ``largest`` it saturates."""
    x = np.asarray(x, float)
    exponent = np.floor(np.log2(np.maximum(np.abs(x), smallest)))
    unit = 2.0 ** (exponent - digits + 1)
    return np.clip(np.round(x / unit) * unit, -largest, largest)


def bf16(x):
    return rounded(x, 8, 2.0**-126, 3.39e38)


def e4m3(x):
    return rounded(x, 4, 2.0**-6, 448)


def test_rates_of_an_h100():
    assert pytest.approx(14.8, abs=0.05) == 989 / 67
    dense = {"tf32": 989 / 2, "bf16": 1979 / 2, "fp8": 3958 / 2}  # the data sheet prints the figures with sparsity
    assert dense["fp8"] / dense["bf16"] == pytest.approx(2, abs=0.01) == dense["bf16"] / dense["tf32"]


def test_small_updates_vanish_without_a_master_copy():
    short, master = 1.0, np.float32(1)
    for _ in range(1000):
        short = float(bf16(short + 0.001))
        master = np.float32(master + np.float32(0.001))
    assert short == 1
    assert master == pytest.approx(2, abs=1e-3)
    gap = 2.0**-7
    assert float(bf16(1 + gap)) == 1 + gap and gap == pytest.approx(0.0078, abs=0.0001)  # the next number after one
    assert float(bf16(1 + 0.4 * gap)) == 1


def test_loss_scaling_saves_small_gradients():
    assert np.float16(1e-8) == 0
    scaled = np.float16(1e-8 * 65_536)
    assert scaled > 0
    assert float(scaled) / 65_536 == pytest.approx(1e-8, rel=1e-3)
    assert float(np.float16(6e-8)) > 0 and np.float16(2.9e-8) == 0  # the smallest is about 6e-8, half of it is rounded away
    exact = float(np.float16(0.0123))
    assert float(np.float16(exact * 2)) / 2 == exact  # a power of two changes no digit


def test_range_and_digits_of_the_formats():
    half, single = np.finfo(np.float16), np.finfo(np.float32)
    assert float(half.max) == 65_504
    assert half.nmant + 1 == 11 and single.nmant + 1 == 24
    with np.errstate(over="ignore"):
        assert np.isinf(np.float32(7e4).astype(np.float16))
    # bf16 is the upper half of a 32-bit number: the same exponent.
    bits = np.array([1e-30, 1e30], np.float32).view(np.uint32) & 0xFFFF0000
    assert bits.view(np.float32) == pytest.approx([1e-30, 1e30], rel=0.01)
    assert float(e4m3(1000)) == 448
    assert (2 - 2.0**-2) * 2.0**15 == 57_344  # E5M2: two bits after the point, largest exponent 15


def test_long_sums_stop_growing():
    short, full = np.float16(0), np.float32(0)
    for _ in range(10_000):
        short = np.float16(short + np.float16(0.01))
        full = np.float32(full + np.float32(0.01))
    assert float(short) == pytest.approx(32, abs=0.5)
    assert float(full) == pytest.approx(100, abs=0.1)


def test_a_scale_for_each_block_survives_an_outlier():
    rng = np.random.default_rng(0)
    x = rng.normal(size=128 * 64)
    x[5] = 1e5

    def through(values):
        scale = 448 / np.abs(values).max(axis=-1, keepdims=True)
        return e4m3(values * scale) / scale

    whole, blocks = through(x), through(x.reshape(64, 128)).ravel()
    small = np.arange(len(x)) != 5
    lost = [(y[small] == 0).mean() for y in (whole, blocks)]
    assert lost[0] == pytest.approx(1 / 6, abs=0.02)
    assert lost[1] < 0.005
    apart = np.arange(len(x)) >= 128  # outside of the outlier's block
    assert (blocks[apart] == 0).mean() < 0.002


def test_states_are_as_large_as_before():
    mixed = 2 + 2 + 4 + 4 + 4  # weights, gradients, master copy, two moments
    full = 4 + 4 + 4 + 4
    assert mixed == full == 16
    assert 2 + 4 + 4 + 4 + 4 == 18  # gradients in 32 bits


def test_activations_decide_how_much_is_saved():
    def share_left(states, activations):
        return (states + activations / 2) / (states + activations)

    states = 16 * 7  # GB for 7 billion parameters, the same in both
    assert states + 30 == 142 and states + 30 / 2 == 127
    assert share_left(states, 30) == pytest.approx(0.89, abs=0.005)
    assert share_left(1, 99) == pytest.approx(0.505)  # a small network on a large batch: nearly halved


def test_random_rounding_lets_small_updates_through():
    rng = np.random.default_rng(1)
    w = np.ones(400)
    for _ in range(1000):
        x = w + 0.001
        unit = 2.0 ** (np.floor(np.log2(x)) - 7)
        low = np.floor(x / unit) * unit
        w = low + unit * (rng.random(400) < (x - low) / unit)
    assert w.mean() == pytest.approx(2, abs=0.02)
