"""The figures of the question on open weights or an API, computed. The prices are examples, not offers."""

import numpy as np
import pytest


def own_price(hourly, tokens_a_second, used):
    """What a million tokens cost on machines of one's own, at the share of the time that they are busy."""
    return hourly / (tokens_a_second * 3600 * used / 1e6)


def test_the_share_of_busy_hours_decides_what_a_token_costs():
    assert own_price(20, 2000, 1.0) == pytest.approx(2.78, abs=0.01)
    assert own_price(20, 2000, 0.1) == pytest.approx(27.8, abs=0.1)
    even = own_price(20, 2000, 1.0) / 5  # against an API at 5 a million
    assert even == pytest.approx(0.556, abs=0.001)
    assert own_price(20, 2000, even) == pytest.approx(5)
    with_people = 20 + 15_000 / 730  # one half of an engineer's month beside the machine
    assert own_price(with_people, 2000, 1.0) / 5 > 1  # then it never pays at this size


def test_a_machine_sized_for_the_peak_stands_idle_most_of_the_day():
    hours = np.arange(24)
    load = np.where((hours >= 8) & (hours < 18), 1.0, 0.1)  # an office day
    week = np.concatenate([np.tile(load, 5), np.full(48, 0.05)])
    assert week.mean() / week.max() == pytest.approx(0.354, abs=0.001)
    spiky = np.concatenate([week[:-1], [3.0]])  # one hour of three times the usual peak
    assert spiky.mean() / spiky.max() == pytest.approx(0.124, abs=0.001)


def test_a_switch_is_judged_on_the_same_cases():
    rng = np.random.default_rng(0)
    hard = rng.normal(0, 2, 400)  # how hard each of 400 cases is, for both models

    def right(skill):
        return rng.random(400) < 1 / (1 + np.exp(hard - skill))

    same, apart = [], []
    for _ in range(2000):
        old, new = right(1.0), right(1.4)
        same.append(new.mean() - old.mean())
        apart.append(rng.choice(new, 400).mean() - rng.choice(old, 400).mean())  # each on cases of its own
    assert np.std(same) < np.std(apart)
    assert np.mean(same) == pytest.approx(np.mean(apart), abs=0.005)
