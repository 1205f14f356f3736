"""The figures and claims of the question on fine-tuning a quantised model, computed."""

import numpy as np
import pytest

# The sixteen levels of NF4, as bitsandbytes stores them.
NF4 = np.array(
    [-1.0, -0.69619280, -0.52507305, -0.39491749, -0.28444138, -0.18477343, -0.09105004, 0.0,
     0.07958030, 0.16093020, 0.24611230, 0.33791524, 0.44070983, 0.56261700, 0.72295684, 1.0]
)  # fmt: skip
INT4 = np.linspace(-1, 1, 16)
LINEAR = 6_476_005_376  # weights in the linear layers of Llama-2-7B's blocks
EMBEDDINGS = 2 * 32_000 * 4_096
ADAPTER = 39_976_960  # rank 16 beside each of them


def rounded(weights, levels, block=64):
    """Each block scaled by its largest absolute value, each weight to the nearest level."""
    blocks = weights.reshape(-1, block)
    scale = np.abs(blocks).max(axis=1, keepdims=True)
    nearest = np.abs(blocks[:, :, None] / scale[:, :, None] - levels).argmin(axis=2)
    return (levels[nearest] * scale).reshape(weights.shape)


def test_bits_for_each_weight():
    plain = 4 + 32 / 64  # one 32-bit scale for 64 weights
    double = 4 + 8 / 64 + 32 / (64 * 256)  # scales in 8 bits, 256 of them share a 32-bit scale
    assert plain == 4.5
    assert double == pytest.approx(4.127, abs=0.0005)
    assert plain - double == pytest.approx(0.373, abs=0.0005)
    assert (plain - double) / 8 * 65e9 == pytest.approx(3.0e9, abs=0.05e9)  # what that is for 65 billion weights


def test_normal_levels_fit_normal_weights():
    rng = np.random.default_rng(0)
    normal = rng.normal(scale=0.02, size=64 * 2_000)
    even = rng.uniform(-0.05, 0.05, size=64 * 2_000)

    def error(weights, levels):
        return np.mean((rounded(weights, levels) - weights) ** 2)

    assert error(normal, NF4) < 0.9 * error(normal, INT4)
    assert error(even, NF4) > error(even, INT4)  # the control: for evenly spread numbers even steps are better


def test_memory_of_the_parts():
    base = (LINEAR * 4.127 / 8 + EMBEDDINGS * 2) / 1e9
    assert base == pytest.approx(3.9, abs=0.05)
    assert pytest.approx(13.5, abs=0.05) == (LINEAR + EMBEDDINGS) * 2 / 1e9
    assert pytest.approx(0.64, abs=0.01) == ADAPTER * 16 / 1e9  # weights, gradients, moments of the adapter
    assert base + ADAPTER * 16 / 1e9 == pytest.approx(4.5, abs=0.05)
    assert pytest.approx(33.5, abs=0.1) == 65e9 * 4.127 / 8 / 1e9  # 65 billion weights: fits into 48 GB
    assert 65e9 * 2 / 1e9 == 130


def test_activations_depend_on_tokens_not_on_bits():
    layers, width = 32, 4096
    kept = 4 * 2048 * width * 2 * layers  # with checkpointing: the input of each layer in 16 bits, 4 sequences of 2,048 tokens
    assert kept / 1e9 == pytest.approx(2.1, abs=0.1)
    logits = 4 * 2048 * 32_000 * 4
    assert logits / 1e9 == pytest.approx(1.05, abs=0.01)  # the scores over the vocabulary in 32 bits come on top


def test_gradient_reaches_the_adapter_through_frozen_rounded_weights():
    rng = np.random.default_rng(1)
    x, target = rng.normal(size=(64, 32)), rng.normal(size=(64, 8))
    w = rounded(rng.normal(size=(32, 8)), NF4)
    start, a, b = w.copy(), 0.1 * rng.normal(size=(32, 4)), np.zeros((4, 8))
    first = np.mean((x @ w - target) ** 2)
    for _ in range(1_000):
        back = 2 * (x @ w + x @ a @ b - target) / target.size
        a, b = a - 0.05 * x.T @ back @ b.T, b - 0.05 * a.T @ x.T @ back
    assert np.mean((x @ w + x @ a @ b - target) ** 2) < 0.7 * first
    assert (w == start).all()  # not one 4-bit weight was changed


def test_small_steps_vanish_between_the_levels():
    rng = np.random.default_rng(2)
    w = rounded(rng.normal(scale=0.02, size=64 * 200), NF4)
    step = 1e-4 * np.sign(rng.normal(size=w.size))  # a step of ordinary size for one weight
    assert (rounded(w + step, NF4) == w).mean() < 0.9  # scales move a little with the largest weight ...
    blocks, moved = w.reshape(-1, 64), (w + step).reshape(-1, 64)
    scale = np.abs(blocks).max(axis=1, keepdims=True)

    def code(values):
        return np.abs(values[:, :, None] / scale[:, :, None] - NF4).argmin(axis=2)

    assert (code(moved) == code(blocks)).all()  # ... but every weight stays on its level
    # The control: rounded up or down by lot, in proportion to the distance, the steps are kept on average.
    place = np.clip(np.searchsorted(NF4, moved / scale, side="right") - 1, 0, 14)
    low, high = NF4[place] * scale, NF4[place + 1] * scale
    by_lot = np.where(rng.random(moved.shape) < (moved - low) / (high - low), high, low)
    inner = (np.abs(blocks) < scale) & (step.reshape(-1, 64) > 0)
    assert (by_lot - blocks)[inner].mean() == pytest.approx(1e-4, rel=0.3)


def merged(seed=3, size=0.1):
    """Base in 16 bits, its 4-bit form, an adapter learned on that form, and three ways to put them together."""
    rng = np.random.default_rng(seed)
    full = rng.normal(scale=0.02, size=(256, 256))
    base = rounded(full.ravel(), NF4).reshape(full.shape)
    delta = rng.normal(size=(256, 8)) @ rng.normal(size=(8, 256))
    delta *= size * 0.02 / delta.std()
    trained = base + delta  # what was evaluated in training
    again = rounded(trained.ravel(), NF4).reshape(full.shape)
    return full, base, delta, trained, again


def test_rounding_the_merge_again_loses_part_of_the_update():
    _, _, delta, trained, again = merged()
    assert np.linalg.norm(again - trained) / np.linalg.norm(delta) > 0.6  # the new rounding error is of the size of the update
    _, _, delta, trained, again = merged(size=2.0)
    assert np.linalg.norm(again - trained) / np.linalg.norm(delta) < 0.15  # a large update would survive


def test_merge_into_the_weights_it_was_trained_on():
    full, base, delta, trained, _ = merged()
    into_original = full + delta
    assert np.allclose(base + delta, trained)  # dequantised base plus update: exactly what was trained
    gap = np.linalg.norm(into_original - trained) / np.linalg.norm(delta)
    assert gap > 0.8  # the original weights differ from the rounded ones by about as much as the update itself
