"""How well it was heard reaches the verdicts; what the person typed or corrected is theirs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from greenroom.assess.assessment import Assessment, Grader, PointVerdict, Verdict
from greenroom.voice.doubt import CLEAR, FAINT, LOSS, as_heard, spoken
from greenroom.voice.heard import Take, Word

SAID = "the model predicts the next token from the ones before it"


def take(text: str = SAID, probability: float = 0.9) -> Take:
    words = tuple(Word(text=f" {word}", start=n, end=n + 0.5, probability=probability) for n, word in enumerate(text.split()))
    return Take(
        take_id="a" * 32, session_id="s", turn_id="t", begun_at=datetime(2025, 1, 1, tzinfo=UTC), seconds=60, recogniser="x", words=words
    )


def judged(answer: str = SAID) -> Assessment:
    point = PointVerdict(id="p", verdict=Verdict.HIT, confidence=0.9, decided_by="coverage", quote=answer[:3], span=(0, 3))
    return Assessment(
        question_id="q", status="assessed", rubric_hash="r", grader=Grader(name="c", version="1"), overall=70, band=4, confidence=0.8,
        points=(point,), strengths=("said",),
    )  # fmt: skip


def test_what_still_stands_counts_and_nothing_else() -> None:
    assert spoken(SAID, [take()]) == (1.0, 0.9)
    assert spoken("The model predicts the NEXT token, from the ones before it.", [take()]) == (1.0, 0.9)
    half = spoken("the model predicts the next word of a long text that it reads", [take()])
    assert 0.3 < half.share < 0.5 and not half.is_spoken
    assert (
        spoken(SAID, []) == (0.0, None) and spoken("", [take()]) == (0.0, None) and spoken("nothing alike whatsoever", [take()]).share == 0
    )


def test_a_corrected_word_is_no_longer_in_doubt() -> None:
    words = take().words
    doubted = words[5].model_copy(update={"text": " toe-can", "probability": 0.1})
    heard = take().model_copy(update={"words": (*words[:5], doubted, *words[6:])})
    before = spoken("the model predicts the next toe can from the ones before it", [heard]).recognised
    after = spoken(SAID, [heard]).recognised
    assert before is not None and after == 0.9 and before < after


def test_heard_clearly_changes_nothing() -> None:
    assert as_heard(judged(), SAID, [take(probability=CLEAR)]) == judged()


def test_heard_badly_lowers_every_confidence_and_says_so() -> None:
    found = as_heard(judged(), SAID, [take(probability=(CLEAR + FAINT) / 2)])
    assert found.overall == 70 and found.points[0].verdict == Verdict.HIT
    assert found.confidence == pytest.approx(LOSS * 0.8) and found.points[0].confidence == pytest.approx(LOSS * 0.9)
    assert "hard to make out" in found.notes[0]


def test_hardly_heard_is_not_judged() -> None:
    found = as_heard(judged(), SAID, [take(probability=FAINT - 0.01)])
    assert found.status == "abstained" and found.reason and "or type" in found.reason
    assert found.overall is None and found.band is None and found.strengths == ()
    assert [(p.verdict, p.quote, p.confidence) for p in found.points] == [(Verdict.UNSCORED, None, None)]


def test_a_typed_answer_is_never_doubted() -> None:
    typed = "a transformer reads every token at once and weighs them by attention"
    assert as_heard(judged(), typed, [take(probability=0.1)]) == judged()
    assert as_heard(judged(), SAID, []) == judged()


def test_an_abstention_stays_what_it_was() -> None:
    refused = judged().model_copy(update={"status": "abstained", "reason": "gibberish"})
    assert as_heard(refused, SAID, [take(probability=0.1)]).reason == "gibberish"
