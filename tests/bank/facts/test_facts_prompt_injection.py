"""The figures of the question on prompt injection, computed."""

import pytest


def test_most_alarms_of_a_good_filter_are_false():
    attacks, caught, false_alarm = 1 / 10_000, 0.99, 0.01
    real = attacks * caught
    innocent = (1 - attacks) * false_alarm
    assert real / (real + innocent) == pytest.approx(0.01, abs=0.0003)  # one alarm in a hundred
    assert 10_000 * innocent == pytest.approx(100, abs=0.1)  # in ten thousand messages
    assert 1_000_000 * innocent == pytest.approx(10_000, abs=5)  # in a million


def test_many_tries_find_a_rare_success():
    missed = 0.99
    assert 1 - missed**100 == pytest.approx(0.63, abs=0.005)
    assert 1 - missed**1000 > 0.9999  # with enough independent tries, nearly certain
