"""The figures and claims of the question on serving many adapters, computed."""

import numpy as np
import pytest

WIDTH, KEY_VALUE, INNER, LAYERS = 4096, 1024, 14336, 32  # the shape of Llama-3.1-8B
PARAMETERS = 8.03e9
MATRICES = [(WIDTH, WIDTH), (WIDTH, KEY_VALUE), (WIDTH, KEY_VALUE), (WIDTH, WIDTH), (WIDTH, INNER), (WIDTH, INNER), (INNER, WIDTH)]
BANDWIDTH = 3.35e12  # bytes a second, NVIDIA H100 SXM


def adapter_bytes(rank):
    return 2 * LAYERS * sum(rank * (a + b) for a, b in MATRICES)  # 16-bit numbers, all linear layers


def test_fifty_copies_against_fifty_adapters():
    base = 2 * PARAMETERS
    assert adapter_bytes(16) == 2 * 41_943_040
    assert adapter_bytes(16) == pytest.approx(84e6, rel=0.01)
    assert 50 * base == pytest.approx(803e9, rel=0.001)
    assert base + 50 * adapter_bytes(16) == pytest.approx(20.3e9, rel=0.01)
    assert adapter_bytes(64) == 4 * adapter_bytes(16)  # room for rank 64 is four times that for rank 16
    assert 24e9 // adapter_bytes(16) == 286  # beside 16 GB of base and 40 GB of caches on an 80 GB card
    cached = 2 * LAYERS * KEY_VALUE * 2  # bytes of keys and values of one token in 16 bits
    assert 20 * adapter_bytes(64) / cached == pytest.approx(51_200)


def test_mixed_batch_gives_each_request_its_own_model():
    rng = np.random.default_rng(0)
    w = rng.normal(size=(32, 24))
    a, b = rng.normal(size=(5, 32, 4)), rng.normal(size=(5, 4, 24))
    x, which = rng.normal(size=(8, 32)), np.array([0, 3, 1, 1, 4, 0, 2, 3])
    together = x @ w + np.einsum("ni,nir,nro->no", x, a[which], b[which])  # base once for all, then each row's own thin pair
    alone = np.stack([row @ (w + a[k] @ b[k]) for row, k in zip(x, which, strict=True)])
    assert np.allclose(together, alone)
    assert not np.allclose(together, x @ w + np.einsum("ni,nir,nro->no", x, a[which[::-1]], b[which[::-1]]))  # the control: wrong adapter


def test_one_step_for_32_adapters_against_32_merged_models():
    base = 2 * PARAMETERS / BANDWIDTH  # a decoding step waits for the weights; caches left out
    mixed = base + 32 * adapter_bytes(16) / BANDWIDTH
    assert mixed / base == pytest.approx(1.17, abs=0.005)
    assert 32 * base / mixed == pytest.approx(27.4, abs=0.1)  # one user of each: each merged model needs a step of its own
    assert 1e3 * base == pytest.approx(4.8, abs=0.05)


def test_extra_arithmetic_is_half_a_percent():
    assert adapter_bytes(16) / 2 / PARAMETERS == pytest.approx(0.0052, abs=0.0001)


def test_loading_an_adapter_against_loading_a_model():
    link = 25e9  # bytes a second from main memory to the GPU; an assumption
    assert 1e3 * adapter_bytes(16) / link == pytest.approx(3.4, abs=0.1)
    assert 1e3 * 2 * PARAMETERS / link == pytest.approx(642, abs=1)


def test_cached_keys_belong_to_one_adapter():
    rng = np.random.default_rng(1)
    x, first, key = rng.normal(size=(6, 16)), rng.normal(size=(16, 16)) / 4, rng.normal(size=(16, 16)) / 4
    delta = 0.1 * rng.normal(size=(16, 2)) @ rng.normal(size=(2, 16))

    def keys(change_first, change_key):
        return np.tanh(x @ (first + change_first)) @ (key + change_key)

    none = np.zeros_like(delta)
    assert np.allclose(keys(none, none), keys(none, none))
    assert not np.allclose(keys(none, none), keys(none, delta))  # the same prompt, an adapter on the key projection
    assert not np.allclose(keys(none, none), keys(delta, none))  # and also where only an earlier layer was adapted


def bf16(x):
    bits = np.asarray(x, dtype=np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)


def test_adding_and_taking_away_leaves_a_residue():
    rng = np.random.default_rng(2)
    start = bf16(rng.normal(scale=0.02, size=200_000))
    weights = start.copy()
    for _ in range(20):
        delta = bf16(rng.normal(scale=0.002, size=start.size))
        weights = bf16(weights + delta)
        weights = bf16(weights - delta)
    assert (weights != start).mean() > 0.5  # most weights are not what they were
    exact = start.astype(np.float64)
    deltas = rng.normal(scale=0.002, size=start.size)
    assert np.allclose(exact + deltas - deltas, start, atol=1e-15)  # the control: rounding is to blame, not the method
