"""The figures and claims of the question on small models and models on the device, computed."""

import numpy as np
import pytest

BLOCK = 32


def packed(weights):
    """Four bits a weight in blocks of 32 with a 16-bit scale each, as llama.cpp's Q4_0: the bytes, and what is read back from them."""
    blocks = weights.reshape(-1, BLOCK)
    largest = blocks[np.arange(len(blocks)), abs(blocks).argmax(axis=1)]
    scales = (largest / -8).astype(np.float16)
    steps = np.clip(np.round(blocks / scales.astype(np.float32)[:, None]) + 8, 0, 15).astype(np.uint8)
    halves = steps[:, : BLOCK // 2] | (steps[:, BLOCK // 2 :] << 4)
    data = scales.tobytes() + halves.tobytes()
    low, high = halves & 15, halves >> 4
    back = (np.hstack([low, high]).astype(np.float32) - 8) * scales.astype(np.float32)[:, None]
    return data, back.reshape(weights.shape)


def gigabytes(parameters, bits):
    return parameters * bits / 8 / 1e9


def test_four_bits_with_scales_are_four_and_a_half():
    weights = np.random.default_rng(0).normal(size=64_000).astype(np.float32)
    data, back = packed(weights)
    assert len(data) * 8 / weights.size == 4.5
    error = np.sqrt(((weights - back) ** 2).mean()) / weights.std()
    assert 0.05 < error < 0.12  # it costs precision: some nine percent of the spread of the weights


def test_three_billion_fit_where_seventy_do_not():
    assert gigabytes(3.21e9, 16) == pytest.approx(6.4, abs=0.05)
    assert gigabytes(3.21e9, 4.5) == pytest.approx(1.8, abs=0.05)
    assert [gigabytes(7e9, bits) for bits in (32, 16, 8, 4)] == [28, 14, 7, 3.5]
    assert gigabytes(70.6e9, 4.5) == pytest.approx(39.7, abs=0.1)
    assert gigabytes(70.6e9, 2) > 17  # even at two bits


def test_eight_billion_nearly_fill_a_phone_of_eight_gigabytes():
    cache = 8192 * 2 * 32 * 8 * 128 * 2 / 1e9  # keys and values, 32 layers, 8 heads of 128, 16 bits (Llama 3 8B)
    weights = gigabytes(8.03e9, 4.5)
    assert weights == pytest.approx(4.5, abs=0.05) and cache == pytest.approx(1.07, abs=0.01)
    assert 0.65 < (weights + cache) / 8 < 0.75


def test_speed_of_writing_is_bounded_by_reading_the_weights():
    bandwidth = 50e9  # bytes a second, an assumption for a phone

    def tokens_a_second(parameters, bits):
        return bandwidth / (parameters * bits / 8)

    assert tokens_a_second(3.21e9, 4.5) == pytest.approx(28, abs=0.5)
    assert tokens_a_second(8.03e9, 4.5) == pytest.approx(11, abs=0.5)
    assert tokens_a_second(8.03e9, 16) == pytest.approx(3, abs=0.2)


def test_reading_a_long_prompt_can_take_longer_than_the_network():
    def reading(parameters, tokens, operations_a_second):
        return 2 * parameters * tokens / operations_a_second

    phone = reading(3e9, 4000, 2e12)  # 2 TFLOP/s sustained: an assumption
    server = reading(70e9, 4000, 400e12) + 0.2  # one accelerator, and a round trip of a fifth of a second
    assert phone == pytest.approx(12) and server == pytest.approx(1.6)
    maker = 4000 * 0.6e-3  # Apple's figure for its model of three billion on a phone of 2023: 0.6 ms for a token of the prompt
    assert maker == pytest.approx(2.4) and server < maker < phone
    short = reading(3e9, 50, 2e12)
    assert short == pytest.approx(0.15) and short < reading(70e9, 50, 400e12) + 0.2  # a short one is quicker on the phone


def test_a_battery_is_emptied_by_tokens():
    battery, joules = 50e3, 0.1  # of a phone; a token and billion parameters (Liu et al. 2024)

    def hours(billions, tokens_a_second=10):
        return battery / (billions * joules * tokens_a_second) / 3600

    assert hours(7) == pytest.approx(1.98, abs=0.01)
    assert hours(3) == pytest.approx(4.6, abs=0.05)
    assert 300 * 3 * joules / battery == pytest.approx(0.0018)  # one answer of 300 tokens by a model of three billion


def test_sending_on_the_hard_cases_keeps_most_of_the_quality():
    rng = np.random.default_rng(1)
    n = 400_000
    hard = rng.random(n) < 0.2
    small = rng.random(n) < np.where(hard, 0.4, 0.95)
    large = rng.random(n) < np.where(hard, 0.85, 0.97)

    def with_router(sent):
        return np.where(sent, large, small).mean(), 1 / 20 + sent.mean()  # quality; cost, the large model everywhere being 1

    assert large.mean() == pytest.approx(0.946, abs=0.003)
    assert with_router(hard) == pytest.approx((0.93, 0.25), abs=0.003)
    assert with_router(rng.random(n) < 0.2) == pytest.approx((0.861, 0.25), abs=0.003)  # a router that knows nothing
