"""The second look at a credited point: it takes away what an answer to another question earns by the way, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parent))

from golden_answers import PACK, golden, question

from greenroom.assess.assessment import Verdict
from greenroom.assess.calibrate import Direction, Fitted, Linear, Logistic
from greenroom.assess.coverage import Coverage
from greenroom.assess.reading.belongs import BELONGS, SENTENCES, has_surroundings, surroundings
from greenroom.assess.reading.clauses import windows
from greenroom.assess.reading.decide import rulings
from greenroom.assess.reading.evidence import FEATURES, Finding
from greenroom.bank.bank import Bank
from greenroom.bank.load import load_bank

BAR = 0.3
LONG = windows(" ".join(f"Sentence number {n} says a thing." for n in range(SENTENCES)))
ELSEWHERE = (("what-the-weights-know", "tokens-and-loss"),)
"""Technical answers that were given more than 15 of 100 on a question of another topic, for a point that nobody would tick."""


def finding(name: str, **values: float) -> Finding:
    features = np.zeros(len(FEATURES))
    for key, value in values.items():
        features[FEATURES.index(key)] = value
    return Finding(name, 0, "a phrasing", values.get("cosine", 0.5), features)


def silent(name: str) -> Finding:
    return Finding(name, None, "", 0.0, np.zeros(len(FEATURES)))


def fitted(belongs: Logistic) -> Fitted:
    one, nothing = np.zeros(len(FEATURES)), np.zeros(0)
    one[FEATURES.index("makes")] = 1.0
    likely, never = Logistic(0.5 * one, np.ones(len(FEATURES)), 9.0 * one, 0.0, 0.6), Logistic(0 * one, 1 + 0 * one, 0 * one, -9.0, 0.5)
    return Fitted("test", likely, likely, never, never, Linear(nothing, nothing, nothing, 0.0), {}, Direction(nothing, 0.0, 0.5), belongs)


def others_count(bar: float) -> Logistic:
    """A probability that goes by the share of the other points that are made: .5 where half of them are."""
    weights = np.array([20.0 * (name == "others") for name in BELONGS])
    return Logistic(np.full(len(BELONGS), 0.5), np.ones(len(BELONGS)), weights, 0.0, bar)


def test_what_is_around_a_point_is_the_other_points() -> None:
    rows = surroundings([finding("a", told=0.9, about=0.4), finding("b", told=0.8), finding("c", told=0.2), silent("d")])
    assert dict(zip(BELONGS, rows[0], strict=True)) == pytest.approx(
        {"about": 0.4, "cover": 0, "lexical": 0, "share": 0, "others": 1 / 3, "next": 0.5}
    )
    assert rows[3][BELONGS.index("others")] == pytest.approx(2 / 3) and not rows[3][: BELONGS.index("others")].any()


def test_a_point_alone_among_silent_ones_is_not_credited_and_says_by_what() -> None:
    alone = [finding("a", makes=0.9, told=0.9, about=0.6), silent("b"), silent("c")]
    among = [finding(name, makes=0.9, told=0.9, about=0.6) for name in "abc"]
    ready = fitted(others_count(0.3))
    (ruling, *_) = rulings(ready, alone, LONG, [])
    assert (ruling.verdict, ruling.window, ruling.bar) == (Verdict.MISSED, None, 0.3) and ruling.score < 0.3
    assert [each.verdict for each in rulings(ready, among, LONG, [])] == [Verdict.HIT] * 3
    assert rulings(fitted(others_count(0.0)), alone, LONG, [])[0].verdict is Verdict.HIT, "the control: without a bar it is"


def test_a_short_answer_and_a_follow_up_have_nothing_around() -> None:
    few = windows(" ".join(f"Sentence number {n} says a thing." for n in range(SENTENCES - 1)))
    alone = [finding("a", makes=0.9, told=0.9), silent("b")]
    assert not has_surroundings(alone, few) and has_surroundings(alone, LONG) and not has_surroundings(alone[:1], LONG)
    assert rulings(fitted(others_count(0.3)), alone, few, [])[0].verdict is Verdict.HIT
    assert rulings(fitted(others_count(0.3)), alone[:1], LONG, [])[0].verdict is Verdict.HIT


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank([PACK])


@pytest.mark.parametrize(("answered", "asked"), ELSEWHERE)
def test_an_answer_to_another_question_earns_nothing_by_the_way(
    answered: str, asked: str, coverage: Coverage, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, rubric = bank.get(answered).model_answers.technical, bank.get(asked).rubric()
    found = coverage.assess(rubric, text)
    assert (found.overall or 0) <= 15
    taken = [p for p in found.points if p.why and p.why.threshold == BAR and p.verdict is Verdict.MISSED]
    assert taken and all(p.confidence and p.confidence > 0.8 for p in taken), "what the second look takes away, it is sure of"
    monkeypatch.setattr("greenroom.assess.reading.decide.has_surroundings", lambda *_: False)
    assert (coverage.assess(rubric, text).overall or 0) > 15, "the control: without the second look it does"


@pytest.mark.parametrize("kind", ["perfect", "terse"])
def test_good_answers_lose_nothing_by_it(kind: str, coverage: Coverage, monkeypatch: pytest.MonkeyPatch) -> None:
    def figures() -> list[float | None]:
        return [coverage.assess(question(each.topic).rubric(), each.answer).overall for each in golden(kind)]

    looked_at = figures()
    monkeypatch.setattr("greenroom.assess.reading.decide.has_surroundings", lambda *_: False)
    assert looked_at == figures()
