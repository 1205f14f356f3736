"""What no text of the bank may claim: rules over all questions, each made from a claim that once stood there and was wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from greenroom.bank.load import load_bank
from greenroom.bank.question import Question
from greenroom.builtin import PACKS, Builtin

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


RISKS = {
    "2025": {
        "Prompt Injection",
        "Sensitive Information Disclosure",
        "Supply Chain",
        "Data and Model Poisoning",
        "Improper Output Handling",
        "Excessive Agency",
        "System Prompt Leakage",
        "Vector and Embedding Weaknesses",
        "Misinformation",
        "Unbounded Consumption",
    },
    "2026": {
        "Prompt Injection",
        "Sensitive Information Disclosure",
        "Excessive Agency",
        "Supply Chain",
        "Data and Model Poisoning",
        "Unbounded Consumption",
        "Misinformation",
        "Hidden Context Exposure",
        "Vector and Embedding Weaknesses",
        "Improper Output Handling",
    },
}
"""The names in the two lists. The numbers belong to an edition: Excessive Agency is the sixth in one and the third in the other."""
NUMBER = re.compile(r"\bLLM(?:0[1-9]|10)\b|llmrisk/llm|(?:mitigation|scenario) \d", re.I)


def test_no_citation_names_an_owasp_risk_by_its_number() -> None:
    assert NUMBER.search("OWASP, LLM06:2025 Excessive Agency, https://genai.owasp.org/llmrisk/llm062025-excessive-agency/")
    owasp = [(place, source) for question in QUESTIONS for place, source in cited(question) if "OWASP" in source]
    owasp += [(lab.card.name, f"{source.title}, {source.url}") for lab in Builtin().greenroom_labs() for source in lab.card.sources]
    assert len(owasp) > 20
    assert not [each for each in owasp if NUMBER.search(each[1])]


def test_each_owasp_risk_is_in_the_edition_that_is_cited() -> None:
    named = re.compile(r"OWASP Top 10 for LLM Applications (\d{4})(?:, (?!http)([^,;(]+))?")
    for question in QUESTIONS:
        for place, source in cited(question):
            editions = named.findall(source)
            assert len(editions) == source.count("OWASP Top 10"), f"{place}: an edition is missing"
            for year, risk in editions:
                rest = risk.strip()
                for name in RISKS[year]:
                    rest = rest.replace(name, "")
                assert rest.strip() in ("", "and"), f"{place}: “{risk}” is not in the list of {year}"


ADVISED = [
    "What are the biggest challenges at the moment?",  # Lewisham Council, Preparing for a job interview with us
    "How would you describe your management style?",  # yuejn.com/tech/management, questions for a future manager
    "What does a typical day look like for you?",  # University of Georgia Career Center 2010, Top 5 Interview Mistakes
    "So what is the company culture like?",  # Pathify, Preparing for interviews
    "Which languages and frameworks do you use?",  # Career-Tell, 7 questions to ask in a software engineering interview
    "What is your vision for the company?",  # Free Dissociation 2018, How to Interview Your Prospective Manager
    "Do you like working here?",  # Phyton Talent, 5 things you should never say in a job interview: what to ask instead
]
"""Questions that published guides tell candidates to ask. Whether they are good ones is a matter of taste, and no error."""


def test_what_a_candidate_asks_is_an_error_only_where_a_published_guide_says_so() -> None:
    asks = [question for question in QUESTIONS if question.kind == "asks"]
    assert len(asks) >= 5
    wrongs = [(question.id, wrong) for question in asks for wrong in question.misconceptions]
    assert not [(name, wrong.id) for name, wrong in wrongs if not re.search(r"https?://", wrong.source)]


def test_a_question_that_guides_advise_is_nobodys_misconception() -> None:
    claimed = {text: (q.id, wrong.id) for q in QUESTIONS for wrong in q.misconceptions for text in wrong.says}
    assert not [claimed[text] for text in ADVISED if text in claimed]
