"""How the next token is chosen, by hand and by property; and the lab around it. The rules were also held against transformers' own
(2,000 random settings, no probability further apart than 1e-15); that needs torch and is not run here."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from greenroom.errors import InputError
from greenroom.labs.cutoffs import Cutoffs
from greenroom.labs.lab import Bench, Picture, Result, Table, collect
from greenroom.labs.next_tokens import FILE, KEPT, measure, shipped
from greenroom.labs.sampling import CUT, Rules, apply, draw, entropy, min_p, penalise, softmax, stages, temper, top_k, top_p

LOG = tuple(math.log(p) for p in (0.5, 0.25, 0.125, 0.125))
scores = st.lists(st.integers(-20_000_000, 20_000_000).map(lambda n: n / 1e6), min_size=2, max_size=60).map(tuple)
"""Logits, to the millionth: those of a model are no finer, and below that they tie when divided."""


def run(**given: object) -> Result:
    values = Cutoffs.card.read(given)  # type: ignore[arg-type]
    return collect(Cutoffs.card, values, Cutoffs().run(values, Bench(Path(), 1)))


def kept(found: tuple[float, ...]) -> list[int]:
    return [n for n, score in enumerate(found) if score > CUT]


def test_temperature_by_hand() -> None:
    """Logits 2, 1, 0: the first has 0.867, 0.665 and 0.506 at temperatures 0.5, 1 and 2; at 0 it has everything."""
    assert [softmax(temper((2.0, 1.0, 0.0), t))[0] for t in (0.5, 1, 2, 0)] == pytest.approx([0.8668, 0.6652, 0.5065, 1], abs=1e-4)
    assert kept(temper((1.0, 3.0, 3.0), 0)) == [1], "the first of equals"


def test_the_cut_offs_by_hand() -> None:
    assert kept(top_k(LOG, 2)) == [0, 1]
    assert kept(top_k(LOG, 3)) == [0, 1, 2, 3], "two are equally likely: neither is preferred"
    assert kept(top_k(LOG, 0)) == [0, 1, 2, 3]
    assert [len(kept(top_p(LOG, p))) for p in (0.4, 0.5, 0.51, 0.75, 0.8, 0.9, 1)] == [1, 1, 2, 2, 3, 4, 4]
    assert [len(kept(min_p(LOG, share))) for share in (0, 0.25, 0.26, 0.5, 0.6, 1)] == [4, 4, 2, 2, 1, 1]
    assert apply(LOG, Rules(k=2)) == pytest.approx((2 / 3, 1 / 3, 0, 0))


def test_entropy_by_hand() -> None:
    assert entropy((0.5, 0.25, 0.125, 0.125)) == 1.75
    assert entropy((1.0, 0.0)) == 0
    assert entropy((1 / 8,) * 8) == pytest.approx(3)


def test_the_penalty_divides_what_is_positive_and_multiplies_what_is_negative() -> None:
    assert penalise((2.0, -2.0, 1.0), {0, 1}, 2) == (1.0, -4.0, 1.0)
    shifted = penalise((12.0, 8.0, 11.0), {0, 1}, 2)
    assert softmax(shifted) != pytest.approx(softmax((1.0, -4.0, 1.0))), "it depends on where the scores have their zero; softmax does not"


def test_the_order_of_the_rules_matters() -> None:
    """At temperature 2 the four are flatter, so that 0.7 takes three of them; cut first, it takes two."""
    hot = Rules(temperature=2, p=0.7)
    assert [stage.name for stage in stages(LOG, hot)] == ["As it came", "Repetition penalty", "Temperature", "Top-k", "Top-p", "Min-p"]
    assert [stage.name for stage in stages(LOG, Rules(cuts_first=True))][-1] == "Temperature"
    assert sum(p > 0 for p in apply(LOG, hot)) == 3
    assert sum(p > 0 for p in apply(LOG, Rules(temperature=2, p=0.7, cuts_first=True))) == 2


@given(scores, st.floats(0.05, 10), st.floats(0.05, 10))
def test_a_higher_temperature_never_has_less_entropy_and_never_changes_the_order(s: tuple[float, ...], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert entropy(softmax(temper(s, low))) <= entropy(softmax(temper(s, high))) + 1e-9
    for (a, b), (hot_a, hot_b) in zip(pairwise(s), pairwise(temper(s, one)), strict=True):
        assert hot_a >= hot_b if a >= b else hot_a <= hot_b


@given(scores, st.floats(0.01, 1))
def test_top_p_keeps_the_fewest_that_reach_p(s: tuple[float, ...], p: float) -> None:
    probabilities, found = softmax(s), kept(top_p(s, p))
    assert math.fsum(probabilities[n] for n in found) >= p - 1e-9
    least = min(found, key=lambda n: probabilities[n])
    assert p == 1 or math.fsum(probabilities[n] for n in found if n != least) < p + 1e-9
    assert all(probabilities[n] <= probabilities[least] + 1e-12 for n in range(len(s)) if n not in found)


@example((-5e-75, 0.0), 2, 0.0, 0.5, 0.0, True)  # as likely as each other in floating point, and yet one is the likelier
@given(scores, st.integers(1, 60), st.floats(0, 1), st.floats(0.01, 1), st.floats(0, 5), st.booleans())
def test_whatever_the_rules_a_distribution_is_left_with_the_likeliest_in_it(
    s: tuple[float, ...], k: int, share: float, p: float, temperature: float, first: bool
) -> None:
    assume(temperature == 0 or temperature > 0.01)
    found = apply(s, Rules(temperature=temperature, k=k, p=p, share=share, cuts_first=first))
    assert math.fsum(found) == pytest.approx(1)
    assert found[max(range(len(s)), key=s.__getitem__)] > 0
    assert sum(q > 0 for q in found) <= max(k, sum(score >= sorted(s, reverse=True)[min(k, len(s)) - 1] for score in s))


@given(scores, st.integers(0, 1000))
def test_the_same_seed_draws_the_same_and_never_what_was_cut(s: tuple[float, ...], seed: int) -> None:
    found = apply(s, Rules(k=2))
    assert draw(found, 20, seed) == draw(found, 20, seed)
    assert all(found[n] > 0 for n in draw(found, 20, seed))


def test_draws_come_as_often_as_their_probability_says() -> None:
    found = draw((0.5, 0.25, 0.125, 0.125), 40_000, 1)
    for n, p in enumerate((0.5, 0.25, 0.125, 0.125)):
        assert found.count(n) / 40_000 == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / 40_000))


def test_the_likeliest_token_of_a_real_model_can_be_false() -> None:
    found = run(distribution="false", temperature=0)
    greedy = next(seen for seen in found.seen if seen.id == "greedy")
    assert greedy.held
    assert "“Sydney” each time" in (greedy.found or "")
    assert "the capital is Canberra" in (greedy.found or "")


def test_the_claims_can_be_falsified_or_left_open() -> None:
    flat = {each.id: each.held for each in run(distribution="own", own="a 1, b 1, c 1", top_p=1, samples=1).seen}
    assert flat == {"temperature": None, "nucleus": None, "greedy": True, "chance": None, "penalty": None}
    alike = next(
        each for each in run(distribution="own", own="a 999999, b 1", temperature=1, top_p=1, samples=3).seen if each.id == "chance"
    )
    assert alike.held is False, "more than one token was left, and all draws were alike"
    same = next(each for each in run(top_p=0.01).seen if each.id == "nucleus")
    assert same.held is False, "so small a nucleus is one token everywhere"


def test_what_cannot_be_told_is_left_open() -> None:
    held = {each.id: each.held for each in run(distribution="own", own="a 1000, b 0", numbers="logits", penalty=2, written="b").seen}
    assert (held["temperature"], held["penalty"]) == (None, None), "one token has all, and a penalty does nothing to a logit of 0"


def test_a_temperature_next_to_nought_is_nought() -> None:
    assert temper(LOG, 1e-310) == temper(LOG, 0)
    assert run(temperature=1e-310).parts


def test_top_k_keeps_no_more_tokens_than_there_are() -> None:
    picture = next(part for part in run(top_k=100).parts if part.name == "kept")
    assert isinstance(picture, Picture)
    assert {value for series in picture.series for value in series.values} <= set(range(1, KEPT + 1))


def test_twenty_samples_for_each_setting() -> None:
    draws = next(part for part in run().parts if part.name == "draws")
    assert isinstance(draws, Table)
    assert len(draws.rows) == 8
    assert all(len(str(row[1]).split(" · ")) == 20 for row in draws.rows)


@pytest.mark.parametrize(
    ("own", "what"),
    [
        ("a 1", "has 1 tokens"), ("a 1, a 2", "given twice"), ("a x, b 1", "“a x” is no token with its number"), ("5, 6", "is no token"),
        ("a 0, b 1", "“a 0”"), ("a nan, b 1", "“a nan”"), ("a 1e9, b 1", "“a 1e9”"),
        (", ".join(f"t{n} 1" for n in range(101)), "has 101 tokens"),
    ],
)  # fmt: skip
def test_a_distribution_that_cannot_be_read_is_refused_with_the_cure(own: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        run(distribution="own", own=own)
    assert caught.value.hint


def test_logits_may_be_negative_and_a_written_token_must_be_one_of_them() -> None:
    assert run(distribution="own", own="a -1, b 0, the cat 2", numbers="logits", penalty=2, written="the cat").seen[-1].held
    with pytest.raises(InputError, match="“dog” is none of the tokens"):
        run(written="dog")


def test_the_shipped_distributions_are_what_the_model_says(real_file: Path) -> None:
    """On the real model: tokens, logits and what was measured over its whole vocabulary."""
    kept_file, found = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8")), measure(real_file)
    for name, each in kept_file["examples"].items():
        again = found["examples"][name]
        assert [text for text, _ in each["tokens"][:20]] == [text for text, _ in again["tokens"][:20]]
        assert [logit for _, logit in each["tokens"]] == pytest.approx([logit for _, logit in again["tokens"]], abs=0.02)
        assert (each["nucleus"], each["vocabulary"]) == (pytest.approx(again["nucleus"], rel=0.02), again["vocabulary"])
    assert [each.nucleus for each in shipped().values()] == [33, 4, 533]
