"""Words: stems meet, negations are counted, opposites found, shuffled words told from sentences."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.llm.denials import denies
from greenroom.llm.words import classes, content, known_share, load_order, negated, opposed, stem, words


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
    classes(text)
    assert 0 <= known_share(text) <= 1


SENTENCES = (
    "The model gives every token in its vocabulary a probability and then one of them is chosen.",
    "If I need more diversity I raise the temperature, and if I need predictable wording I lower it.",
    "Model predict the next token, it choose one and then it add this to the input and go again.",
    "We measured the answers against a fixed set of questions before every release of the service.",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_stands_above_its_own_shuffles(sentence: str) -> None:
    order, pieces, rng = load_order(), sentence.rstrip(".").split(), random.Random(1)
    shuffled = []
    for _ in range(20):
        rng.shuffle(pieces)
        shuffled.append(order.score(" ".join(pieces)))
    assert order.score(sentence) > 0.1
    assert sum(score < order.score(sentence) for score in shuffled) >= 19
