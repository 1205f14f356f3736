"""Answers that are hard to read: capitals, code, other scripts, invisible characters, faulty transcripts, and far too long ones.

Whatever comes in, the reply is an assessment whose quotes stand in the answer as it was given.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import yaml

from greenroom.assess.assessment import Assessment
from greenroom.assess.coverage import Coverage
from greenroom.assess.manner.transcript import doubted, find_misheard, tell_misheard
from greenroom.bank.question import Question

ROOT = Path(__file__).parents[2]
HEBREW = "המודל חוזה את המילה הבאה ומוסיף אותה לטקסט שוב ושוב עד הסוף."
GERMAN = (
    "Das Modell sagt immer das nächste Wort vorher und fügt es an den Text an. Danach beginnt alles von vorn, bis ein Ende erreicht ist."
)
CODE = (
    "import torch\nlogits = model(ids).logits[:, -1]\nprobs = torch.softmax(logits / 0.7, dim=-1)\n"
    "next_id = torch.multinomial(probs, 1)\nids = torch.cat([ids, next_id], dim=1)\n"
)


def held(coverage: Coverage, question: Question, answer: str) -> Assessment:
    found = coverage.assess(question.rubric(), answer)
    for each in (*found.points, *found.misconceptions):
        assert each.span is None or answer[slice(*each.span)] == each.quote
    return found


@pytest.fixture(scope="module")
def plain(question: Question) -> str:
    return question.model_answers.technical


@pytest.fixture(scope="module")
def usual(coverage: Coverage, question: Question, plain: str) -> float:
    overall = held(coverage, question, plain).overall
    assert overall is not None and overall > 75
    return overall


WRITTEN = {
    "all capitals": str.upper,
    "no capitals": str.lower,
    "a mark from right to left before each word": lambda text: text.replace(" ", " \u200f"),
    "an override from right to left around it": lambda text: f"\u202e{text}\u202c",
    "a zero-width space before each word": lambda text: text.replace(" ", " \u200b"),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "a list in Markdown": lambda text: "# Answer\n\n- " + text.replace(". ", ".\n- "),
    "paragraphs in HTML": lambda text: "<p>" + text.replace(". ", ".</p> <p>") + "</p>",
    "an emoji after each sentence": lambda text: text.replace(". ", ". 🙂 "),
    "no punctuation, as recognisers write": lambda text: re.sub(r"[^\w\s']", "", text.lower()),
}  # fmt: skip
LITTLE, UNPUNCTUATED = 12, 15
"""Of 100. Without punctuation sentences are found by their words alone."""


@pytest.mark.parametrize("how", WRITTEN)
def test_how_it_is_written_moves_little(coverage: Coverage, question: Question, plain: str, usual: float, how: str) -> None:
    overall = held(coverage, question, WRITTEN[how](plain)).overall
    assert overall is not None and abs(overall - usual) <= (UNPUNCTUATED if how.startswith("no punctuation") else LITTLE)


@pytest.mark.parametrize("other", [HEBREW, GERMAN], ids=["Hebrew", "German"])
def test_a_second_language_earns_nothing_and_costs_nothing(coverage: Coverage, question: Question, plain: str, other: str) -> None:
    half = ". ".join(plain.split(". ")[:5]) + ". "
    alone, mixed = held(coverage, question, half).overall, held(coverage, question, half + other).overall
    assert alone is not None and mixed is not None and abs(alone - mixed) <= 8
    assert held(coverage, question, other).status == "abstained", "and alone it is not judged at all"


def test_code_alone_makes_no_points_and_beside_prose_takes_none_away(
    coverage: Coverage, question: Question, plain: str, usual: float
) -> None:
    alone = held(coverage, question, CODE)
    assert alone.status == "abstained" or (alone.overall or 0) <= 20
    both = held(coverage, question, f"{CODE}\n{plain}").overall
    assert both is not None and abs(both - usual) <= LITTLE


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "\u200b".join(text),
        lambda text: text.replace("e", "е").replace("o", "о"),
        lambda text: re.sub("([aeiou])", "\\1\u0301", text),
        lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    ],
    ids=["zero-width between letters", "Cyrillic lookalikes", "accents on all vowels", "full-width letters"],
)  # fmt: skip
def test_disguised_letters_never_earn_more(coverage: Coverage, question: Question, plain: str, usual: float, spoil: object) -> None:
    assert callable(spoil)
    found = held(coverage, question, spoil(plain))
    assert found.status == "abstained" or (found.overall or 0) <= usual + 3


def test_ten_thousand_words_are_judged_in_bounded_time(coverage: Coverage, question: Question, plain: str) -> None:
    long = "I like to talk about my weekend and the weather in town. " * 850 + plain
    begun = time.perf_counter()
    found = held(coverage, question, long)
    assert time.perf_counter() - begun < 60
    assert found.overall is not None and found.overall > 50 and found.communication is not None
    assert found.communication.succinct.good is False


FAULTY = {
    "generation": "um so the mottle gives low jets for every toe can and then soft macs turns it into a probe ability",
    "attention": "each toe ken makes a quarry a key and a value and the soft mats of the scores gives the waits so a tension looks",
    "architecture": "the tokenizer cuts the text then the im bedding table gives vectors then the trans farmer blocks follow",
    "fine-tuning": "you do fine tooning with a laura adapter so the waits are frozen and only low rank may trees are trained",
    "what-is-an-llm": "it is a mural network that predicts the next toe can it is a large language mottle that learned from text",
}


def asked(question_id: str) -> Question:
    path = ROOT / f"src/greenroom/packs/core/{question_id}/{question_id}.yaml"
    return Question.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("question_id", FAULTY)
def test_a_faulty_transcript_is_named_and_its_verdicts_are_less_sure(coverage: Coverage, question_id: str) -> None:
    question, answer = asked(question_id), FAULTY[question_id]
    slips = find_misheard(answer, question.rubric())
    assert len(slips) >= 2 and all(answer[slice(*slip.span)] == slip.said for slip in slips)
    before = Coverage.assess(coverage, question.rubric(), answer).model_copy(update={"notes": (), "confidence": 0.8})
    after = doubted(before, question.rubric(), answer)
    assert after.confidence == 0.48 and after.overall == before.overall
    assert len(after.notes) == 1 and slips[0].said in after.notes[0] and "judged again" in after.notes[0]


def test_honest_answers_are_not_called_faulty() -> None:
    """All labelled answers, spoken and non-native ones among them, and every model answer: none has two slips."""
    told = 0
    for path in sorted((ROOT / "training/answers").glob("*.yaml")):
        rubric = asked(path.stem).rubric()
        told += sum(tell_misheard(find_misheard(row["answer"], rubric)) is not None for row in yaml.safe_load(path.read_text()))
        model = asked(path.stem).model_answers
        told += sum(tell_misheard(find_misheard(text, rubric)) is not None for text in (model.plain, model.technical))
    assert told == 0


def test_one_slip_is_a_typing_error() -> None:
    rubric = asked("generation").rubric()
    slips = find_misheard("It predicts the next toe can and appends it.", rubric)
    assert [(slip.said, slip.meant) for slip in slips] == [("toe can", "tokens")] and tell_misheard(slips) is None
