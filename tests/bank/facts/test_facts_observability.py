"""The figures and claims of the question on observability, computed."""

import statistics

import pytest


def percentile(values, share):
    return sorted(values)[int(share * len(values)) - 1]


def test_a_small_sample_misses_rare_failures():
    seen = 10_000 * 0.02  # a day's requests, of which 2 percent are kept
    assert seen == 200
    assert 1 - (1 - 0.001) ** seen == pytest.approx(0.18, abs=0.005)  # a failure of one in a thousand, seen at least once
    assert 1 - (1 - 0.001) ** 10_000 > 0.9999  # all failures happened, and a rule that keeps every failed trace has them


def test_averages_hide_the_slow():
    times = [1.0] * 95 + [21.0] * 5
    assert statistics.mean(times) == 2.0
    assert percentile(times, 0.5) == 1.0
    assert percentile(times, 0.99) == 21.0


def test_percentiles_do_not_average():
    first, second = [1.0] * 1_000, [1.0] * 920 + [20.0] * 80
    assert (percentile(first, 0.95) + percentile(second, 0.95)) / 2 == 10.5
    assert percentile(first + second, 0.95) == 1.0


def test_many_daily_alarms_ring_by_chance():
    assert 50 * 0.01 == 0.5
    assert pytest.approx(0.39, abs=0.006) == 1 - 0.99**50


def test_burn_rate():
    hours = 30 * 24
    assert 14.4 / hours == pytest.approx(0.02)  # the share of a month's budget that burns in an hour at that rate
    assert 6 * 6 / hours == pytest.approx(0.05)
    assert hours / 14.4 / 24 == pytest.approx(2.1, abs=0.05)  # days until nothing is left


def test_votes_are_no_sample():
    happy, unhappy = 0.9 * 0.005, 0.1 * 0.05  # the content vote ten times more rarely
    assert happy / (happy + unhappy) == pytest.approx(0.47, abs=0.005)


def test_a_fixed_probe_tells_the_model_from_the_users():
    """Score by kind of request; after the change the mix of users' requests differs and the model does not."""
    score = {"easy": 0.95, "hard": 0.60}
    before = 0.8 * score["easy"] + 0.2 * score["hard"]
    after = 0.4 * score["easy"] + 0.6 * score["hard"]
    assert before == pytest.approx(0.88)
    assert after == pytest.approx(0.74)
    probe = [score["easy"]] * 50 + [score["hard"]] * 50
    assert statistics.mean(probe) == pytest.approx(0.775)  # the same cases every day: unchanged, since the model is
