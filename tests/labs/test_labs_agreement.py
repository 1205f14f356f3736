"""The lab *agreement*: kappa and its interval against published numbers and against drawing anew; each finding is told otherwise by tags
that break its claim. Its defaults: test_labs_shipped.py."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from labs_runs import held

from greenroom.errors import InputError
from greenroom.labs import agreement
from greenroom.labs.agreement import CARD, Agreement, Four
from greenroom.labs.lab import Bench, Result, collect


def parts(**given: Any) -> Result:
    values = CARD.read({"runs": 100} | given)
    return collect(CARD, values, list(Agreement().run(values, Bench(Path(), 1))))


def test_kappa_is_the_published_one() -> None:
    """The two tables by which the paradox is often shown: the same agreement of 60 %, kappa 0.13 and 0.26."""
    assert Four(45, 15, 25, 15).kappa == pytest.approx(0.1304, abs=1e-4)
    assert Four(25, 35, 5, 35).kappa == pytest.approx(0.2593, abs=1e-4)
    assert Four(45, 15, 25, 15).agreement == Four(25, 35, 5, 35).agreement == 0.6
    assert Four(10, 0, 0, 0).kappa is None
    assert Four(5, 0, 0, 5).kappa == 1
    assert Four(0, 5, 5, 0).kappa == -1


def test_the_interval_is_as_wide_as_drawing_anew_says() -> None:
    four, dice = Four(45, 15, 25, 15), random.Random(5)
    drawn = [agreement.drawn(four, 100, dice).kappa or 0 for _ in range(3000)]
    mean = sum(drawn) / len(drawn)
    spread = (sum((each - mean) ** 2 for each in drawn) / len(drawn)) ** 0.5
    low, high = agreement.interval(four) or (0, 0)
    assert (high - low) / 2 / 1.96 == pytest.approx(spread, rel=0.05)
    wide, tight = agreement.interval(four), agreement.interval(Four(4500, 1500, 2500, 1500))
    assert wide and tight
    assert (wide[1] - wide[0]) / (tight[1] - tight[0]) == pytest.approx(10)


def test_equal_care_gives_the_shares_that_drawing_gives() -> None:
    dice, counts, runs = random.Random(7), [0, 0, 0, 0], 40_000
    for _ in range(runs):
        truth = dice.random() < 0.2
        one, other = (truth == (dice.random() < 0.9) for _ in range(2))
        counts[2 * (not one) + (not other)] += 1
    for found, expected in zip(counts, agreement.expected(0.2, 0.9), strict=True):
        assert found / runs == pytest.approx(expected, abs=0.01)


def test_tags_are_counted_and_the_rarer_letter_is_the_first_kind() -> None:
    assert agreement.kinds_of("nnrn") == "rn"
    assert agreement.counted("rrnn", "rnrn", "rn") == Four(1, 1, 1, 1)
    assert agreement.kinds_of("nnnn") == "rn"
    assert agreement.kinds_of("rrrr") == "xr"


@pytest.mark.parametrize("given", [{"first": "rn"}, {"first": "n" * 19 + "x", "second": "r" * 20}, {"items": "one\ntwo"}])
def test_what_cannot_be_counted_is_refused_with_the_cure(given: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        parts(**given)
    assert caught.value.hint


def test_items_of_ones_own() -> None:
    found = parts(items="\n".join(f"item {n}" for n in range(6)), first="aabbab", second="aabbab")
    assert held(found)["chance"] is False, "kappa is the agreement where nobody ever differs"
    assert next(part for part in found.parts if part.name == "kappa").rows[4][1] == 100  # type: ignore[union-attr]


# --- Each claim can be told otherwise ---


def test_what_breaks_a_claim_is_told() -> None:
    many = "rn" * 30
    assert held(parts(items="\n".join(map(str, range(60))), first=many, second=f"nr{many[2:]}"))["wide"] is False
    assert held(parts(right=100))["rare"] is False, "whoever is never wrong has a kappa of 1 everywhere"
    alike = held(parts(first="rn" * 10, second="rn" * 10))
    assert (alike["chance"], alike["wide"]) == (False, None), "no disagreement in 20 items is no proof that there is none"
    assert agreement.interval(Four(0, 8, 0, 12)) is None, "the second always says n"
    only = held(parts(first="n" * 20, second="n" * 20))
    assert (only["chance"], only["wide"]) == (None, None)


def test_sets_that_give_no_interval_are_told_apart() -> None:
    """Whoever is never wrong never disagrees: no set gives one."""
    said = {each.id: each.found for each in parts(right=100, runs=100).seen}
    assert "100 more sets give no interval." in said["covers"] and held(parts(right=100, runs=100))["covers"] is False
    some = next(each.found for each in parts().seen if each.id == "covers")
    inside, none = re.search(r"of (\d+) ", some), re.search(r"(\d+) more sets", some)
    assert inside and none and int(inside[1]) + int(none[1]) == 100


def test_an_interval_that_does_not_keep_its_word_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "interval", lambda four: (0.63, 0.65))
    assert held(parts())["covers"] is False


def test_a_kappa_that_is_no_kappa_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Four, "kappa", property(lambda self: self.agreement))
    found = held(parts())
    assert (found["chance"], found["rare"], found["always"]) == (False, False, False)
