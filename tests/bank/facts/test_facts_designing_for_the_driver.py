"""The sums of the question on an assistant for the driver."""

import pytest


def metres(kilometres_an_hour, seconds):
    return kilometres_an_hour / 3.6 * seconds


def test_distance_in_two_seconds():
    assert metres(50, 2) == pytest.approx(28, abs=0.3)
    assert metres(130, 2) == pytest.approx(72, abs=0.3)
    assert 12 / 2 == 6  # glances of two seconds in twelve


def test_a_long_answer_lasts_half_a_kilometre():
    seconds = 40 / 150 * 60  # forty words at 150 words a minute
    assert seconds == 16
    assert metres(130, seconds) == pytest.approx(578, abs=1)
    assert pytest.approx(4.8) == 12 / 150 * 60  # twelve words


def test_word_errors_add_up_over_a_command():
    assert pytest.approx(0.735, abs=0.001) == 0.95**6
    assert pytest.approx(0.886, abs=0.001) == 0.98**6


def test_a_confirmation_needs_two_errors():
    """Assumes that the two errors are independent. Where one cause, such as noise, lies behind half of the misheard commands and makes
    four of five answers to them a wrong yes, over eight times as many slip through."""
    misheard, wrong_yes = 0.02, 0.05
    assert misheard * wrong_yes == pytest.approx(0.001)
    noisy = misheard / 2 * 0.8 + misheard / 2 * wrong_yes
    assert noisy / (misheard * wrong_yes) == pytest.approx(8.5)


def test_confirming_all_doubles_the_turns():
    commands, risky = 20, 2
    assert commands * 2 == 40
    assert commands + risky == 22


def test_without_network_some_day():
    """Assumes requests that fail independently. If whole days are without network, the same one in fifty hits one day in fifty."""
    assert pytest.approx(0.18, abs=0.005) == 1 - 0.98**10  # ten requests a day, each without network in one case of fifty


def test_rare_is_often_in_a_fleet():
    cars, commands = 100_000, 10
    assert cars * commands / 1_000 == 1_000  # wrong actions a day at one in a thousand


def test_how_many_drives_show_one_in_a_thousand():
    assert 3 / 0.001 == 3_000  # commands without an error, for 95 percent that the rate is below one in a thousand
    assert pytest.approx(0.05, abs=0.001) == 0.999**3_000
