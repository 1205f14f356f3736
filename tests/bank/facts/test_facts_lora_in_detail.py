"""The figures and claims of the question on LoRA in detail, computed."""

import numpy as np
import pytest

WIDTH, FF_WIDTH, LAYERS, VOCABULARY = 4096, 11_008, 32, 32_000  # the shape of Llama 2 7B
BLOCK = [(WIDTH, WIDTH)] * 4 + [(WIDTH, FF_WIDTH)] * 3  # q, k, v, o; gate, up, down
GB = 1e9


def trained(shape, rank):
    return rank * sum(shape)


def test_trained_numbers_grow_with_the_sum_of_the_sides():
    d, k, r = 4096, 4096, 16
    b, a = np.zeros((d, r), np.float32), np.zeros((r, k), np.float32)
    assert b.size + a.size == trained((d, k), r) == 131_072
    assert d * k == 16_777_216
    assert 100 * trained((d, k), r) / (d * k) == pytest.approx(0.8, abs=0.05)
    rng = np.random.default_rng(0)
    small = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 40))
    assert np.linalg.matrix_rank(small) == 5  # never more than r


def test_memory_of_full_lora_and_qlora():
    linear = LAYERS * sum(d * k for d, k in BLOCK)
    whole = linear + 2 * VOCABULARY * WIDTH + (2 * LAYERS + 1) * WIDTH  # embedding, head, norms
    assert whole == pytest.approx(6.74e9, rel=0.001)
    adapter = LAYERS * sum(trained(shape, 16) for shape in BLOCK)
    assert adapter == 39_976_960
    assert 100 * adapter / whole == pytest.approx(0.59, abs=0.005)
    assert 2 * adapter / 1e6 == pytest.approx(80, abs=0.1)  # MB of the file, in 16 bits
    assert 16 * whole / GB == pytest.approx(108, abs=0.5)  # full, mixed-precision Adam
    frozen, state = 2 * whole / GB, 16 * adapter / GB
    assert frozen == pytest.approx(13.5, abs=0.05) and state == pytest.approx(0.64, abs=0.01)
    assert frozen + state == pytest.approx(14, abs=0.2)
    plain_scales, double_scales = 32 / 64, 8 / 64 + 32 / (64 * 256)  # bits a weight
    assert plain_scales == 0.5 and double_scales == pytest.approx(0.127, abs=0.0005)
    four_bit = linear * (4 + double_scales) / 8 / GB + 2 * (whole - linear) / GB
    assert four_bit == pytest.approx(3.9, abs=0.05)
    assert 50 * 2 * adapter / GB == pytest.approx(4, abs=0.05)  # fifty adapters
    assert 50 * frozen == pytest.approx(674, abs=1)  # fifty merged copies


def gradients(w, b, a, x, target):
    """Of the squared error of x (W + BA), with respect to B and A."""
    error = x @ (w + b @ a) - target
    full = x.T @ error  # with respect to W + BA
    return full @ a.T, b.T @ full


def test_one_zero_matrix_starts_at_the_base_and_learns():
    rng = np.random.default_rng(1)
    d, k, r, n = 12, 10, 3, 50
    w, x = rng.normal(size=(d, k)), rng.normal(size=(n, d))
    target = x @ (w + 0.3 * rng.normal(size=(d, r)) @ rng.normal(size=(r, k)))
    b, a = np.zeros((d, r)), rng.normal(size=(r, k)) / np.sqrt(k)
    assert np.array_equal(x @ (w + b @ a), x @ w)  # exactly the base
    grad_b, grad_a = gradients(w, b, a, x, target)
    assert np.abs(grad_b).max() > 0 and np.abs(grad_a).max() == 0  # B moves first
    before = np.mean((x @ (w + b @ a) - target) ** 2)
    for _ in range(3000):
        grad_b, grad_a = gradients(w, b, a, x, target)
        b, a = b - 0.002 * grad_b, a - 0.002 * grad_a
    assert np.mean((x @ (w + b @ a) - target) ** 2) < before / 100
    dead_b, dead_a = gradients(w, np.zeros((d, r)), np.zeros((r, k)), x, target)
    assert not dead_b.any() and not dead_a.any()  # both at zero: nothing ever moves


def test_freezing_saves_a_third_of_the_arithmetic():
    """Multiply-adds of one linear layer for one token: forward, gradient for the layer below, gradient of the weight."""
    d, k, r = WIDTH, WIDTH, 16
    forward, passed_on, own = 2 * d * k, 2 * d * k, 2 * d * k
    full, frozen = forward + passed_on + own, forward + passed_on
    assert frozen / full == pytest.approx(2 / 3)
    adapter = 6 * r * (d + k)
    assert (frozen + adapter) / full == pytest.approx(0.67, abs=0.01)
    assert full / (frozen + adapter) == pytest.approx(1.5, abs=0.03)  # far from two hundred


def test_lower_adapters_need_gradients_through_frozen_layers():
    """Two layers with a ReLU between: the gradient of the lower adapter depends on the frozen upper weight and on a kept activation."""
    rng = np.random.default_rng(2)
    x, low, up = rng.normal(size=(1, 6)), rng.normal(size=(6, 8)), rng.normal(size=(8, 4))
    b, a = np.zeros((6, 2)), rng.normal(size=(2, 8))

    def lower_gradient(upper):
        hidden = x @ (low + b @ a)  # kept for the way back
        error = np.maximum(hidden, 0) @ upper - 1.0
        return x.T @ ((error @ upper.T) * (hidden > 0)) @ a.T

    assert np.abs(lower_gradient(up)).max() > 0
    assert not np.allclose(lower_gradient(up), lower_gradient(2 * up))


def round_to_levels(w, block=64, levels=16):
    """Absmax rounding to 16 evenly spaced levels, a scale for each block."""
    blocks = w.reshape(-1, block)
    scale = np.abs(blocks).max(axis=1, keepdims=True)
    step = 2 * scale / (levels - 1)
    return (np.round((blocks + scale) / step) * step - scale).reshape(w.shape)


def test_rounding_the_merged_weight_drowns_a_small_update():
    rng = np.random.default_rng(3)
    base = round_to_levels(rng.normal(size=(256, 256)))
    assert np.linalg.norm(round_to_levels(base) - base) < 1e-9 * np.linalg.norm(base)  # the base itself is already on the levels
    update = rng.normal(size=(256, 8)) @ rng.normal(size=(8, 256))

    def kept(share):
        """The share of the update that is still there after rounding the sum."""
        small = update * share * np.linalg.norm(base) / np.linalg.norm(update)
        return np.vdot(round_to_levels(base + small) - base, small) / np.vdot(small, small)

    assert kept(0.02) < 0.05
    assert 0.5 < kept(0.1) < 0.9
