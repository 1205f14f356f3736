"""Fit to a company and role: by the words of their work, never by naming them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from greenroom.assess.manner.fit import Situation, judge_fit

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[2] / "training/fit_cases.yaml").read_text(encoding="utf-8"))
HOSPITAL = Situation("Northvale Hospitals", "Data scientist", "")


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_the_authored_cases(case: dict[str, Any]) -> None:
    """A case that fits is never refused and one that does not is never passed; "cannot tell" is allowed to either."""
    aspect = judge_fit(case["answer"], Situation(case["company"], case["role"], case["job"]), case["ask"])
    assert aspect is not None and aspect.good in (case["fit"], None)
    assert aspect.span is None or case["answer"][slice(*aspect.span)] == aspect.quote
    assert not aspect.good or aspect.quote


def test_most_of_the_authored_cases_are_judged() -> None:
    """Else "cannot tell" to everything would pass."""
    judged = [judge_fit(case["answer"], Situation(case["company"], case["role"], case["job"]), case["ask"]) for case in CASES]
    assert sum(aspect is not None and aspect.good is not None for aspect in judged) >= 0.8 * len(CASES)


def test_nothing_known_is_not_judged() -> None:
    assert judge_fit("A nurse dictates her notes.", Situation()) is None
    unknown = judge_fit("A nurse dictates her notes.", Situation("Acme", "ML engineer"))
    assert unknown is not None and unknown.good is None and "Acme" in unknown.note


def test_the_name_alone_and_the_questions_own_words_show_nothing() -> None:
    named = judge_fit("I would love to do that at Northvale Hospitals, your company is great.", HOSPITAL)
    assert named is not None and not named.good
    asked = judge_fit("A hospital can use it for patients.", HOSPITAL, "What can a hospital do for patients with it?")
    assert asked is not None and asked.good is False


def test_another_trade_is_named_with_the_words() -> None:
    text = "Token by token. A clerk at a bank could draft the letter about a mortgage and the ledger."
    aspect = judge_fit(text, HOSPITAL)
    assert aspect is not None and aspect.good is False and "banking" in aspect.note and aspect.quote and "mortgage" in aspect.quote
