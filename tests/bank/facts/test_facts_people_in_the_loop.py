"""The figures of the question on people in the loop, computed."""

from math import erf, factorial, log, sqrt

import numpy as np
import pytest

N = 400_000


def below(x):
    return (1 + erf(x / sqrt(2))) / 2


def test_whoever_errs_as_little_as_possible_misses_what_is_rare():
    """Two bell curves two spreads apart, and the line that makes the fewest errors in all."""

    def missed(share):
        line = 1 + log((1 - share) / share) / 2
        return below(line - 2)

    assert missed(0.5) == pytest.approx(0.16, abs=0.005)
    assert missed(0.1) == pytest.approx(0.54, abs=0.005)
    assert missed(0.01) == pytest.approx(0.90, abs=0.005)


def pair(takes_right, takes_wrong, system=0.9, person=0.8):
    """Share of right results, if a person accepts right and wrong proposals so often and else decides alone."""
    return system * (takes_right + (1 - takes_right) * person) + (1 - system) * (1 - takes_wrong) * person


def test_a_pair_can_be_worse_than_the_system_alone():
    assert pair(0.95, 0.70) == pytest.approx(0.915)
    assert pair(0.85, 0.85) == pytest.approx(0.885)  # below the 0.9 of the system
    assert pair(1, 1) == pytest.approx(0.9)  # a person who signs everything adds nothing
    assert pair(0.85, 0.85, system=0.7) > 0.7  # beside a weaker system the same person helps


def test_reading_a_fifth_well_beats_reading_all_in_haste():
    rng = np.random.default_rng(0)
    wrong = rng.random(N) < 0.1
    hurried = rng.random(N) < 0.4  # all are read, four in ten errors are seen
    risky = rng.random(N) < np.where(wrong, 0.6, 0.156)  # a signal that puts six in ten errors into the fifth that is read
    careful = risky & (rng.random(N) < 0.8)
    assert risky.mean() == pytest.approx(0.2, abs=0.005)
    assert (wrong & hurried).sum() / wrong.sum() == pytest.approx(0.40, abs=0.01)
    assert (wrong & careful).sum() / wrong.sum() == pytest.approx(0.48, abs=0.01)
    chance = (rng.random(N) < 0.2) & (rng.random(N) < 0.8)  # without a signal
    assert (wrong & chance).sum() / wrong.sum() == pytest.approx(0.16, abs=0.01)


def test_a_random_sample_tells_of_what_nobody_reads():
    assert pytest.approx(0.01, abs=0.0001) == 1 - 0.05 ** (1 / 300)  # none wrong in 300
    assert pytest.approx(456, abs=1) == 1.96**2 * 0.05 * 0.95 / 0.02**2  # five percent, two points either way
    rng = np.random.default_rng(1)
    wrong = rng.random(N) < 0.05
    flagged = rng.random(N) < np.where(wrong, 0.6, 0.1)
    assert wrong[flagged].mean() == pytest.approx(0.24, abs=0.01)  # among the flagged ones
    assert wrong[~flagged].mean() == pytest.approx(0.023, abs=0.002)  # among those that passed unread


def test_a_queue_near_its_limit():
    """Mean time in line, in units of one review, with random arrivals and durations."""

    def line(load):
        return load / (1 - load)

    assert line(0.8) == pytest.approx(4) and line(0.95) == pytest.approx(19) and line(0.5) == pytest.approx(1)

    def shared(load, people):
        """The same with several reviewers at one queue (Erlang's formula)."""
        offered = load * people
        full = offered**people / factorial(people) / (1 - load)
        waits = full / (sum(offered**k / factorial(k) for k in range(people)) + full)
        return waits / (people * (1 - load))

    assert shared(0.8, 1) == pytest.approx(line(0.8))
    assert shared(0.8, 4) == pytest.approx(0.75, abs=0.01) and shared(0.95, 4) == pytest.approx(4.5, abs=0.1)


def test_four_people_read_less_than_four_percent():
    people, hours, minutes = 4, 6, 4
    read = people * hours * 60 // minutes
    assert read == 360
    assert read / 10_000 == pytest.approx(0.036)
