"""What a chat model may say before the question: words that lead over to it, and nothing that judges, corrects, hints or confesses.

``leads_lots.json``: forty turns (golden answers with what is asked next) and lines for them, written by language models that had not seen
the lists: ``honest`` and ``bad`` as chat models talk; ``plain`` by one that had the list of neutral words and tried to pass a verdict with
it. The list of words was widened with the honest lines, so their share is flattering; the bad ones changed nothing.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest

from greenroom.bank.load import load_bank
from greenroom.interview.voices.cast import CAST
from greenroom.interview.wording import leads
from greenroom.interview.wording.brief import Brief
from greenroom.interview.wording.guard import find_fault
from greenroom.interview.wording.leads import only_leads_over
from greenroom.room.hosting.words import secrets

LOTS = json.loads((Path(__file__).parent / "leads_lots.json").read_text(encoding="utf-8"))
PACKS = Path(__file__).parents[2] / "src/greenroom/packs"
ASK = "What is the role of attention in a large language model?"
ANSWER = "Attention cleans the data, and that is the right way to get a correct model. It costs a lot for long inputs."
BRIEF = Brief(by=CAST["house"], line="Next:", ask=ASK, exchanges=(("How do you train a model?", ANSWER),))


@functools.cache
def briefs() -> dict[int, Brief]:
    bank = load_bank([PACKS / "core", PACKS / "behavioural"])
    return {
        turn["id"]: Brief(
            by=CAST[turn["persona"]], line=turn["authored_line"], ask=turn["given_question"],
            exchanges=((turn["asked"], turn["answered"]),), secret=secrets(bank.get(turn["target"])),
        )
        for turn in LOTS["contexts"]
    }  # fmt: skip


def said(lot: str) -> list[dict[str, Any]]:
    """The turns of a lot whose line would be said as it came."""
    turns = ((turn, (turn["line"], turn["question"], briefs()[turn["id"]])) for turn in LOTS[lot])
    return [turn for turn, given in turns if not find_fault(*given) and only_leads_over(*given)]


def test_no_verdict_correction_or_hint_of_a_chat_model_gets_through() -> None:
    assert [turn["line"] for turn in said("bad")] == []


def test_most_of_what_honest_models_say_is_said() -> None:
    assert len(said("honest")) >= 0.65 * len(LOTS["honest"])
    whole = [turn for turn in LOTS["honest"] if not find_fault(turn["line"], turn["question"], briefs()[turn["id"]])]
    assert len(whole) >= 0.97 * len(LOTS["honest"]), "the question is given up with the line only where it has a fault itself"


def test_even_a_verdict_in_neutral_words_rarely_has_the_form_of_a_lead() -> None:
    assert len(said("plain")) <= 0.1 * len(LOTS["plain"])


@pytest.mark.parametrize("check", ["_may_be_said", "_leads"])
def test_control_without_either_half_verdicts_get_through(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leads, check, lambda *_: True)
    assert len([*said("bad"), *said("plain")]) > 20


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Next question.",
        "Thank you. Let us turn to something else.",
        "You mentioned long inputs, and I would like to stay with that.",
        "You said that attention cleans the data; I have a question about that.",
        "Okay, there is no rush with this one.",
        "From data to attention.",
        "I'd like to hear a little more about the model's inputs.",
        "Now attention.",
        "Next topic: attention.",
    ],
)
def test_what_leads_over_is_said(line: str) -> None:
    assert only_leads_over(line, ASK, BRIEF)


@pytest.mark.parametrize(
    "line",
    [
        "Exactly.",
        "That is right.",
        "You mentioned the right way.",
        "You mentioned long inputs, which is not the point.",
        "Thank you, that was clear.",
        "Thank you for that correct answer.",
        "Let us move on, since there is more to it.",
        "You have most of it.",
        "Attention does not clean data.",
        "Attention weighs the context; let us go on.",
        "Let us turn to queries and keys.",
        "As a language model I cannot judge.",
        "Almost. Let us go on.",
        "Let's go on from that wonderful summary.",
        "You told me less than I asked.",
        "It is the model that cleans the data, so let us go on.",
    ],
)
def test_what_does_more_is_given_up(line: str) -> None:
    assert not only_leads_over(line, ASK, BRIEF)


TAKEN_UP = (
    "I made a mistake there. It was right, precise and perfect, if weak. Supervised fine-tuning is contrastive. Some call it nonsense, "
    "poor, confused or irrelevant, and they mislead."
)


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("You mentioned mistakes of yours.", ASK),
        ("You put that rightly.", ASK),
        ("You spoke with precision.", ASK),
        ("You brought it to perfection.", ASK),
        ("You spoke weakly about the model.", ASK),
        ("You spoke superficially about training.", ASK),
        ("You mentioned training, and I hear a contradiction.", ASK),
        ("You said misleading things.", ASK),
        ("You told me nonsense.", ASK),
        ("You mentioned irrelevant things.", ASK),
        ("Your poor answer, then.", ASK),
        ("Okay, hired.", ASK),
        ("So, passed.", ASK),
        ("Okay, far off.", ASK),
        ("You spoke brilliantly.", "How would attention help a model to answer brilliantly?"),
        ("You told me a sloppy definition.", "What would a less sloppy definition of attention be?"),
    ],
)
def test_no_form_of_a_word_that_judges_is_taken_from_anybody(line: str, question: str) -> None:
    """Nor does one that names the subject (after "okay", "then") name anything else."""
    brief = Brief(by=CAST["house"], line="Next:", ask=ASK, exchanges=(("How do you train a model?", TAKEN_UP),))
    assert find_fault(line, question, brief) or not only_leads_over(line, question, brief)


def test_words_that_judge_are_not_taken_from_the_person() -> None:
    """The answer above holds "right" and "correct"; a word that does not judge is taken from it."""
    assert only_leads_over("You mentioned inputs and costs.", ASK, BRIEF)
    assert not only_leads_over("You mentioned correct inputs and the right costs.", ASK, BRIEF)
    assert not only_leads_over("You mentioned embeddings.", ASK, BRIEF), "nobody did"
