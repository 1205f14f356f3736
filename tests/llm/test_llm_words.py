"""Words: stems meet, negations are counted, opposites found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.llm.denials import denies
from greenroom.llm.words import content, known_share, negated, opposed, stem, words


@pytest.mark.parametrize(
    ("one", "other"), [("token", "tokens"), ("predict", "predicts"), ("weigh", "weighing"), ("normalise", "normalization")]
)
def test_stems_meet(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_content_leaves_out_small_words() -> None:
    assert content("It is the model that predicts a token") == [stem("model"), stem("predicts"), stem("token")]


def test_negation_is_counted_by_parity() -> None:
    assert negated("It does not clean data") and not negated("It cleans data")
    assert not negated("It is not impossible")
    assert denies("It is a myth that attention cleans data") and not denies("Attention weighs context")


def test_opposites() -> None:
    assert opposed(["temperature", "increases"], ["temperature", "decreases"])
    assert not opposed(["it", "increases"], ["it", "raises"])


@given(st.text())
def test_places_are_true_for_any_text(text: str) -> None:
    for word in words(text):
        assert text[word.start : word.end].lower().replace("\u2019", "'") == word.text
    assert 0 <= known_share(text) <= 1
