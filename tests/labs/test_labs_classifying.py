"""The lab *classify-pictures*: the digits are drawn as they are said to be; small and at its defaults it shows what one should see; answers
that break a claim are told. What trains needs torch (the extra ``labs``); the claims are tested without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from greenroom.labs import classifying
from greenroom.labs.classifying import CARD, FARTHER, GRAINY, LETTER, LIGHT, SAME, STRIPED, ClassifyPictures, Kind
from greenroom.labs.digits import DIGITS, GLYPHS, LETTERS, STROKE, How, between, draw
from greenroom.labs.lab import Bench, Result, Table, collect
from greenroom.labs.scenes import Scenes


def run(tmp_path: Path, **given: Any) -> Result:
    values = CARD.read(given)
    return collect(CARD, values, ClassifyPictures().run(values, Bench(tmp_path, 1)))


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="NOT RUN: what trains (pip install 'greenroom[labs]')")


# --- The pictures ---


def test_no_two_signs_are_alike_and_all_are_whole() -> None:
    assert set(GLYPHS) == {*DIGITS, *LETTERS}
    assert len(set(GLYPHS.values())) == len(GLYPHS)
    assert all(stroke.shape == (7, 5) for stroke in STROKE.values())


def test_an_upright_digit_stands_in_the_middle_at_twice_its_size() -> None:
    plain = How(moved=0, grain=0)
    (picture,) = draw("0", plain, np.random.default_rng(0))
    rows, columns = np.nonzero(picture > 0.5)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (3, 16, 5, 14)
    (turned,) = draw("0", plain._replace(light=1), np.random.default_rng(0))
    assert np.allclose(turned, 1 - picture)
    assert between(STROKE["0"], np.array([1.0]), np.array([0.0])) == 1


def test_the_same_dice_draw_the_same_and_others_otherwise() -> None:
    one, again, other = (draw("38", How(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert one.shape == (2, 20, 20)
    assert 0 <= one.min() < one.max() <= 1


# --- The lab ---


def test_small_it_answers_everything_and_twice_the_same(torch: Any, tmp_path: Path) -> None:
    given = {"pictures": 100, "steps": 11, "asked": 50}
    first = run(tmp_path, **given)
    assert first.model_dump_json() == run(tmp_path, **given).model_dump_json()
    assert all(each.found for each in first.seen)
    assert run(tmp_path, **given, seed=1).parts != first.parts
    table = next(part for part in first.parts if isinstance(part, Table))
    assert [row[0] for row in table.rows] == [SAME, GRAINY, LIGHT, STRIPED, FARTHER, LETTER]
    assert any(isinstance(part, Scenes) for part in first.parts)


@pytest.mark.parametrize("expect", CARD.expects, ids=lambda each: each.id)
def test_what_one_should_see_is_seen(torch: Any, expect: Any, tmp_path: Path) -> None:
    seen = next(each for each in run(tmp_path, **expect.set).seen if each.id == expect.id)
    assert seen.held is True, seen.found


# --- Each claim can be told otherwise ---

SIGNS = DIGITS * 10


def kind(name: str, right: int, by_means: int, sure: float = 0.95, signs: str = SIGNS) -> Kind:
    """So many of a hundred right; the others one digit too high."""

    def said(count: int) -> list[int]:
        return [(DIGITS.find(sign) + (n >= count)) % 10 for n, sign in enumerate(signs)]

    chances = np.full((len(signs), 10), (1 - sure) / 9, dtype=np.float32)
    chances[range(len(signs)), said(right)] = sure
    return Kind(name, signs, np.zeros((len(signs), 20, 20), dtype=np.float32), chances, np.array(said(by_means)))


def told(change: dict[str, Kind] | None = None, **given: Any) -> dict[str, bool | None]:
    found = {
        SAME: kind(SAME, 95, 80), LIGHT: kind(LIGHT, 0, 0), STRIPED: kind(STRIPED, 40, 30), LETTER: kind(LETTER, 0, 0, signs=LETTERS * 10)
    } | (change or {})  # fmt: skip
    return {each.id: each.held for each in classifying.findings(found, "5", CARD.read(given))}


def test_control_answers_that_keep_the_claims() -> None:
    assert told() == {"learns": True, "rule-enough": None, "other-light": True, "seen-helps": None, "no-none": True}
    assert told({SAME: kind(SAME, 99, 98)}, moved=0)["rule-enough"] is True
    assert told(moved=0)["learns"] is told(varied=True)["learns"] is None, "its premise is absent"
    assert told({LIGHT: kind(LIGHT, 95, 10)}, varied=True)["seen-helps"] is True


@pytest.mark.parametrize(
    ("name", "change", "given"),
    [
        ("learns", kind(SAME, 84, 80), {}), ("learns", kind(SAME, 60, 12), {}), ("rule-enough", kind(SAME, 99, 90), {"moved": 0}),
        ("other-light", kind(LIGHT, 40, 0), {}), ("other-light", kind(LIGHT, 0, 0, sure=0.5), {}),
        ("seen-helps", kind(LIGHT, 60, 0), {"varied": True}),
        ("seen-helps", kind(LIGHT, 88, 0), {"varied": True}), ("no-none", kind(LETTER, 0, 0, sure=0.8, signs=LETTERS * 10), {}),
    ],
)  # fmt: skip
def test_answers_that_break_a_claim_are_told(name: str, change: Kind, given: dict[str, Any]) -> None:
    assert told({change.name: change}, **given)[name] is False


def test_a_lead_that_could_be_chance_is_told() -> None:
    few = kind(SAME, 18, 17, signs=SIGNS[:20])
    assert told({SAME: few})["learns"] is False


def test_stripes_that_cost_little_are_told() -> None:
    change = {LIGHT: kind(LIGHT, 95, 10), STRIPED: kind(STRIPED, 90, 10)}
    assert told(change, varied=True)["seen-helps"] is False
