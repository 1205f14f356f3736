"""The figures of the question on medicine and manufacturing, computed from published ones."""

import numpy as np
import pytest


def test_a_few_saved_seconds_a_note_are_minutes_a_day():
    """In the trial: minus 41 seconds a note with access to one assistant, minus 18 without; it was used in 29.5 percent of visits."""
    saved = 41 - 18  # the mean over all notes of a group, with the assistant or without
    assert saved == 23
    assert 20 * saved / 60 == pytest.approx(7.7, abs=0.05)  # twenty visits a day, used as rarely as in the trial
    assert 20 * saved / 0.295 / 60 == pytest.approx(26, abs=0.05)  # used in each visit, if all of the saving came from its use


def test_few_wrong_sentences_make_many_notes_with_one():
    def with_an_error(rate, sentences):
        return 1 - (1 - rate) ** sentences

    assert with_an_error(0.0147, 30) == pytest.approx(0.36, abs=0.005)
    assert pytest.approx(0.0147, abs=0.00005) == 191 / 12_999  # sentences of the notes
    omitted = 0.0345 * 49_590  # of the sentences of the conversations, which is another base
    assert omitted / 191 == pytest.approx(9, abs=0.05)
    assert 0.17 * omitted > 3 * 0.44 * 191  # of the grave ones there are still over three times as many omissions
    rng = np.random.default_rng(0)
    per_note = rng.beta(0.1, 0.1 / 0.0147 - 0.1, 20_000)  # the same rate, but gathered in a few bad notes
    assert per_note.mean() == pytest.approx(0.0147, abs=0.002)
    assert with_an_error(per_note, 30).mean() < 0.25  # so independence makes this an upper estimate


def test_a_pilot_of_one_line_shows_large_effects_only():
    """Minutes to clear a fault: mean 30, spread 25. Eighty percent power at five percent, two groups."""

    def faults_in_each(effect, spread=25):
        return 16 * spread**2 / effect**2

    assert faults_in_each(10) == pytest.approx(100)
    assert faults_in_each(3) == pytest.approx(1111, abs=1)
