"""The figures and claims of the question on serving many users, computed and simulated.

The machine in all of them: an NVIDIA H100 SXM by its data sheet, and 8 billion weights in 16 bit with 128 KiB of cache a token.
"""

import heapq

import numpy as np
import pytest

PARAMETERS, PEAK, BANDWIDTH, A_TOKEN = 8e9, 989e12, 3.35e12, 128 * 1024


def step_seconds(users, tokens_each=0):
    """One decoding step: reading (weights once, every cache) or arithmetic, whichever takes longer."""
    reading = (2 * PARAMETERS + users * tokens_each * A_TOKEN) / BANDWIDTH
    return max(reading, 2 * PARAMETERS * users / PEAK)


def test_a_step_reads_the_weights_once_for_the_whole_batch():
    assert step_seconds(1) == pytest.approx(4.78e-3, abs=0.01e-3)
    assert 1 / step_seconds(1) == pytest.approx(209, abs=1)
    assert step_seconds(32) == step_seconds(1)
    assert 32 / step_seconds(32) == pytest.approx(6_700, abs=10)
    assert step_seconds(600) > step_seconds(1)  # beyond about 295 the arithmetic is the limit


def test_more_users_wake_more_experts():
    """256 experts in a layer and 8 of them a token, as in DeepSeek-V3, with even random routing: experts that one step reads."""
    experts, a_token = 256, 8
    woken = {users: experts * (1 - (1 - a_token / experts) ** users) for users in (1, 32, 256)}
    assert woken[1] == a_token
    assert woken[32] == pytest.approx(163, abs=0.5)
    assert woken[256] > 255
    assert 32 / (woken[32] / woken[1]) < 2  # 32 times the tokens for 20 times the reading: far from free


def test_waiting_for_the_longest_wastes_more_than_half():
    rng = np.random.default_rng(0)
    lengths = np.maximum(1, rng.lognormal(mean=4.5, sigma=1.0, size=800)).astype(int)
    assert np.percentile(lengths, 95) / np.percentile(lengths, 5) > 10
    places = 8
    static = sum(int(lengths[i : i + places].max()) for i in range(0, len(lengths), places))
    free = [0] * places  # continuous: the place that is free first takes the next request
    for length in lengths:
        heapq.heappush(free, heapq.heappop(free) + int(length))
    assert static > 2 * max(free)


def test_blocks_waste_less_than_reservations():
    used, reserved, block = 300, 2048, 16
    assert used / reserved == pytest.approx(0.15, abs=0.005)
    for length in range(1, 400):
        assert 0 <= -(-length // block) * block - length <= 15


def test_attention_over_scattered_blocks_is_the_same():
    rng = np.random.default_rng(1)
    length, width, block = 50, 8, 16
    q, k, v = rng.normal(size=width), rng.normal(size=(length, width)), rng.normal(size=(length, width))
    pool = rng.normal(size=(9, 2, block, width))  # memory with other tenants' leftovers
    table = [7, 2, 5, 0]
    for n, page in enumerate(table):
        part = slice(n * block, min((n + 1) * block, length))
        pool[page, 0, : part.stop - part.start], pool[page, 1, : part.stop - part.start] = k[part], v[part]

    def attend(keys, values):
        e = np.exp(keys @ q / np.sqrt(width))
        return e / e.sum() @ values

    gathered = np.concatenate([pool[page] for page in table], axis=1)[:, :length]
    assert np.allclose(attend(*gathered), attend(k, v))


def test_prefill_is_arithmetic_and_decode_is_reading():
    prompt = 2_000
    assert 2 * PARAMETERS * prompt == 3.2e13
    assert 2 * PARAMETERS * prompt / PEAK == pytest.approx(32e-3, abs=0.5e-3)
    assert 2 * PARAMETERS * prompt / PEAK > 2 * PARAMETERS / BANDWIDTH  # more time for arithmetic than for reading the weights
    assert 2 * PARAMETERS / PEAK < 2 * PARAMETERS / BANDWIDTH / 100  # one token: the reverse


def test_what_is_left_holds_so_many_tokens():
    tokens = 60e9 / A_TOKEN
    assert tokens == pytest.approx(458_000, rel=0.001)
    assert int(tokens // 2_000) == 228
    assert int(tokens // 8_192) == 55
    assert int(tokens // 131_072) == 3


def test_reading_full_caches_takes_longer_than_the_weights():
    caches, weights = 60e9 / BANDWIDTH, 2 * PARAMETERS / BANDWIDTH
    assert caches == pytest.approx(18e-3, abs=0.1e-3)
    assert 1 / (caches + weights) == pytest.approx(44, abs=0.5)


def test_larger_batches_give_more_in_sum_and_less_to_each():
    each = [1 / step_seconds(users, 2_000) for users in (1, 16, 64, 228)]
    together = [users * speed for users, speed in zip((1, 16, 64, 228), each, strict=True)]
    assert together == sorted(together)
    assert each == sorted(each, reverse=True)
