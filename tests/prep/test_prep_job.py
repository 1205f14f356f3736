"""A job text held against the real bank: topics, depth, level and vocabulary, each with its words; nothing that is not there."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prep_papers import CV, JOB

from greenroom.bank.load import load_bank
from greenroom.builtin import PACKS
from greenroom.prep.claims import find_claims
from greenroom.prep.job import JobReading, Learned, TopicAsked, learn, read_job
from greenroom.prep.lexicon import terms_of


@pytest.fixture(scope="module")
def bank() -> Learned:
    return learn(load_bank([folder for folder in sorted(PACKS.iterdir()) if (folder / "pack.yaml").is_file()]).questions())


def topic(reading: JobReading, name: str) -> TopicAsked:
    return next(each for each in reading.topics if each.topic == name)


def quotes(reading: JobReading, name: str) -> list[str]:
    return [each.quote for each in topic(reading, name).evidence]


def test_topics_with_their_words_and_their_depth(bank: Learned) -> None:
    found = read_job(JOB, bank, "Northvale Health")
    assert found.topics[0].topic == "robustness"
    assert {"RAG", "pgvector", "hybrid search", "evaluation", "golden sets", "LLM-as-a-judge"} <= set(quotes(found, "robustness"))
    assert set(quotes(found, "fine-tuning")) == {"Fine-tune", "LoRA", "QLoRA"}
    assert topic(found, "attention").depth == "expert" and topic(found, "ethics").depth == "foundation"
    assert (cue := topic(found, "attention").depth_from) is not None and cue.quote == "deep understanding"
    asked = {each.question_id for each in found.questions}
    assert {"rag-design", "lora-in-detail", "llm-judges", "prompt-injection", "mentoring", "attention"} <= asked


def test_a_plus_weighs_less_than_what_is_asked_for(bank: Learned) -> None:
    weights = {each.quote: each.weight for each in read_job(JOB, bank).evidence}
    assert (weights["RAG"], weights["Prompt injection"], weights["structured output"]) == ("asked", "plus", "plus")
    inline = read_job("You know LoRA. Experience with vLLM is a plus. Ideally you know RAG.", bank)
    assert [(each.quote, each.weight) for each in inline.evidence] == [("LoRA", "asked"), ("vLLM", "plus"), ("RAG", "plus")]


@pytest.mark.parametrize(
    "text",
    [
        "Attention to detail and a bias for action.", "No prompt engineering, please.", "He was clad in rags; the moe.",
        "We do not discriminate on grounds of bias or privacy.", "Health insurance and a training budget.",
        "You talk to support agents and read our privacy policy.",
        "Across the board, pay attention.", "We sell cars, and we are hiring a driver with strong reasoning skills.",
    ],
)  # fmt: skip
def test_words_that_mean_something_else_ask_for_nothing(bank: Learned, text: str) -> None:
    assert read_job(text, bank).topics == ()


def test_control_the_same_words_in_earnest_are_found(bank: Learned) -> None:
    found = read_job("The attention mechanism, bias mitigation, prompt engineering, privacy, agents, RAG and MoE.", bank)
    assert {each.topic for each in found.topics} == {"attention", "ethics", "generation", "applications", "robustness", "architecture"}


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Senior AI Engineer", "expert"), ("Junior ML Engineer", "foundation"), ("You have 3+ years of experience", "practitioner"),
        ("7 years of work with models", "expert"), ("Internship in NLP", "foundation"), ("You report to senior leadership.", None),
        ("Work closely with our staff and principal engineers", None), ("No PhD required", None), ("AI Engineer", None),
        ("Staff Machine Learning Engineer", "expert"), ("Our staff of twelve is friendly", None),
        ("Junior engineer, mentored by senior ones", "foundation"), ("Lead Applied ML Engineer", "expert"),
        ("Lead the development of services", None), ("Architect scalable training", None), ("Principal Duties and tasks", None),
        ("States in intermediate layers", None), ("Sr. Data Scientist", "expert"), ("Solutions Architect, AI", "expert"),
    ],
)  # fmt: skip
def test_the_level_is_the_role_s_own_or_none(bank: Learned, text: str, level: str | None) -> None:
    found = read_job(text, bank)
    assert found.level == level and bool(found.level_from) == (level is not None)


def test_vocabulary_that_the_bank_does_not_know_is_said_to_be_unknown(bank: Learned) -> None:
    found = read_job(JOB, bank, "Northvale Health")
    assert [each.word.quote for each in found.unknown] == ["Kubernetes", "FHIR"]
    assert {"RAG", "LoRA", "PyTorch", "GDPR"} <= {each.word.quote for each in found.known}
    assert all(each.question_ids for each in found.known) and not any(each.question_ids for each in found.unknown)


def test_a_mere_name_asks_for_nothing_by_itself(bank: Learned) -> None:
    text = "You use PyTorch and Hugging Face to ship robust LLM features with RAG. Health insurance."
    assert {each.topic for each in read_job(text, bank).topics} == {"robustness"}
    assert "training" in {each.topic for each in read_job(f"{text} You fine-tune with RLHF.", bank).topics}
    assert "what-is-an-llm" in {each.topic for each in read_job(f"{text} Solid understanding of how LLMs work.", bank).topics}
    tools = read_job(f"{text} Familiarity with frameworks such as PyTorch.", bank)
    assert "training" not in {each.topic for each in tools.topics}


def test_control_where_there_are_only_names_they_are_what_there_is(bank: Learned) -> None:
    assert {each.topic for each in read_job("We do things with LLMs and PyTorch.", bank).topics} == {"what-is-an-llm", "training"}


def test_a_term_of_two_questions_leads_to_both(bank: Learned) -> None:
    found = read_job("You build chatbots.", bank)
    assert {each.topic for each in found.topics} == {"applications", "hci"}


def test_an_empty_bank_and_a_text_about_something_else() -> None:
    assert read_job(JOB, learn([])).topics == ()


def test_a_text_in_another_language_yields_what_is_the_same_in_every_language(bank: Learned) -> None:
    found = read_job("Wir suchen Erfahrung mit RAG, LoRA und Kubernetes. Du betreust unsere Kunden.", bank)
    assert [each.quote for each in found.evidence] == ["RAG", "LoRA"] and found.level is None


GERMAN = "Sie betreiben unsere Suchsysteme mit RAG und vLLM, haben Erfahrung mit Sprachmodellen und freuen sich auf die Altersvorsorge."


def test_a_noun_of_another_language_is_no_vocabulary(bank: Learned) -> None:
    found = read_job(GERMAN, bank, english=False)
    assert [each.word.quote for each in found.unknown] == [] and {"RAG", "vLLM"} == {each.word.quote for each in found.known}
    assert "Altersvorsorge" in {each.word.quote for each in read_job(GERMAN, bank).unknown}, "control: read as English"


def test_a_key_or_a_piece_of_a_file_is_no_word(bank: Learned) -> None:
    found = read_job(f"You know Kubernetes, see {'aB3' * 20}, and more.", bank)
    assert [each.word.quote for each in found.unknown] == ["Kubernetes"]


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=400) | st.lists(st.sampled_from([*JOB.split(), "\n", "🙂", "- ", "no", "senior"]), max_size=60).map(" ".join))
def test_a_quote_is_always_in_the_text_at_its_place(bank: Learned, text: str) -> None:
    found = read_job(text, bank)
    every = [*found.evidence, *found.aside, *found.level_from, *(w.word for w in (*found.known, *found.unknown))]
    every += [each.depth_from for each in found.topics if each.depth_from] + [e for q in found.questions for e in q.evidence]
    assert all(text[each.start : each.end] == each.quote for each in every)
    assert all(text[claim.start : claim.end] == claim.quote for claim in find_claims(text, bank))


@pytest.mark.parametrize(
    "piece", ["no ", "senior ", "RAG ", "a", "nice to have\n", ".", " ", "A-", "report to ", "LoRA and QLoRA, 5 years. "]
)
def test_sixty_thousand_characters_of_anything_are_read_in_time(bank: Learned, piece: str) -> None:
    text = (piece * 60_000)[:60_000]
    begun = time.process_time()
    read_job(text, bank)
    find_claims(text, bank)
    assert time.process_time() - begun < 10


def test_terms_lead_to_questions_that_are_there(bank: Learned) -> None:
    from greenroom.prep.lexicon import TERMS

    named = [line.partition(":")[0] for line in TERMS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert [name for name in named if name not in bank.topics] == [] and len(set(named)) == len(named)
    assert terms_of([]) == {}


def test_the_claims_of_a_cv_and_what_will_be_asked_about_them(bank: Learned) -> None:
    found = find_claims(CV, bank)
    by_figure = {each.figure: each for each in found}
    assert set(by_figure) == {"from 12 minutes to 40 seconds", "13%", None}
    assert [each.story for each in found] == [True, False, True, False]
    built = by_figure["from 12 minutes to 40 seconds"]
    assert "how was that measured" in built.probes[0].ask and any(p.question_id == "rag-design" for p in built.probes)
    assert any("decide yourself" in p.ask for p in found[1].probes)
    assert "Where did you use PyTorch" in found[3].probes[0].ask
    assert not any("@" in each.quote or "walks" in each.quote for each in found)
