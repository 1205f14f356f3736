"""The figures of the question on licences and the EU AI Act, computed."""

import re

import pytest

from greenroom.assess.assessment import Verdict
from greenroom.assess.coverage import Coverage
from greenroom.bank.load import load_bank
from greenroom.builtin import PACKS


def operations(parameters, tokens):
    """6 N D: training a dense model."""
    return 6 * parameters * tokens


def test_fine_tuning_is_far_below_a_third():
    original, tuning = operations(8e9, 15e12), operations(8e9, 100e6)
    assert original == pytest.approx(7.2e23)
    assert tuning == pytest.approx(4.8e18)
    assert 100 * tuning / original < 0.001  # percent
    assert tuning < original / 3


def test_the_threshold_of_systemic_risk():
    """Article 51(2): presumed above 10^25 operations."""
    assert operations(405e9, 15.6e12) > 1e25  # Llama 3.1 405B
    assert operations(70e9, 15e12) < 1e25


@pytest.mark.parametrize("kind", ["plain", "technical"])
def test_the_model_answers_name_the_duty_that_every_class_has(kind):
    """Article 4. The assessor reads the answer as it reads anyone's; without the sentences on literacy it misses the point."""
    question = load_bank([PACKS / "core"]).get("licences-and-the-ai-act")
    answer = getattr(question.model_answers, kind)
    sentences = re.split(r"(?<=[.!?]) ", answer)
    without = " ".join(each for each in sentences if not re.search("literacy|taught|duty is always", each))
    assessor = Coverage.load(threads=2)

    def verdict(text):
        return next(each.verdict for each in assessor.assess(question.rubric(), text).points if each.id == "ai-literacy")

    assert verdict(answer) is Verdict.HIT
    assert without != answer and verdict(without) is Verdict.MISSED
