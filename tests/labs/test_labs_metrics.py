"""The lab *metrics*: each measure against the library by which it is usually computed (pinned; made by labs_metrics_pin.py); on the real
model what one should see is seen; each finding is told otherwise by scores that break its claim."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from labs_runs import held, run

from greenroom.labs import measures, metrics
from greenroom.labs.lab import Bench, Result, collect
from greenroom.labs.metrics import CARD, NEGATED, PLAIN, TURNED, Item, Metrics, Scored
from greenroom.labs.model import Model

PINNED: dict[str, Any] = json.loads((Path(__file__).parent / "labs_metrics_pinned.json").read_text(encoding="utf-8"))


def parts(model: Model | None, **given: Any) -> Result:
    return run(Metrics(), model, **given)


# --- On the real model ---


@pytest.mark.timeout(900)
def test_what_one_should_see_is_seen_on_the_real_model(real: Model) -> None:
    found = parts(real)
    assert held(found) == dict.fromkeys(held(found), True) | {"ahead": None}, [each.found for each in found.seen]
    ahead = next(each.found for each in found.seen if each.id == "ahead")
    assert ahead is not None
    assert ahead.startswith("Undecided")
    assert "Of 18 awkward pairs" in ahead
    assert "only ROUGE-L on 1 (p = 1)" in ahead


def test_perplexity_does_not_know_the_reference_and_knows_shuffled_words(real: Model) -> None:
    asked, text = "When does the library open?", "The library opens at nine in the morning."
    fluent, wrong = metrics.perplexity(real, asked, text), metrics.perplexity(real, asked, "The library opens at three in the morning.")
    assert metrics.perplexity(real, asked, "Morning the in nine at opens library the.") > 5 * fluent, "control"
    assert wrong < 2 * fluent


def test_without_the_model_it_runs_and_says_so(tmp_path: Path) -> None:
    values = CARD.read({"live": False})
    found = held(collect(CARD, values, list(Metrics().run(values, Bench(tmp_path, 1)))))
    assert {name: value for name, value in found.items() if value is not True} == {"perplexity": None, "ahead": None}


# --- The measures ---


@pytest.mark.parametrize("row", PINNED["rows"], ids=lambda row: row["text"][:20])
def test_rouge_and_bleu_are_those_of_the_libraries(row: dict[str, Any]) -> None:
    assert measures.rouge_l(row["text"], row["reference"]) == pytest.approx(row["rouge"], abs=1e-9)
    assert measures.bleu(row["text"], row["reference"]) == pytest.approx(row["bleu"], abs=1e-9)


def test_the_pinned_ones_are_these_pairs_and_not_trivial() -> None:
    texts = {(row["text"], row["reference"]) for row in PINNED["rows"]}
    assert {(text, each.reference) for each in metrics.shipped() for text in (each.good, each.bad)} <= texts
    assert len({round(row["bleu"], 6) for row in PINNED["rows"]}) > 30


def test_exact_match_and_the_longest_common_row_by_hand() -> None:
    assert measures.exact("The lamp, green!", "a green lamp") == 0
    assert measures.exact("The green lamp!", "a green lamp") == 1
    assert measures.exact("The U.S. won!", "us  won") == 1, "as SQuAD has it: a full stop parts no words"
    assert measures.exact("ice-cream", "ice cream") == 0
    assert measures.exact("An.", "") == 1
    assert measures.longest_common("abcbdab", "bdcaba") == 4, "the textbook's pair"
    assert measures.longest_common("", "abc") == 0
    assert measures.rouge_l("", "") == measures.bleu("", "x") == 0


# --- Each claim can be told otherwise ---

NAMES = ("exact", "rouge", "bleu", "cosine", "perplexity")


def score(kind: str, **better: int) -> Scored:
    """By measure: 1 the accepted one first, -1 the other, 0 the same."""
    return Scored(Item(kind, "", "reference", "good", "bad"), {name: (float(better.get(name, 0)), 0.0) for name in NAMES})


GOOD = [
    *[score(PLAIN, rouge=1, bleu=1, cosine=1, perplexity=1)] * 4,
    *[score(kind, rouge=-1, bleu=-1, cosine=-1, perplexity=-1) for kind in (NEGATED, TURNED, "number")],
    score("other words", rouge=-1, bleu=-1, cosine=1, perplexity=1),
]  # fmt: skip


def told(found: list[Scored]) -> dict[str, bool | None]:
    return {each.id: each.held for each in metrics.findings(found)}


def test_control_scores_that_keep_the_claims() -> None:
    assert told(GOOD) == dict.fromkeys(told(GOOD), True) | {"ahead": None}
    assert told([score("your own", rouge=1)])["hard"] is None


@pytest.mark.parametrize(
    ("name", "plain", "hard"),
    [
        ("plain", {"rouge": -1, "bleu": 1, "cosine": 1}, {"rouge": -1}), ("hard", {}, {"rouge": 1, "bleu": -1}),
        ("cosine", {}, {"cosine": 1}),
        ("perplexity", {"perplexity": 1}, {"perplexity": 1}),
        ("slices", {"rouge": 1, "bleu": 1, "cosine": 1}, {"rouge": 1, "bleu": 1, "cosine": 1}),
        ("together", {}, {"rouge": -1, "bleu": -1, "cosine": 1}),
    ],
)  # fmt: skip
def test_scores_that_break_a_claim_are_told(name: str, plain: dict[str, int], hard: dict[str, int]) -> None:
    assert told([*[score(PLAIN, **plain)] * 4, *[score("number", **hard)] * 4])[name] is False


HARD = GOOD[4:]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("plain", [*GOOD[:3], score(PLAIN, rouge=1, bleu=1)]),  # one that it cannot tell
        ("hard", [*HARD[:3], score("number", bleu=-1)]),  # a tie is not the wrong one first
        ("cosine", [score("number", rouge=-1, cosine=-1), *HARD[1:]]),  # no error on a “not”
    ],
)  # fmt: skip
def test_what_is_nearly_so_is_not_so(name: str, found: list[Scored]) -> None:
    assert told(found)[name] is False


@pytest.mark.parametrize(
    ("only_cosine", "only_words", "expected"),
    [(2, 1, None), (5, 0, None), (6, 0, True), (9, 1, True), (0, 6, None), (0, 7, False), (0, 0, None)],
)
def test_that_vectors_are_ahead_takes_more_than_chance(only_cosine: int, only_words: int, expected: bool | None) -> None:
    """By hand: 6 of 6 have p = 2/64, 5 of 5 2/32, 7 of 7 2/128, 9 of 10 22/1024; against them two tests are made."""
    found = [score("number", cosine=1)] * only_cosine + [score("number", rouge=1, bleu=1)] * only_words + [score("number")] * 5
    said = next(each for each in metrics.findings(found) if each.id == "ahead")
    assert said.held is expected
    assert said.found.startswith("Undecided") is (expected is None)
    assert f"Of {len(found)} awkward pairs" in said.found
    assert f"only the cosine is right on {only_cosine}, only BLEU on {only_words} (p = " in said.found


def test_to_be_ahead_of_one_of_the_two_is_not_enough() -> None:
    assert told([score("number", cosine=1, rouge=1)] * 8)["ahead"] is None


def test_of_all_measures_one_that_is_right_here_and_never_there_will_do() -> None:
    assert told([score(PLAIN, perplexity=1), score("number", perplexity=-1)])["slices"] is True


def test_a_pair_of_ones_own_stands_alone() -> None:
    found = parts(None, live=False, reference="a b c", good="a b c", bad="x y z")
    assert next(part for part in found.parts if part.name == "items").rows[0][4].startswith("✓")  # type: ignore[union-attr]
    assert len(metrics.given(CARD.read({"reference": "a", "good": "b"}))) == 24, "all three are needed"
