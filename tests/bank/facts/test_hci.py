"""Figures that the question on human-computer interaction states, computed."""

import numpy as np


def test_two_seconds_at_motorway_speed():
    km_per_hour = 100
    metres = km_per_hour * 1000 / 3600 * 2
    assert 55 < metres < 56


def timeline(prefill, per_second, tokens):
    """When each token appears."""
    return prefill + np.arange(1, tokens + 1) / per_second


def test_streaming_shows_something_long_before_the_end():
    shown = timeline(prefill=0.4, per_second=30, tokens=300)
    assert shown[0] < 1.0 < 10.0 < shown[-1]
    reading_words_per_second, words_per_token = 4, 0.75
    read = np.arange(1, 301) * words_per_token / reading_words_per_second
    assert (shown[5:] - shown[0] <= read[5:]).all()  # text arrives faster than people read


def test_small_misunderstandings_add_up_to_repairs():
    rng = np.random.default_rng(0)
    understood = rng.random((200_000, 5)) < 0.95
    needs_repair = (~understood.all(axis=1)).mean()
    assert abs(needs_repair - 0.23) < 0.01
    # without a way to correct, all of those fail; with one corrected attempt per detail few do
    second = understood | (rng.random((200_000, 5)) < 0.95)
    assert (~second.all(axis=1)).mean() < 0.02


def test_calibrated_reliance_beats_blind_trust():
    rng = np.random.default_rng(1)
    n = 200_000
    confidence = rng.uniform(0.5, 1.0, n)
    model_right = rng.random(n) < confidence  # calibrated: right as often as it says
    person_right = rng.random(n) < 0.8  # what the person achieves by checking
    always = model_right.mean()
    shown = np.where(confidence > 0.8, model_right, person_right).mean()
    never = person_right.mean()
    assert abs(always - 0.75) < 0.01
    assert shown > always + 0.05 and shown > never + 0.02


def test_five_users_miss_the_rarer_problem():
    rng = np.random.default_rng(2)
    common = (rng.random((100_000, 5)) < 0.31).any(axis=1).mean()
    rare = (rng.random((100_000, 5)) < 0.05).any(axis=1).mean()
    assert abs(common - 0.84) < 0.01
    assert abs(rare - 0.23) < 0.01
