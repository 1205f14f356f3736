"""The claims of the question on many languages, computed."""

import pytest


def test_bytes_alone_make_a_difference():
    same = {"English": "water", "Russian": "вода", "Hindi": "पानी"}
    letters = {language: len(word) for language, word in same.items()}
    size = {language: len(word.encode("utf-8")) for language, word in same.items()}
    assert size["English"] == letters["English"]
    assert size["Russian"] == 2 * letters["Russian"] and size["Hindi"] == 3 * letters["Hindi"]


def test_each_crossing_loses_something():
    understood, solved_english, solved_direct = 0.95, 0.90, 0.70
    assert understood * solved_english * understood == pytest.approx(0.812, abs=0.001)  # there, solved, and back
    assert understood * solved_english * understood > solved_direct  # a hard task: the detour wins
    easy_english, easy_direct = 0.97, 0.93
    assert understood * easy_english * understood < easy_direct  # an easy one: it loses
