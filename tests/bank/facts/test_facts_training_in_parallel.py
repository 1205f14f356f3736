"""The figures and claims of the question on training in parallel, computed and simulated."""

import numpy as np
import pytest

REACHED = 0.4 * 989e12  # operations a second: 40 percent of the dense 16-bit peak of an H100 SXM
NETWORK, NVLINK = 50e9, 450e9  # bytes a second in one direction: 400 gigabit network, NVLink of an H100


def ring(size, n):
    """Bytes that each of n devices sends for an all-reduce of so many bytes."""
    return 2 * size * (n - 1) / n


def test_averaging_gradients_hides_behind_enough_tokens():
    parameters = 7e9
    sent = ring(2 * parameters, 64)
    assert sent / 1e9 == pytest.approx(27.6, abs=0.1)
    assert ring(2 * parameters, 1024) / sent < 1.02  # hardly more with sixteen times the devices
    exchange = sent / NETWORK
    assert exchange == pytest.approx(0.55, abs=0.005)

    def compute(tokens):
        return 6 * parameters * tokens / REACHED

    assert compute(16_384) == pytest.approx(1.74, abs=0.005)
    assert compute(16_384) * 2 / 3 == pytest.approx(1.16, abs=0.005) and compute(16_384) * 2 / 3 > exchange
    assert compute(4_096) == pytest.approx(0.435, abs=0.001) and compute(4_096) < exchange


def test_four_times_the_batch_at_the_critical_size():
    """Steps fall as 1 + critical/batch (McCandlish et al. 2018)."""

    def steps(batch):
        return 1 + 1 / batch

    assert steps(1) / steps(4) == pytest.approx(1.6)
    assert steps(1 / 64) / steps(4 / 64) > 3.8  # far below the critical size it is nearly fourfold
    assert steps(16) / steps(64) < 1.05  # and far above it nearly nothing
    assert 4 * steps(4) / (1 * steps(1)) == 2.5  # while the examples used grow

    # The reason, in the smallest model: a noisy gradient of a quadratic bowl, best step length for each batch.
    def progress(batch, noise=1.0):
        """Best expected fall of the loss in one step along a gradient of size one: 1 / (1 + noise / batch), up to a factor."""
        rates = np.linspace(0, 2, 2001)
        falls = rates - rates**2 / 2 * (1 + noise / batch)
        return falls.max()

    assert progress(4) / progress(1) == pytest.approx(steps(1) / steps(4), abs=0.001)


def test_gathering_a_layer_needs_thousands_of_tokens():
    weights = 2e8  # one layer; it cancels out
    fetch = 2 * weights / NETWORK
    tokens = fetch / (2 * weights / REACHED)
    assert tokens == pytest.approx(7_900, rel=0.01)
    assert 2 * weights * 2_000 / REACHED < fetch < 2 * weights * 16_000 / REACHED


def test_splitting_layers_needs_the_fast_link():
    width, layers, tokens, n = 4096, 32, 8192, 8
    exchanged = 4 * layers * 2 * width * tokens  # two forward, two backward, 16 bits
    compute = 6 * 8e9 * tokens / n / REACHED
    assert ring(exchanged, n) / NVLINK == pytest.approx(0.033, abs=0.001)
    assert ring(exchanged, n) / NETWORK == pytest.approx(0.30, abs=0.005)
    assert compute == pytest.approx(0.124, abs=0.001)
    assert ring(exchanged, n) / NVLINK < compute < ring(exchanged, n) / NETWORK


def test_idle_time_of_a_pipeline():
    def idle(stages, batches, slices=1):
        return (stages - 1) / (slices * batches + stages - 1)

    stages, batches = 8, 16
    busy = np.zeros((stages, stages + batches - 1), bool)
    for stage in range(stages):
        busy[stage, stage : stage + batches] = True
    assert 1 - busy.mean() == pytest.approx(idle(8, 16)) == pytest.approx(0.30, abs=0.005)
    assert idle(8, 16, slices=4) == pytest.approx(0.10, abs=0.005)
    assert idle(8, 64) == pytest.approx(idle(8, 16, slices=4))  # as if there were four times the micro-batches


def test_causal_work_is_even_only_when_pieces_are_paired():
    tokens, n = 1600, 8
    work = np.arange(1, tokens + 1)  # a token attends to itself and to all before it
    plain = np.array([part.sum() for part in np.split(work, n)])
    assert plain[-1] / plain.mean() == pytest.approx(1.87, abs=0.01)
    pieces = np.array([part.sum() for part in np.split(work, 2 * n)])
    paired = pieces[:n] + pieces[::-1][:n]
    assert paired.max() == paired.min()


def test_the_fullest_device_sets_the_pace():
    rng = np.random.default_rng(0)

    def slowdown(share):
        loads = np.bincount(rng.choice(8, 80_000, p=share), minlength=8)
        return loads.max() / loads.mean()

    assert slowdown(np.full(8, 1 / 8)) < 1.03
    assert slowdown(np.array([1.5 / 8] + [6.5 / 56] * 7)) == pytest.approx(1.5, abs=0.03)


def test_the_slowest_of_many_is_slower():
    rng = np.random.default_rng(1)
    times = 1 + 0.1 * rng.exponential(size=(400, 1024))
    assert times.mean() == pytest.approx(1.1, abs=0.01)
    waits = [times[:, :n].max(axis=1).mean() for n in (1, 8, 64, 1024)]
    assert waits == sorted(waits) and waits[0] == pytest.approx(1.1, abs=0.02) and waits[-1] > 1.6


def test_thirteen_billion_on_sixty_four_cards():
    states = 16 * 13e9 / 1e9
    assert states == 208
    assert states / 64 == 3.25
