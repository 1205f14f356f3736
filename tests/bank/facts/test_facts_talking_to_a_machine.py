"""The figures and claims of the question on voice assistants, computed."""

import numpy as np
import pytest

BUDGET = {"end of turn": 200, "recognition": 100, "network": 100, "first tokens": 250, "first phrase": 100, "first sound": 150}


def test_the_budget_and_its_bad_moments():
    """Assumes that the parts are slow independently of each other; slow together, they would be slow in one turn of twenty only."""
    assert sum(BUDGET.values()) == 900
    model = BUDGET["first tokens"] + BUDGET["first phrase"]
    assert model < sum(BUDGET.values()) - model  # the rest takes more than the model
    assert 1 - 0.95 ** len(BUDGET) == pytest.approx(0.265, abs=0.001)
    rng = np.random.default_rng(1)
    apart = rng.random((100_000, len(BUDGET))) < 0.05
    together = np.repeat(rng.random((100_000, 1)) < 0.05, len(BUDGET), axis=1)
    assert apart.any(axis=1).mean() == pytest.approx(0.265, abs=0.005)
    assert together.any(axis=1).mean() == pytest.approx(0.05, abs=0.005)


def test_streams_overlap():
    sentences, write, speak = 4, 0.8, 3.0  # seconds for each
    one_after_another = sentences * write  # the first sound, if the voice waits for the whole text
    overlapped = write
    assert (one_after_another, overlapped) == (3.2, 0.8)
    assert write < speak  # the writing stays ahead of the voice, so it never has to stop


def test_a_silence_limit_is_slow_or_rude():
    rng = np.random.default_rng(0)
    pauses = rng.lognormal(np.log(0.35), 0.6, size=20_000)  # pauses for thought inside a turn, in seconds
    cut = {limit: (pauses > limit).mean() for limit in (0.3, 0.7, 1.2)}
    assert cut[0.3] > 0.5 and cut[0.7] < 0.2 and cut[1.2] < 0.03
    slower = rng.lognormal(np.log(0.6), 0.6, size=20_000)  # somebody who pauses longer
    assert (slower > 0.7).mean() > 3 * cut[0.7]


def test_few_wrong_words_spoil_many_turns():
    assert pytest.approx(0.46, abs=0.005) == 1 - 0.95**12  # five percent of the words, turns of twelve words
    common, names = 0.02, 0.30  # error rates; one word in ten is a name or a number
    assert 0.9 * common + 0.1 * names == pytest.approx(0.048)  # a fine average
    assert names > 6 * (0.9 * common + 0.1 * names)


def test_how_long_a_written_answer_takes():
    assert 250 / 150 * 60 == 100
    assert 25 / 150 * 60 == 10
