"""The figures and claims of the question on copyright and training data, computed."""

import pytest

OPENING = (
    "Alice was beginning to get very tired of sitting by her sister on the bank and of having nothing to do once or twice she had "
    "peeped into the book her sister was reading but it had no pictures or conversations in it and what is the use of a book "
    "thought Alice without pictures or conversations"
)  # Carroll 1865, in the public domain
OWN = "The meeting of the works council is moved to Thursday because the large room is not free before that day of the week"


def blocked(text, source, words=12):
    """A filter that stops an answer sharing any run of so many words with the source."""
    text, source = text.split(), source.split()
    runs = {tuple(source[i : i + words]) for i in range(len(source) - words + 1)}
    return any(tuple(text[i : i + words]) in runs for i in range(len(text) - words + 1))


def in_common(a, b):
    """Words of the longest common subsequence, as a share of the first text."""
    a, b = a.split(), b.split()
    row = [0] * (len(b) + 1)
    for x in a:
        old = 0
        for j, y in enumerate(b, 1):
            old, row[j] = row[j], old + 1 if x == y else max(row[j], row[j - 1])
    return row[-1] / len(a)


def test_exact_matching_misses_a_text_with_one_word_in_ten_changed():
    assert blocked(OPENING, OPENING)
    assert not blocked(OWN, OPENING)
    near = " ".join(word if i % 10 else "however" for i, word in enumerate(OPENING.split()))
    assert not blocked(near, OPENING)
    assert in_common(near, OPENING) == pytest.approx(0.9, abs=0.02)  # nine words in ten still stand in the same order
    assert in_common(OWN, OPENING) < 0.5


def at_least_once(chance, requests):
    return 1 - (1 - chance) ** requests


def test_a_rare_recitation_becomes_likely_over_many_requests():
    assert at_least_once(0.001, 1) == pytest.approx(0.001)
    assert at_least_once(0.001, 100) == pytest.approx(0.095, abs=0.001)
    assert at_least_once(0.001, 1000) == pytest.approx(0.632, abs=0.001)
    assert at_least_once(0.001, 5000) == pytest.approx(0.993, abs=0.001)
