"""The lab *basics*: on the real model what one should see is seen; the parts run on a tiny one; each finding is told otherwise by figures
that break its claim. The counts and the replay of the merges are held against plain reckoning."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labs_runs import held, run

from greenroom.labs import counting, likeness, pieces
from greenroom.labs.basics import CARD, Basics
from greenroom.labs.counting import Counts, Row, Written
from greenroom.labs.lab import Bench, Finding, Result, Table
from greenroom.labs.likeness import Alone, Layer, Use
from greenroom.labs.model import Model
from greenroom.labs.pieces import Cut

PARTS = {
    "tokens": {"pieces", "replay", "grammar", "numbers"}, "vectors": {"families", "opposites", "turned", "level", "senses"},
    "counting": {"better", "unseen", "more", "ruler"},
}  # fmt: skip


def parts(model: Model, **given: Any) -> Result:
    return run(Basics(), model, **given)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", PARTS)
def test_what_one_should_see_is_seen_on_the_real_model(real: Model, part: str) -> None:
    found = parts(real, part=part)
    assert {name for name, seen in held(found).items() if seen} == PARTS[part], [each.found for each in found.seen]


def test_the_tiny_model_runs_all_parts_twice_the_same(tiny: Model) -> None:
    found = parts(tiny, text="hello world 12 hello", words="hello world")
    assert found.model_dump_json() == parts(tiny, text="hello world 12 hello", words="hello world").model_dump_json()
    names = {part.name for part in found.parts}
    assert {"cut", "merges", "bands", "dressed", "neighbours", "families", "pairs", "senses", "bits", "rows", "more", "written"} <= names
    assert held(found)["replay"] is None, "none of the frequent words is one token of it"
    assert held(found)["pieces"] is held(found)["better"] is False, "control: a random model knows nothing"
    assert held(found)["turned"] is held(found)["families"] is None, "none of the words is one token of it"


def test_a_part_that_was_not_chosen_says_so(tiny: Model) -> None:
    found = parts(tiny, part="tokens")
    assert {name for name, seen in held(found).items() if seen is None} >= PARTS["vectors"] | PARTS["counting"]


@pytest.mark.parametrize("word", ["hello", "world", "hell", "low", "12"])
def test_the_merges_replayed_are_the_tokenizers_own_tokens(tiny: Model, word: str) -> None:
    ranks = pieces.ranks_of(tiny)
    expected = tuple(tiny.tokenizer.pieces(tiny.tokenizer.encode(f" {word}")))
    assert word == "12" or pieces.final(word, ranks) == expected
    assert "".join(pieces.replay(word, ranks)[-1]) == f"Ġ{word}"


def test_merges_are_taken_in_their_order() -> None:
    ranks = {("a", "b"): 1, ("b", "c"): 0}
    assert pieces.replay("abc", ranks) == [["Ġ", "a", "b", "c"], ["Ġ", "a", "bc"]]


def test_counts_add_up_to_one_and_fill_in_shorter_beginnings() -> None:
    counts = Counts([0, 1, 0, 1, 0, 2], 2, 4)
    for before in ([], [0], [1], [2], [3]):
        assert math.fsum(counts.p(before, piece) for piece in range(4)) == pytest.approx(1)
    single = (3 + 3 * 0.25) / (6 + 3)
    assert counts.p([], 0) == pytest.approx(single)
    assert counts.p([1], 0) == pytest.approx((2 + 1 * single) / (2 + 1))
    assert counts.p([3], 0) == pytest.approx(single), "never seen: as if nothing stood before"
    assert counts.knows([0], 2)
    assert not counts.knows([2], 0)
    assert counts.nats([[0, 1]]) == pytest.approx(-math.log(counts.p([], 0)) - math.log(counts.p([0], 1)))


def test_the_longest_run_that_was_copied() -> None:
    assert counting.copied([9, 1, 2, 3, 9], [0, 1, 2, 3, 4]) == 3
    assert counting.copied([12], [1, 2]) == counting.copied([], [1]) == 0, "whole numbers, not digits"


# --- Figures that break a claim ---

FREQUENT, ONCE, SLIP = Cut("the", (5,), (" the",)), Cut("oak", (900,), (" oak",)), Cut("mdoel", (7, 8), (" md", "oel"))
FOUR: list[tuple[int, ...]] = [(1,), (2,), (3,), (4,)]
TOKENS = pieces.Seen([FREQUENT], [ONCE], [SLIP], True, (9, 9), [(SLIP, False), (SLIP, False), (SLIP, True)], [("the", FOUR)])
SAME, OTHER = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)
LAYERS = [Layer(1, 1, 0.1, 4), Layer(0.9, 0.5, 0.6, 8)]
USES = [Use("bank", "money" if n < 4 else "river", np.stack([SAME, SAME if n < 4 else OTHER])) for n in range(8)]
VECTORS = likeness.Seen(
    [("days", "Monday", "days"), ("colours", "red", "colours")], np.eye(2, dtype=np.float32), [0.6, 0.6], [0.6], 0.2, (0.4, 0.1),
    Alone(0.89, 0.88, 0.97), USES, LAYERS,
)  # fmt: skip
LETTERS, PAIRS = Row("counting runs of 2 letters", "letters", 2, 150, 100, 0.9), Row("counting runs of 2 tokens", "tokens", 2, 140, 25, 0.5)
THREES, FOURS = Row("threes", "tokens", 3, 141, 25, 0.1), Row("fours", "tokens", 4, 142, 25, 0.02)
COUNTED = counting.Seen(
    [LETTERS, PAIRS, THREES, FOURS, Row("model", "tokens", 0, 80, 25)],
    100,
    1000,
    [(500, 2.0), (1000, 1.9)],
    (Written("a", 1), Written("b", 0)),
)


def told(found: Iterable[Finding]) -> dict[str, bool | None]:
    return {each.id: each.held for each in found}


def test_control_figures_that_keep_the_claims() -> None:
    for found in (pieces.findings(TOKENS), likeness.findings(VECTORS), counting.findings(COUNTED)):
        assert set(told(found).values()) == {True}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("pieces", {"frequent": [SLIP]}), ("pieces", {"swapped": [FREQUENT]}), ("pieces", {"back": False}),
        ("replay", {"replayed": (8, 9)}),
        ("replay", {"frequent": [ONCE], "once": [FREQUENT]}), ("grammar", {"ended": [(SLIP, True)]}),
        ("numbers", {"dressed": [("the", [(1,), (1,), (3,), (4,)])]}), ("numbers", {"dressed": [("the", [(1, 4), (2,), (3,), (4,)])]}),
    ],
)  # fmt: skip
def test_figures_on_tokens_that_break_a_claim_are_told(name: str, change: dict[str, Any]) -> None:
    assert told(pieces.findings(TOKENS._replace(**change)))[name] is False


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("families", {"families": [("days", "Monday", "colours"), ("colours", "red", "colours")]}), ("opposites", {"any": 0.5}),
        ("opposites", {"alike": [0.8]}), ("turned", {"alone": Alone(0.95, 0.88, 0.99)}),
        ("turned", {"alone": Alone(0.89, 0.88, 0.91)}), ("level", {"level": (0.5, 0.1), "any": 0.5}),
        ("senses", {"layers": [LAYERS[0], Layer(0.9, 0.5, 0.6, 5)]}), ("senses", {"layers": [Layer(1, 0.9, 0.1, 4), LAYERS[1]]}),
        ("senses", {"layers": [LAYERS[0], Layer(0.5, 0.9, 0.6, 8)]}),
    ],
)  # fmt: skip
def test_figures_on_vectors_that_break_a_claim_are_told(name: str, change: dict[str, Any]) -> None:
    assert told(likeness.findings(VECTORS._replace(**change)))[name] is False


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("better", [LETTERS, PAIRS, THREES, FOURS, Row("model", "tokens", 0, 135, 25)]),
        ("unseen", [LETTERS, PAIRS, THREES._replace(known=0.3), FOURS, COUNTED.rows[-1]]),
        ("unseen", [LETTERS, PAIRS, THREES, FOURS._replace(nats=100), COUNTED.rows[-1]]),
        ("ruler", [LETTERS, PAIRS, THREES, FOURS, Row("model", "tokens", 0, 30, 25)]),
    ],
)  # fmt: skip
def test_figures_on_counting_that_break_a_claim_are_told(name: str, rows: list[Row]) -> None:
    assert told(counting.findings(COUNTED._replace(rows=rows)))[name] is False
    assert told(counting.findings(COUNTED._replace(more=[(500, 2.0), (1000, 1.99)])))["more"] is False


def test_a_number_that_has_a_name_is_told_from_one_that_has_none() -> None:
    dice = np.random.default_rng(1)
    names = [f"family {n // 8}" for n in range(48)]
    spread = dice.standard_normal((6, 64))[np.arange(48) // 8] + 0.8 * dice.standard_normal((48, 64))
    named = 0.3 * dice.standard_normal((48, 64)) + 2 * np.eye(6, 64)[np.arange(48) // 8]
    told_ = [likeness._turned(likeness._alone(names, likeness.directions(each.astype(np.float32)), dice)).held for each in (spread, named)]
    assert told_ == [True, False]
    assert likeness._alone(names[:3], spread[:3].astype(np.float32), dice) is None


def test_pairs_in_order_by_hand() -> None:
    values = np.array([[3.0, 0.0], [1.0, 0.0], [2.0, 0.0], [0.0, 0.0]], np.float32)
    assert likeness.in_order(values, np.array([True, True, False, False])).tolist() == [0.75, 0.5]


def test_what_is_drawn_is_drawn_by_the_probabilities_that_are_scored() -> None:
    counts, dice = Counts([0, 1, 0, 1, 0, 2], 2, 4), random.Random(5)
    drawn = [counts.draw([0], dice) for _ in range(20_000)]
    assert [drawn.count(piece) / 20_000 for piece in range(4)] == pytest.approx([counts.p([0], piece) for piece in range(4)], abs=0.015)


def test_more_words_than_are_shown_are_said(tiny: Model) -> None:
    def note(name: str, **given: Any) -> str:
        return next(part.note for part in parts(tiny, **given).parts if isinstance(part, Table) and part.name == name)

    assert "nine, ten" in note("neighbours", part="vectors", words="a b c d e f g h nine ten")
    assert "Not looked up" not in note("neighbours", part="vectors", words="a b c d e f g h")
    assert "first 60" in note("cut", part="tokens", text="hello " * 61)
    assert "first 60" not in note("cut", part="tokens", text="hello " * 60)


def test_the_senses_are_told_apart_where_the_vectors_are() -> None:
    layers = likeness.by_layer(USES)
    assert [each.right for each in layers][1] == 8
    assert (layers[0].same, layers[0].other) == (1, 1)
    assert (layers[1].same, layers[1].other) == (1, 0)


def test_without_the_model_it_says_how_to_get_it(tmp_path: Path) -> None:
    from greenroom.errors import ModelMissingError

    with pytest.raises(ModelMissingError):
        list(Basics().run(CARD.read({}), Bench(tmp_path, 1)))
