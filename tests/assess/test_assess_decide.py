"""The rules between probabilities and verdicts, on findings made by hand: what is told, what the answer is about, what makes a point."""

from __future__ import annotations

import numpy as np
import pytest

from greenroom.assess.assessment import Verdict
from greenroom.assess.calibrate import Direction, Fitted, Linear, Logistic
from greenroom.assess.reading import decide
from greenroom.assess.reading.clauses import windows
from greenroom.assess.reading.decide import LEAST_TOLD, PLAINLY, Stated, least_told, rule, stated
from greenroom.assess.reading.evidence import FEATURES, Finding

SAID = windows("Heads that are cut out are hardly missed. Others do the same work.")
FIRST, SECOND = 0, 1
NOTHING = np.zeros(0)


def by(name: str, threshold: float) -> Logistic:
    """A probability that goes by one feature alone: .5 at .5, .99 at 1."""
    one = np.zeros(len(FEATURES))
    one[FEATURES.index(name)] = 1.0
    return Logistic(0.5 * one, np.ones(len(FEATURES)), 9.0 * one, 0.0, threshold)


FITTED = Fitted(
    "test",
    by("makes", 0.6),
    by("makes", 0.6),
    by("contradicts", 0.9),
    by("phrased", 0.6),
    Linear(NOTHING, NOTHING, NOTHING, 0.0),
    {},
    Direction(NOTHING, 0.0, 0.5),
    Logistic(NOTHING, NOTHING, NOTHING, 0.0, 0.0),
)


def finding(window: int | None = FIRST, **values: float) -> Finding:
    features = np.zeros(len(FEATURES))
    for name, value in values.items():
        features[FEATURES.index(name)] = value
    return Finding("one", window, "heads are redundant", 0.5, features)


@pytest.mark.parametrize(
    ("about", "wanted"), [(0.2, PLAINLY), (0.35, PLAINLY), (0.425, (PLAINLY + LEAST_TOLD) / 2), (0.5, LEAST_TOLD), (0.9, LEAST_TOLD)]
)
def test_the_less_an_answer_is_about_the_question_the_plainer_a_point_has_to_be(about: float, wanted: float) -> None:
    assert least_told(about) == pytest.approx(wanted)


def test_what_an_answer_about_something_else_nearly_says_is_missed_and_shown_beside_the_bar_that_it_was_held_to() -> None:
    near = {"makes": 0.9, "told": 0.6}
    ruling = rule(FITTED, finding(about=0.3, **near), SAID, [])
    assert (ruling.verdict, ruling.score, ruling.bar) == (Verdict.MISSED, pytest.approx(0.6), PLAINLY)
    assert rule(FITTED, finding(about=0.7, **near), SAID, []).verdict is Verdict.HIT
    assert rule(FITTED, finding(about=0.3, makes=0.9, told=0.95), SAID, []).verdict is Verdict.HIT


def test_what_is_unlikely_is_shown_beside_the_bar_of_likelihood() -> None:
    ruling = rule(FITTED, finding(about=0.3, makes=0.1, told=0.1), SAID, [])
    assert ruling.verdict is Verdict.MISSED and ruling.bar == FITTED.covered.threshold


def test_a_sentence_that_makes_a_point_more_surely_states_no_misconception() -> None:
    claim, point = finding(phrased=0.8), finding(makes=0.9)
    assert not stated(FITTED, [claim], [point], SAID)
    assert stated(FITTED, [claim], [finding(SECOND, makes=0.9)], SAID), "another sentence makes it"
    assert stated(FITTED, [finding(phrased=1.0)], [point], SAID), "it is stated more surely"
    assert stated(FITTED, [claim], [finding(makes=0.6)], SAID), "the point is not clear"


def test_two_sentences_together_have_to_be_surer_for_it_may_be_the_other_one() -> None:
    pair, claim = next(place for place, piece in enumerate(SAID) if piece.kind == "pair"), finding(phrased=0.8)
    assert stated(FITTED, [claim], [finding(pair, makes=0.88)], SAID)
    assert not stated(FITTED, [claim], [finding(makes=0.88)], SAID), "control: one sentence this sure"
    assert not stated(FITTED, [claim], [finding(pair, makes=1.0)], SAID), "control: beyond doubt"


def test_control_without_the_rule_it_would_be_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "CLEARLY", 2.0)
    assert stated(FITTED, [finding(phrased=0.8)], [finding(makes=0.9)], SAID)


def test_a_point_that_two_sentences_make_stands_on_one_where_the_other_states_a_misconception() -> None:
    pair = next(place for place, piece in enumerate(SAID) if piece.kind == "pair")
    made = {"makes": 0.9, "told": 0.9, "about": 0.7, "against": -0.2}
    both, false = finding(pair, **made), [Stated("false", SECOND, 0.9)]
    ruling = rule(FITTED, both._replace(alone=finding(FIRST, **made)), SAID, false)
    assert (ruling.verdict, ruling.window) == (Verdict.HIT, FIRST)
    assert rule(FITTED, both, SAID, false).verdict is Verdict.WRONG, "control: neither sentence makes it alone"
    assert rule(FITTED, both._replace(alone=finding(SECOND, **made)), SAID, false).verdict is Verdict.WRONG, "control: the false one would"
    assert rule(FITTED, both._replace(alone=finding(FIRST, about=0.7)), SAID, false).verdict is Verdict.MISSED
    assert rule(FITTED, both._replace(alone=finding(FIRST, about=0.7)), SAID, []).window == pair, "nothing false: both are quoted"
