"""The figures and claims of the question on the memory of training, computed."""

import numpy as np
import pytest

GB = 1e9


def test_states_and_their_shards():
    """Weights 2, gradients 2, optimiser 12 bytes a parameter; sharded one after the other over n devices."""
    parameters, n = 7.5e9, 64

    def shared(weights, gradients, optimiser):
        return parameters * (weights + gradients + optimiser) / GB

    assert shared(2, 2, 12) == 120
    assert shared(2, 2, 12 / n) == pytest.approx(31.4, abs=0.05)
    assert shared(2, 2 / n, 12 / n) == pytest.approx(16.6, abs=0.05)
    assert shared(2 / n, 2 / n, 12 / n) == pytest.approx(1.9, abs=0.05)
    assert 2 + 4 + 12 == 18  # gradients in 32 bits
    assert 2 + 2 + 4 + 1 + 1 == 10  # moments in 8 bits


def test_seven_billion_on_eight_cards():
    states = 16 * 7e9 / GB
    assert states == 112 and states > 80
    assert states / 8 == 14


def test_activations_of_gpt3():
    s, b, h, a, layers = 2048, 1, 12_288, 96, 96
    linear, square = 34 * s * b * h, 5 * a * s * s * b
    layer = linear + square
    assert layer == s * b * h * (34 + 5 * a * s / h)
    assert layer / GB == pytest.approx(2.87, abs=0.005)
    assert layers * layer / GB == pytest.approx(275, abs=1)
    assert square / layer == pytest.approx(0.70, abs=0.005)
    doubled = 34 * (2 * s) * b * h + 5 * a * (2 * s) ** 2 * b
    assert doubled > 3 * layer  # twice the length, more than three times the memory


def test_recomputation_trades_a_third_more_work():
    s, b, h, layers = 2048, 1, 12_288, 96
    inputs_only, without_attention = 2 * s * b * h, 34 * s * b * h
    assert layers * inputs_only / GB == pytest.approx(4.8, abs=0.05)
    assert layers * without_attention / GB == pytest.approx(82, abs=0.5)
    forward, backward = 2, 4
    assert (forward + forward + backward) / (forward + backward) == pytest.approx(4 / 3)

    def kept(every, depth=64):
        """Layers held at once: the kept ones, and one stretch between two of them."""
        return -(-depth // every) + every

    assert min(range(1, 65), key=kept) == 8  # the square root of 64


def test_a_split_layer_gives_the_same_result():
    rng = np.random.default_rng(0)
    x, up, down = rng.normal(size=(5, 8)), rng.normal(size=(8, 32)), rng.normal(size=(32, 8))
    whole = np.maximum(x @ up, 0) @ down
    parts = [np.maximum(x @ u, 0) @ d for u, d in zip(np.split(up, 4, axis=1), np.split(down, 4, axis=0), strict=True)]
    assert np.allclose(sum(parts), whole)  # one sum over the devices


def test_the_bubble_of_a_pipeline():
    def idle(stages, batches):
        """Each stage works on batch j at time i + j; counted over all stages until the last has finished."""
        total = stages + batches - 1
        busy = np.zeros((stages, total), bool)
        for i in range(stages):
            busy[i, i : i + batches] = True
        return 1 - busy.mean()

    assert idle(8, 32) == pytest.approx(7 / 39) == pytest.approx(0.18, abs=0.005)
    assert idle(8, 8) == pytest.approx(0.47, abs=0.005)


def test_traffic_of_the_stages():
    """In sizes of the model that each device sends, counted on a ring of devices."""
    n = 64
    rng = np.random.default_rng(2)
    held = rng.normal(size=(n, n))  # a gradient of n pieces on each of n devices
    total, sent = held.sum(axis=0), 0
    for step in range(n - 1):  # reduce-scatter: each device passes one running sum on to its neighbour
        passed = [(device, (device - step) % n, held[device, (device - step) % n]) for device in range(n)]
        for device, piece, value in passed:
            held[(device + 1) % n, piece] += value
        sent += 1
    assert np.allclose([held[device, (device + 1) % n] for device in range(n)], total[[(d + 1) % n for d in range(n)]])
    scatter = sent / n  # pieces over pieces
    gather, known = 0.0, np.eye(n, dtype=bool)
    for step in range(n - 1):  # all-gather: each device passes on what it has just learned
        for device in range(n):
            known[(device + 1) % n, (device - step) % n] = True
        gather += 1 / n
    assert known.all()
    assert scatter == pytest.approx(gather) == pytest.approx(1, abs=0.02)
    plain = scatter + gather  # an all-reduce of the gradients
    optimiser_and_gradients = scatter + gather  # scatter the gradients, gather the new weights
    weights_too = gather + gather + scatter  # weights for forward, for backward; gradients
    assert optimiser_and_gradients == plain
    assert weights_too / plain == pytest.approx(1.5)


def test_tiled_attention_is_exact():
    """Softmax over tiles with a running maximum and sum: no full row of scores is ever held."""
    rng = np.random.default_rng(1)
    q, k, v = rng.normal(size=(16,)), rng.normal(size=(40, 16)), rng.normal(size=(40, 8))
    scores = k @ q / 4
    p = np.exp(scores - scores.max())
    plain = p / p.sum() @ v
    top, total, out = -np.inf, 0.0, np.zeros(8)
    for start in range(0, 40, 8):
        tile = k[start : start + 8] @ q / 4
        new = max(top, tile.max())
        weights = np.exp(tile - new)
        out = out * np.exp(top - new) + weights @ v[start : start + 8]
        total = total * np.exp(top - new) + weights.sum()
        top = new
    assert np.allclose(out / total, plain)
