"""Communication: by rules, quoted, apart from the score."""

from __future__ import annotations

import pytest

from greenroom.assess.coverage import Coverage
from greenroom.assess.structure import judge_structure
from greenroom.bank.question import Question

RAMBLE = (
    "Well, that is a really good question and before I answer it let me say how I got into this field some years ago at university. "
    "Back then nobody used any of this. The model predicts the next token."
)


def test_the_model_answers_come_first_and_are_succinct(coverage: Coverage, question: Question) -> None:
    for text in (question.model_answers.plain, question.model_answers.technical):
        talk = coverage.assess(question.rubric(), text).communication
        assert talk is not None and talk.answer_first.good and talk.succinct.good


def test_a_long_run_up_is_named() -> None:
    start = RAMBLE.index("The model")
    aspect = judge_structure(RAMBLE, [(start, len(RAMBLE))]).answer_first
    assert aspect.good is False and aspect.figure == len(RAMBLE[:start].split())
    assert judge_structure(RAMBLE[start:] + " It does so again.", [(0, 20)]).answer_first.good


@pytest.mark.parametrize("text", ["It is like a person filling in a form.", "For example, a bank uses it.", "Imagine a very long list."])
def test_examples_and_analogies_are_quoted(text: str) -> None:
    aspect = judge_structure(text, []).example
    assert aspect.good and aspect.quote and aspect.span and text[slice(*aspect.span)] == aspect.quote


def test_no_example_is_said() -> None:
    assert judge_structure("The model predicts the next token.", []).example.good is False


def test_unexplained_terms_are_named_and_explained_ones_forgiven() -> None:
    loose = judge_structure("Logits go through softmax, then nucleus truncation and argmax.", []).plain
    assert loose.good is False and loose.quote == "Logits"
    told = judge_structure(
        "It gives a score to each word (these scores are called logits), which means that the likely words stand out from the others.", []
    )
    assert told.plain.good


def test_length_is_judged_with_its_figure() -> None:
    assert judge_structure("word " * 400, []).succinct.good is False
    assert judge_structure("Six words are hardly an answer.", []).succinct.good is None
