"""Communication: by rules, quoted, apart from the score."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

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


def test_thinking_aloud_is_counted_and_quoted() -> None:
    text = "Um, so it, it predicts, you know, the next token. And then, uh, well, it, it appends that one and goes on, you know, again."
    aspect = judge_structure(text, [(0, 20)]).succinct
    assert aspect.good is False and "fillers" in aspect.note and aspect.quote and text[slice(*aspect.span or (0, 0))] == aspect.quote


def test_the_same_thing_said_over_and_over_is_not_succinct() -> None:
    text = (
        "The challenges of training a model are the challenging parts of the training of a model. Training a model is challenging, "
        "so there are challenges when you train the model, and the training has challenges."
    )
    assert judge_structure(text, []).succinct.good is False


def test_a_story_before_the_answer_is_named() -> None:
    text = "Take my grandmother, who never used the bank app at all. One day somebody showed it to her. It predicts the next token."
    start = text.index("It predicts")
    aspect = judge_structure(text, [(start, len(text))]).answer_first
    assert aspect.good is False and "story" in aspect.note


def test_where_it_could_go_either_way_it_says_so() -> None:
    """One loose term in some thirty words: near the bar, so no verdict; with none there is one."""
    plain = " ".join(["The program reads what was written so far and guesses what comes next, then it goes on from there."] * 2)
    found = [judge_structure(f"{plain} {' '.join(terms)}.", []).plain.good for terms in ((), ("logits",), ("logits", "softmax", "argmax"))]
    assert found[0] is True and found[2] is False
    assert judge_structure("One sentence only has no order to judge.", [(0, 10)]).answer_first.good is None


LABELLED = Path(__file__).parents[2] / "training/answers"
NEVER_FITTED = ("architecture", "ethics", "generation", "robustness", "your-questions")
LEAST = {"succinct": 0.5, "plain": 0.5, "example": 0.1}
"""κ that must hold on topics never fitted; measured .71, .70, .24 (training/fit_communication.py). Example is weak, and said to be."""


@pytest.mark.parametrize("side", LEAST)
def test_agreement_with_authored_labels_on_topics_never_fitted(side: str) -> None:
    rows = [row for topic in NEVER_FITTED for row in yaml.safe_load((LABELLED / f"{topic}.yaml").read_text(encoding="utf-8"))]
    pairs = [(bool(row["communication"][side]), bool(getattr(judge_structure(row["answer"], []), side).good)) for row in rows]
    same = sum(a == b for a, b in pairs) / len(pairs)
    yes, said = sum(a for a, _ in pairs) / len(pairs), sum(b for _, b in pairs) / len(pairs)
    chance = yes * said + (1 - yes) * (1 - said)
    assert (same - chance) / (1 - chance) >= LEAST[side]


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=400)
    | st.lists(st.sampled_from(["um, ", "Take a bank. ", "“q q q” ", "softmax (that is) ", "\u200f", "İ", "😀 "])).map("".join)
)
def test_every_side_quotes_the_answer_itself(text: str) -> None:
    talk = judge_structure(text, [])
    for side in (talk.answer_first, talk.succinct, talk.plain, talk.example):
        assert (side.quote is None) == (side.span is None) and (side.span is None or text[slice(*side.span)] == side.quote)
