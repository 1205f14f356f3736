""" "I do not know" is an answer: it makes no point. It is judged, so that the person sees the points; anything more goes the usual way."""

from __future__ import annotations

import pytest

from greenroom.assess.assessment import Verdict
from greenroom.assess.coverage import Coverage
from greenroom.assess.gate import admits_not_knowing
from greenroom.bank.load import load_bank
from greenroom.builtin import PACKS


@pytest.mark.parametrize("answer", ["I don't know", "I do not know.", "Sorry, I don’t know that one.", "No idea!", "I'm not sure.", "pass"])
def test_not_knowing_is_recognised(answer: str) -> None:
    assert admits_not_knowing(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "I do not know the exact figure, but attention weighs the context.",
        "Not sure of the name. It divides by a root.",
        "know",
        "",
        "Pass the tokens on.",
    ],
)
def test_more_than_that_is_an_answer_like_any_other(answer: str) -> None:
    assert not admits_not_knowing(answer)


def test_every_point_is_missed_and_nothing_is_praised() -> None:
    question = load_bank([PACKS / "core"]).get("attention")
    found = Coverage.load(None).assess(question.rubric(), "I don't know.")
    assert found.status == "assessed"
    assert {point.verdict for point in found.points} == {Verdict.MISSED}
    assert found.overall is not None
    assert found.overall < 20
    assert found.strengths == ()
    assert found.follow_up is not None
