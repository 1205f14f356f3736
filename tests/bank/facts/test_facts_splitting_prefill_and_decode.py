"""The figures and claims of the question on separating prefill and decoding, computed."""

import math

import pytest

PARAMETERS, LAYERS, WIDTH = 8.03e9, 32, 4096  # Llama 3 8B
FLOPS, BANDWIDTH = 989e12, 3.35e12  # H100 SXM, dense 16 bit, and bytes a second


def prefill_operations(tokens):
    """Two for each parameter and token, and scores and weighted sums over half of the square."""
    return 2 * PARAMETERS * tokens + LAYERS * 4 * WIDTH * tokens * tokens / 2


def test_a_long_prompt_takes_longer_than_many_decoding_steps():
    assert prefill_operations(32_000) == pytest.approx(0.78e15, rel=0.01)
    seconds = prefill_operations(32_000) / (0.4 * FLOPS)
    assert seconds == pytest.approx(2.0, abs=0.05)
    step = (2 * PARAMETERS + 64 * 4000 * 128 * 1024) / BANDWIDTH  # weights and the caches of 64 users with 4,000 tokens
    assert 0.010 < step < 0.025
    assert seconds / step > 50


def test_the_time_to_move_a_cache():
    moved = 10_000 * 320 * 1024
    assert moved == pytest.approx(3.3e9, rel=0.01)
    assert moved / 50e9 == pytest.approx(0.066, abs=0.001)
    assert moved / 1.25e9 == pytest.approx(2.6, abs=0.05)
    assert moved / (10_000 * 4) > 50_000  # against the text itself, some four bytes a token
    compressed = 61 * (512 + 64) * 2  # DeepSeek-V3: a code and a position key in each of 61 layers, 16 bit
    assert compressed / 1024 == pytest.approx(69, abs=0.5)
    assert 10_000 * compressed == pytest.approx(0.7e9, rel=0.01)


def test_the_ratio_follows_the_traffic():
    def machines(tokens_in, tokens_out, a_second=100, prefill=10_000, decode=1_000):
        return a_second * tokens_in / prefill, a_second * tokens_out / decode

    assert machines(2000, 200) == (20, 20)
    reading, writing = machines(8000, 100)
    assert reading == 8 * writing
    reading, writing = machines(300, 600)
    assert writing == 20 * reading


def test_two_generations_grow_unevenly():
    a100, h100 = (312e12, 2.039e12), (989e12, 3.35e12)
    assert h100[0] / a100[0] == pytest.approx(3.2, abs=0.05)
    assert h100[1] / a100[1] == pytest.approx(1.64, abs=0.01)


def test_two_small_pools_need_more_reserve_than_one():
    def enough(mean, quantile=0.99):
        """The number of machines that suffices in 99 of 100 moments, if the need is a Poisson number."""
        total, p, n = 0.0, math.exp(-mean), 0
        while total + p < quantile:
            total, n = total + p, n + 1
            p *= mean / n
        return n

    assert enough(4) + enough(4) > enough(8)
    small, large = 2 * enough(4) / enough(8), 2 * enough(200) / enough(400)
    assert small > large + 0.1  # the loss fades with size


def test_chunks_bound_the_pause():
    """Assumes 40 percent of the peak for every chunk, and that a chunk attends to all that was read before it and to half of itself.

    The other way: the chunks must add up to the whole prompt, which ``prefill_operations`` counts at once.
    """

    def chunk_operations(new, before):
        return 2 * PARAMETERS * new + LAYERS * 4 * WIDTH * new * (before + new / 2)

    operations = [chunk_operations(2_000, before) for before in range(0, 32_000, 2_000)]
    assert sum(operations) == pytest.approx(prefill_operations(32_000))
    pauses = [work / (0.4 * FLOPS) for work in operations]
    assert len(pauses) == 16  # the new request waits for sixteen steps
    assert (pauses[0], pauses[-1]) == pytest.approx((0.08, 0.16), abs=0.005)
    assert max(pauses) < prefill_operations(32_000) / (0.4 * FLOPS) / 10


def test_loading_a_cache_against_reading_again():
    tokens, shape = 10_000, (70.6e9, 320 * 1024)
    load = tokens * shape[1] / 50e9
    read = 2 * shape[0] * tokens / (8 * 0.4 * FLOPS)  # eight cards
    assert load < read
    assert tokens * shape[1] / 1.25e9 > read  # over a slow network it is better to read again
