"""Denials: what is called untrue, where it ends, and what only speaks of right and wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.llm.denials import closes_on_a_part, denied_part, denies, denies_before, without_denial


@pytest.mark.parametrize(
    "text",
    [
        "It is not true that it predicts the next token.",
        "It's wrong to say that a model predicts tokens.",
        "I don't think that models predict tokens.",
        "Nobody should believe that models predict tokens.",
        "The model predicts the next token is false.",
        "It is a common myth that models predict tokens.",
    ],
)
def test_denied(text: str) -> None:
    assert denied_part(text) is not None and denies(text)


@pytest.mark.parametrize(
    "text",
    [
        "It is true that it predicts tokens.",
        "The model does not know facts.",
        "One can say that it guesses.",
        "It is wrong.",
        "You must not stop.",
    ],
)
def test_not_denied(text: str) -> None:
    assert denied_part(text) is None


def test_what_follows_but_is_outside() -> None:
    text = "It is not true that it knows facts, but it predicts tokens."
    start, end = denied_part(text) or (0, 0)
    assert start == 0 and text[end:] == "but it predicts tokens."
    assert "not true" not in without_denial(text)


def test_taking_back() -> None:
    assert denies_before("That is wrong.") == "one" and denies_before("None of this is true.") == "all"
    assert denies_before("This is true.") == "" and denies_before("It is wrong to stop early.") == ""


def test_a_short_clause_about_being_wrong_is_told_from_a_whole_sentence_that_is_wrong() -> None:
    assert closes_on_a_part("It sounds sure of itself even when the answer is wrong.")
    assert not closes_on_a_part("The model predicts the next token from everything before it is wrong.")
    assert closes_on_a_part("It sounds sure of itself, the answer is wrong.")
    assert not closes_on_a_part("Check what comes out: personal data, harmful content, permitted actions is wrong."), "a list, no clause"
    assert closes_on_a_part("One thing to know: it sounds sure of itself, even when it is wrong.")


@given(st.text())
def test_any_text(text: str) -> None:
    place = denied_part(text)
    assert place is None or 0 <= place[0] <= place[1] <= len(text)
    denies_before(text)
    without_denial(text)
