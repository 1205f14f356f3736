"""The figures of the question on conversation and repair, computed."""

import numpy as np
import pytest


def cost(sure, guess_wrong, ask):
    """What guessing costs, and what asking costs, at the given sureness of the best reading."""
    return (1 - sure) * guess_wrong, ask


def test_asking_pays_below_a_sureness_that_the_stakes_set():
    def threshold(guess_wrong, ask):
        return 1 - ask / guess_wrong

    assert threshold(20, 5) == pytest.approx(0.75)  # a wrong guess costs 20 seconds, a question 5
    assert threshold(600, 5) == pytest.approx(0.992, abs=0.001)  # ten minutes to clean up
    for sure in (0.5, 0.9):
        guessing, asking = cost(sure, 20, 5)
        assert (asking < guessing) == (sure < 0.75)


def test_a_choice_between_two_is_answered_sooner_than_an_open_question():
    """Assumes eight readings of which two carry nine tenths, and the other six are equally likely.

    An open question is assumed to settle it half of the time. A pointed one names two readings and may be answered with "neither". By hand
    and drawn; asked so as to halve what is left instead, it would be 1.27.
    """
    rng = np.random.default_rng(0)
    asked_open = rng.geometric(0.5, 50_000)
    assert asked_open.mean() == pytest.approx(2, abs=0.03)
    probable = np.array([0.6, 0.3] + [0.1 / 6] * 6)  # two readings carry nine tenths
    assert probable[:2].sum() == pytest.approx(0.9)
    pointed = 1 * 0.9 + (1 + (1 + 2 + 3) / 3) * 0.1  # one question; or it, and then one, two or three for the other six
    assert pointed == pytest.approx(1.2)
    meant = rng.choice(8, 50_000, p=probable)
    assert (meant // 2 + 1).mean() == pytest.approx(pointed, abs=0.01)
    halved = 1 * 0.9 + (1 + (2 * 2 + 4 * 3) / 6) * 0.1  # of six, two are found by two halvings and four by three
    assert halved == pytest.approx(1.27, abs=0.005)


def test_early_errors_travel_through_a_conversation():
    def right_after(turns, misread, mended):
        """Share of conversations on the right track: each turn may be misread, and a misreading may be mended in the next."""
        on_track = 1.0
        for _ in range(turns):
            on_track = on_track * (1 - misread) + (1 - on_track) * mended
        return on_track

    assert right_after(10, 0.05, 0.0) == pytest.approx(0.599, abs=0.001)
    assert right_after(10, 0.05, 0.5) == pytest.approx(0.909, abs=0.002)


def test_handing_over_after_the_second_failure():
    success = 0.6  # a try that works, for those whom it can help
    assert 1 - (1 - success) ** 2 == pytest.approx(0.84)
    assert (1 - success) ** 2 * success == pytest.approx(0.096)  # gained by a third try
    assert (1 - success) ** 4 * success == pytest.approx(0.015, abs=0.001)  # by a fifth
    hopeless = 0.2  # cases that no try helps: they make up ever more of those who are left
    left = (1 - hopeless) * (1 - success) ** 2
    assert left * success / (left + hopeless) == pytest.approx(0.23, abs=0.005)
