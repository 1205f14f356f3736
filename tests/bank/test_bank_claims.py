"""What no text of the bank may claim: rules over all questions, each made from a claim that once stood there and was wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from greenroom.bank.load import load_bank
from greenroom.bank.question import Question
from greenroom.builtin import PACKS

QUESTIONS = load_bank([PACKS / "core", PACKS / "behavioural"]).questions()


def asserted(question: Question) -> Iterator[tuple[str, str]]:
    """Each text that the question holds to be true, with the place where it stands. What a misconception claims is not among them."""
    for point in question.key_points:
        yield from ((f"{question.id}, {point.id}", text) for text in (point.point, *point.says, point.because))
    yield from ((f"{question.id}, {wrong.id}", wrong.correction) for wrong in question.misconceptions)
    for kind in ("plain", "technical"):
        yield f"{question.id}, {kind}", getattr(question.model_answers, kind)


def cited(question: Question) -> Iterator[tuple[str, str]]:
    for each in (*question.key_points, *question.misconceptions):
        yield f"{question.id}, {each.id}", each.source
    yield from ((f"{question.id}, sources", source) for source in question.sources)


AI_ACT = re.compile(r"2024/1689")
FREE = re.compile(
    r"(?<!not mean )(?<!doesn't mean )\bno (?:duties|obligations)\b|\bunregulated\b"
    r"|duties or none|nearly free|otherwise (?:little|nothing)",
    re.I,
)


@pytest.mark.parametrize("text", ["The same model is unregulated as a spell checker.", "many others have only transparency duties or none"])
def test_the_rule_on_duties_finds_what_once_stood_there(text: str) -> None:
    assert FREE.search(text)


def test_no_use_of_ai_is_said_to_be_free_of_duties_in_europe() -> None:
    """Article 4 (AI literacy) binds providers and deployers in every class, since 2 February 2025."""
    on_the_act = [question for question in QUESTIONS if any(AI_ACT.search(source) for _, source in cited(question))]
    assert len(on_the_act) > 3
    assert not [(place, text) for question in on_the_act for place, text in asserted(question) if FREE.search(text)]


def test_who_cites_the_classes_of_the_ai_act_cites_the_duty_in_all_of_them() -> None:
    """Articles 5 (banned), 6 (high-risk) and 50 (transparency) together are the classes; article 4 stands beside them."""
    classes = re.compile(r"2024/1689[^;]*\barticles ((?:\d+\S* ?|, |and )+)")
    named = {place: set(re.findall(r"\d+", found[1])) for q in QUESTIONS for place, source in cited(q) if (found := classes.search(source))}
    sorting = {place: articles for place, articles in named.items() if {"5", "6", "50"} <= articles}
    assert sorting
    assert not [place for place, articles in sorting.items() if "4" not in articles]


def test_what_started_with_the_bans_is_named_with_them() -> None:
    """Article 113(a): chapters I and II, so literacy and bans, apply from the same day."""
    for question in QUESTIONS:
        for place, text in asserted(question):
            if (
                re.search(r"2 February 2025|February\s+2025", text)
                and "since" in text
                and re.search(r"\b(bans?|prohibitions?)\b", text, re.I)
            ):
                whole = " ".join(each for _, each in asserted(question)) if place.endswith((", plain", ", technical")) else text
                assert re.search("literacy", whole), place


def test_a_miss_causes_the_damage_and_does_not_avert_it() -> None:
    """“A missed crack stops a recall”: it causes one."""
    averts = re.compile(r"\b(?:a|each|every|one) (?:missed|overlooked|undetected) \w+ (?:stops|prevents|avoids|averts|saves)\b", re.I)
    assert averts.search("A missed crack stops a recall")
    assert not [(place, text) for question in QUESTIONS for place, text in asserted(question) if averts.search(text)]


def test_what_other_cameras_and_light_cost_rests_on_a_study_of_that() -> None:
    """Whoever holds that pictures of another kind change the result cites work on such a shift, not a model's own list of limits."""
    moves = re.compile(r"\b(?:cameras?|lighting|illumination)\b", re.I)
    result = re.compile(r"\b(?:performance|accuracy|worse|better)\b", re.I)
    points = [(question.id, point) for question in QUESTIONS for point in question.key_points if moves.search(point.because)]
    found = [(name, point) for name, point in points if result.search(point.because)]
    assert found
    assert not [(name, point.id) for name, point in found if "shift" not in point.source.lower()]
