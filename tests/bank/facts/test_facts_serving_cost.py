"""The figures of the question on latency and cost in serving, computed. Prices and times are assumptions, and the question says so."""

import heapq

import numpy as np
import pytest

GB, KIB, GIB = 1e9, 2**10, 2**30
IN, OUT = 1e-6, 4e-6  # dollars a token
BANDWIDTH, PEAK = 3.35e12, 989e12  # H100 SXM: bytes a second, dense 16-bit operations a second


def price(tokens_in, tokens_out):
    return tokens_in * IN + tokens_out * OUT


def test_the_price_of_a_call():
    assert price(3000, 300) == pytest.approx(0.0042)
    assert price(3000, 0) / price(3000, 300) == pytest.approx(0.71, abs=0.005)
    assert 100_000 * price(3000, 300) == pytest.approx(420)


def test_the_price_of_a_month():
    calls = 100_000 * 4 * 3
    assert calls == 1_200_000
    assert calls * price(3000, 300) == pytest.approx(5040)
    assert 3 * price(3000, 300) == pytest.approx(0.0126)


def test_first_token_and_the_rest():
    first, each, tokens = 0.5, 0.020, 500
    arrives = first + each * np.arange(tokens)  # when each token is there; streaming shows it then, and computes nothing sooner
    assert arrives[0] == first
    assert arrives[-1] == pytest.approx(10.5, abs=0.05)
    assert arrives[-1] - first == pytest.approx(10, abs=0.05)


def step_time(weights, batch, bytes_each=2):
    """Seconds for one token of each sequence: the weights are read once, the arithmetic grows with the batch. The cache is left aside."""
    return max(weights * bytes_each / BANDWIDTH, 2 * weights * batch / PEAK)


def test_decoding_waits_for_memory():
    weights = 8e9
    assert step_time(weights, 1) == pytest.approx(0.0048, abs=0.00005)
    operations_a_byte = PEAK / BANDWIDTH
    assert operations_a_byte == pytest.approx(295, abs=1)
    assert step_time(weights, 64) == step_time(weights, 1)  # nothing slower for 64 users
    assert step_time(weights, 290) == step_time(weights, 1)
    assert step_time(weights, 600) > 2 * step_time(weights, 1)
    assert step_time(weights, 1, bytes_each=0.5) == pytest.approx(step_time(weights, 1) / 4)  # 4-bit weights


def test_the_cache_limits_the_users():
    layers, heads, size, bytes_each = 32, 8, 128, 2
    a_token = 2 * layers * heads * size * bytes_each
    assert a_token == 131_072 == 128 * KIB
    assert 8192 * a_token == GIB
    left = 80 * GB - 2 * 8e9
    assert int(left // (8192 * a_token)) == 59
    assert int(left // (4 * 8192 * a_token)) == 14


def test_a_fuller_batch_makes_cheaper_tokens():
    """Rent by the hour, divided by the tokens of all users: halved by each doubling, until the arithmetic is the limit."""
    weights, rent = 8e9, 2 / 3600  # dollars a second

    def price_of_a_token(batch):
        return rent * step_time(weights, batch) / batch

    assert price_of_a_token(64) == pytest.approx(price_of_a_token(32) / 2)
    assert price_of_a_token(1) == pytest.approx(64 * price_of_a_token(64))
    assert price_of_a_token(1200) == pytest.approx(price_of_a_token(600))  # past the limit a fuller batch saves nothing


def test_what_the_levers_save():
    before = price(3000, 300)
    assert 1 - price(1500, 300) / before == pytest.approx(0.36, abs=0.005)
    routed = 0.8 * before / 10 + 0.2 * before
    assert 1 - routed / before == pytest.approx(0.72)


def test_cost_per_solved_case():
    large, small = 1.0 / 0.9, 0.5 / 0.45
    assert large == pytest.approx(small)


def test_little():
    """A queue without limit, arrivals at random, each served for six seconds: the mean number inside is rate times time."""
    rng = np.random.default_rng(0)
    rate, time = 10, 6
    arrivals = np.cumsum(rng.exponential(1 / rate, 60_000))
    leaving: list[float] = []
    inside = []
    for at in arrivals:
        while leaving and leaving[0] <= at:
            heapq.heappop(leaving)
        inside.append(len(leaving))
        heapq.heappush(leaving, at + time)
    assert np.mean(inside[1000:]) == pytest.approx(rate * time, rel=0.03)


def test_idle_cards_make_dear_tokens():
    dollars_an_hour, tokens_a_second = 2, 2000
    full = dollars_an_hour / (tokens_a_second * 3600) * 1e6
    assert full == pytest.approx(0.28, abs=0.005)
    assert full / 0.1 == pytest.approx(2.78, abs=0.005)
