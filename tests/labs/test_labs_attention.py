"""The labs that look at attention. On the real model: what one should see is seen, at the lab's own values. On the tiny one: the mechanics.
Each finding has a control: the same measure where the claim does not hold says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from greenroom.errors import InputError, ModelMissingError, TooLargeError
from greenroom.labs import attention, filtering, induction, knockout, order, passage, reasons
from greenroom.labs.lab import Bench, Finding, Part, Picture, Result, Table, Values, collect
from greenroom.labs.looks import without, without_mask, without_positions
from greenroom.labs.model import Model

Look = Callable[[Values, Model], Iterator[Part]]
LABS = {
    "attention-maps": (attention.CARD, attention.look_inside),
    "knock-out": (knockout.CARD, knockout.look_inside),
    "word-order": (order.CARD, order.look_inside),
    "induction": (induction.CARD, induction.look_inside),
    "weights-or-reasons": (reasons.CARD, reasons.look_inside),
    "attention-filter": (filtering.CARD, filtering.look_inside),
}
QUICK: dict[str, dict[str, str | int]] = {"weights-or-reasons": {"replacements": 16}, "word-order": {"shuffles": 2}}
"""Values that take less time and show the same."""
TINY: dict[str, dict[str, str | int]] = {
    "attention-maps": {"text": "hello world 12", "layer": 1, "head": 3},
    "knock-out": {"text": "hello world 12", "sweep": "heads", "write": 3},
    "word-order": {"text": "hello world 12"},
    "induction": {"length": 8, "knocked": 2},
    "weights-or-reasons": {"text": "hello world 12", "replacements": 2},
    "attention-filter": {"text": "hello 21 is", "right": "world", "wrong": "12", "times": 2},
}


def run(name: str, model: Model, **given: str | int | bool) -> Result:
    card, look_inside = LABS[name]
    values = card.read(given)
    return collect(card, values, look_inside(values, model))


def held(result: Result) -> dict[str, bool | None]:
    return {seen.id: seen.held for seen in result.seen}


def part(result: Result, name: str) -> Table | Picture:
    return next(each for each in result.parts if each.name == name)


# --- The real model ---


@pytest.mark.parametrize("name", [name for name in LABS if name != "knock-out"])
def test_what_one_should_see_is_seen_on_the_real_model(real: Model, name: str) -> None:
    found = run(name, real, **QUICK.get(name, {}))
    assert all(seen.held for seen in found.seen), [seen.found for seen in found.seen if not seen.held]


def test_the_real_model_without_attention_without_mlps_and_without_each_head(real: Model) -> None:
    found = run("knock-out", real, text="Paris is the capital of France", sweep="heads", write=4)
    assert held(found) == {"alone": True, "mlps": True, "heads": True}, [seen.found for seen in found.seen]
    losses = {row[0]: row[1] for row in part(found, "runs").rows}  # type: ignore[union-attr]
    assert losses["nothing"] < losses["all attention"] < losses["all MLPs"]  # type: ignore[operator]
    assert len(part(found, "heads").series) == 30  # type: ignore[union-attr]


def test_a_head_that_looks_one_token_back_is_where_the_card_says(real: Model) -> None:
    maps = passage.look_at(real, passage.read(real, attention.TEXT, 60).ids).maps
    previous = attention.on_previous(maps)
    assert previous.argmax() == 16 * 9 + 0
    assert previous[16, 0] > 0.7 > 0.2 > float(np.median(previous))


# --- The tiny model ---


@pytest.mark.parametrize("name", LABS)
def test_every_lab_runs_on_any_model_twice_the_same(tiny: Model, name: str) -> None:
    first = run(name, tiny, **TINY[name])
    assert first.model_dump_json() == run(name, tiny, **TINY[name]).model_dump_json()
    assert all(seen.found for seen in first.seen)


def test_a_model_that_was_never_trained_shows_none_of_what_training_made(tiny: Model) -> None:
    """The control of the findings about what this model has learnt: random weights have not learnt it."""
    assert held(run("attention-maps", tiny, **TINY["attention-maps"]))["sink"] is False
    assert held(run("induction", tiny, length=8)) == {"copies": False, "heads": False, "cause": False}


def test_what_the_arithmetic_makes_so_holds_for_random_weights_too(tiny: Model) -> None:
    assert held(run("attention-maps", tiny, **TINY["attention-maps"]))["weights"] is True
    assert held(run("word-order", tiny, text="hello world 12 hello 21 world"))["blind"] is True


def test_a_shuffled_text_is_another_one_or_its_claims_are_not_told(tiny: Model) -> None:
    ids, dice = tiny.tokenizer.prompt("hello world 12"), np.random.default_rng(0)
    assert all(order.shuffle(ids, dice) != ids for _ in range(100)), "of four tokens one order in six is the same"
    found = held(run("word-order", tiny, text="1111"))
    assert found["blind"] is found["leak"] is None and found["cheating"] is not None


def test_without_the_mask_the_weights_finding_does_not_hold(tiny: Model) -> None:
    found = run("attention-maps", tiny, **TINY["attention-maps"], future=True)
    assert held(found)["weights"] is False
    shown = part(found, "map")
    assert isinstance(shown, Picture)
    assert shown.series[-1].values[0] is not None, "and the map shows what comes after"
    assert isinstance(hidden := part(run("attention-maps", tiny, **TINY["attention-maps"]), "map"), Picture)
    assert hidden.series[-1].values[0] is None


def test_heads_that_look_alike_do_not_differ() -> None:
    same = np.full((3, 4, 4), 0.25, np.float32)
    assert attention.differ(same, 0).held is False
    other = same.copy()
    other[1] = np.eye(4)
    assert attention.differ(other, 0).held is True
    assert attention.differ(same[:1], 0).held is None


def test_spread_is_0_for_one_token_and_1_for_all_alike() -> None:
    sharp, even = np.zeros((4, 4), np.float32), np.tril(np.ones((4, 4), np.float32))
    sharp[:, 0] = 1
    even /= even.sum(-1, keepdims=True)
    maps = np.stack([even, sharp])[None]
    assert attention.spread(maps)[0] == pytest.approx([1, 0], abs=1e-6)
    assert attention.on_first(maps)[0, 1] == 1
    assert attention.on_previous(maps)[0] == pytest.approx([(1 / 3 + 1 / 4) / 2, 0])


def test_taking_away_less_than_all_attention_leaves_words_before_in_play(tiny: Model) -> None:
    ids = tiny.tokenizer.encode("hello world 12 hello")
    nats = tiny.transformer.surprise(ids) + 5

    def found(layers: range) -> bool | None:
        look = without("attention_out", layers)
        return knockout.alone(tiny, ids, 0.0, knockout.Run("all attention", look, nats), 0).held

    assert found(range(2)) is True
    assert found(range(1)) is False, "one layer left"


def test_the_other_findings_of_the_knock_out_can_fail() -> None:
    assert knockout.mlps(3.0, 9.0, 8.0).held is False
    assert knockout.heads(np.full((2, 3), 0.5, np.float32)).held is False
    assert knockout.heads(np.full((2, 3), -0.01, np.float32)).held is True


def test_from_a_layer_on_is_the_same_as_from_the_beginning(tiny: Model) -> None:
    ids = tiny.tokenizer.encode("hello world 12 hello")
    again = passage.Again(tiny, ids)
    assert again.loss(0) == pytest.approx(passage.loss(tiny, ids), abs=1e-5)
    assert again.loss(1, without("mlp_out", [0])) == pytest.approx(passage.loss(tiny, ids, without("mlp_out", [1])), abs=1e-5)
    assert again.loss(1, without("mlp_out", [0])) != pytest.approx(passage.loss(tiny, ids), abs=1e-3), "control"


def test_with_positions_or_mask_left_on_the_model_is_not_blind(tiny: Model) -> None:
    ids = tiny.tokenizer.encode("hello world 12 hello 21 world")
    shuffled = [[*reversed(ids[:-1]), ids[-1]]]
    found = [order.way(tiny, title, ids, shuffled, look) for title, look in order.ways()]
    assert order.blind(found).held is True
    for left_on in (without_mask, without_positions, None):
        assert order.blind([*found[:3], order.way(tiny, "", ids, shuffled, left_on)]).held is False


def test_the_findings_about_order_and_mask_can_fail() -> None:
    as_it_is, same = order.Way("", 2.0, 3.0, 9.0), order.Way("", 2.0, 3.0, 9.0)
    assert order.positions([as_it_is, same]).held is False
    assert order.leak([as_it_is, same, same, order.Way("", 1e-8, 3.0, 9.0)]).held is False, "as much as with positions"
    assert order.leak([as_it_is, *[order.Way("", 1e-8, 3.0, 9.0)] * 3]).held is False, "as little as with neither"
    cheap = order.Way("", 2.0, 1.0, 2.0)
    assert order.cheating([as_it_is, same, cheap, same], (14.0, 9.0), 10.8).held is True
    assert order.cheating([as_it_is, same, cheap, same], (14.0, 13.9), 10.8).held is False, "not on random tokens"
    assert order.cheating([as_it_is, same, same, same], (14.0, 9.0), 10.8).held is False, "not on the text"


def test_the_findings_about_induction_can_fail() -> None:
    easy = np.array([9.0, 9.0, 1.0, 1.0], np.float32)
    assert induction.copies(easy, 2, True).held is True
    assert induction.copies(easy, 2, False).held is False, "a weight has changed"
    assert induction.copies(easy[::-1], 2, True).held is False
    assert induction.heads(np.full((4, 4), 0.9, np.float32), 8).held is False, "most heads do it"
    lost = np.array([9.0, 9.0, 9.0, 9.0], np.float32)
    assert induction.cause(easy, lost, [easy, easy, lost], 2).held is True
    assert induction.cause(easy, lost, [easy, lost, lost], 2).held is False, "so do random heads"
    hurt = np.array([9.0, 9.0, 4.0, 4.0], np.float32)
    assert induction.cause(easy, hurt, [easy, easy, easy], 2).held is False, "it suffers, and is far from lost"


def test_an_even_share_is_smaller_where_every_token_is_seen() -> None:
    even = np.full((1, 1, 10, 10), 0.1, np.float32)
    assert "the same for each would be 10%" in attention.sink(even, [], future=True).found
    assert "the same for each would be 21%" in attention.sink(even, []).found  # the mean of 1/2 to 1/10


def test_the_weights_checksum_sees_one_changed_weight(tiny: Model) -> None:
    before = induction.checksum(tiny)
    weight = tiny.transformer.blocks[1].down
    kept = weight[0, 0]
    weight[0, 0] = kept + 1
    assert induction.checksum(tiny) != before
    weight[0, 0] = kept
    assert induction.checksum(tiny) == before


def test_scores_of_induction_are_taken_from_the_token_behind_the_first_occurrence() -> None:
    length = 3
    maps = np.zeros((1, 2, 7, 7), np.float32)  # a mark, a b c, a b c
    for at, behind in ((4, 2), (5, 3), (6, 4)):
        maps[0, 1, at, behind] = 1
    assert induction.scores(maps, length).tolist() == [[0, 1]]


def prompt(*words: tuple[float, tuple[float, ...]]) -> reasons.Tested:
    """A first word with nearly all the weight, these words (weight, what each draw changes), a last one."""
    inner = [reasons.Word(str(n), weight, drops) for n, (weight, drops) in enumerate(words)]
    return reasons.Tested("p", "d", 0.5, (reasons.Word("sink", 0.9), *inner, reasons.Word("last", 0.5)))


SAME, OTHER = prompt((0.05, (5.0, 5.0)), (0.01, (1.0, 1.0))), prompt((0.05, (1.0, 1.0)), (0.01, (5.0, 5.0)))


@pytest.mark.parametrize(("same", "expected"), [(24, False), (12, True), (15, None), (21, None), (0, True), (23, False)])
def test_whether_the_heaviest_word_matters_most_is_decided_by_the_interval(same: int, expected: bool | None) -> None:
    """Of 24: 12 are 31 to 69%, 15 are 43 to 79%, 21 are 69 to 96%, 23 are 80 to 99%; the limit is 75%."""
    found = reasons.apart([SAME] * same + [OTHER] * (24 - same))
    assert found.held is expected
    assert found.found.startswith("Undecided") is (expected is None)
    assert f"{same} of 24 (" in found.found


def test_the_first_word_is_left_out_however_heavy_it_is() -> None:
    assert SAME.same
    assert not OTHER.same
    assert {word.word for word in SAME.compared} == {"0", "1"}
    found = reasons.apart([SAME] * 24).found
    assert "the first word: it is the heaviest of all in 24 of 24" in found
    assert "a word picked at random would be in 12.0" in found


def test_a_test_that_names_other_words_when_it_is_repeated_decides_nothing() -> None:
    noisy = prompt((0.05, (1.0, 3.0)), (0.01, (5.0, 1.0)))
    assert not noisy.same
    assert reasons.apart([OTHER] * 24).held is True
    found = reasons.apart([noisy] * 24)
    assert found.held is None
    assert "too noisy" in found.found


def test_replacing_many_at_once_is_replacing_each_by_itself(tiny: Model) -> None:
    from greenroom.labs.transformer import log_softmax

    ids, drawn = tiny.tokenizer.prompt("hello world 12 hello"), [5, 9, 5]
    found = reasons._logs(tiny, ids, 1, drawn, 7)
    alone = [float(log_softmax(tiny.transformer.forward([ids[0], each, *ids[2:]], last=True)[0])[7]) for each in drawn]
    assert found == pytest.approx(alone, abs=1e-4)
    assert found[0] != pytest.approx(found[1], abs=1e-3), "control"


def test_the_prompts_are_enough_and_each_another() -> None:
    assert len(set(reasons.PROMPTS)) >= 12
    assert len({each.split()[0] for each in reasons.PROMPTS}) > 8, "or the first word would always be the same one"


def test_the_finding_about_even_maps_can_fail() -> None:
    assert reasons.even(10, 100, " d").held is False
    assert reasons.even(9, 100, " d").held is True


def test_an_even_map_is_even_over_what_may_be_seen() -> None:
    found = reasons.spread_evenly(np.array([[[1, 0], [0.9, 0.1]], [[1, 0], [0.2, 0.8]]], np.float32), 0)
    assert found.tolist() == [[[1, 0], [0.5, 0.5]], [[1, 0], pytest.approx([0.2, 0.8])]]


KINDS = tuple(filtering.sentences(filtering.STATEMENTS[0]))


def raised(count: int, **other: float) -> list[dict[str, float]]:
    """So many statements: the log-odds of the word rise by 1 whatever stood before, but as given (by the name in filtering)."""
    return [dict.fromkeys(KINDS, 1.0) | {filtering.WITHOUT: 0.0} | {getattr(filtering, k): v for k, v in other.items()}] * count


def test_a_word_that_is_likelier_only_after_the_claim_would_be_belief_and_not_priming() -> None:
    assert filtering.primes(raised(18)).held is True
    assert filtering.primes(raised(18, DENIAL=-1.0)).held is False
    assert filtering.primes(raised(18, WITH=-1.0)).held is False
    mixed = filtering.primes([*raised(11), *raised(7, DENIAL=-1.0)])
    assert mixed.held is None, "11 of 18 are 39 to 80%"
    assert mixed.found.startswith("Undecided")
    assert "11 of 18 (39 to 80%)" in mixed.found


def test_repetition_that_does_as_much_without_the_word_would_be_seen() -> None:
    assert filtering.word(raised(18)).held is True
    assert filtering.word(raised(18, WITHOUT=2.0)).held is False
    assert filtering.word([*raised(9), *raised(9, WITHOUT=2.0)]).held is None


def test_a_false_sentence_that_gets_less_weight_would_be_seen() -> None:
    even = {filtering.CLAIM: 0.2, filtering.TRUE: 0.2, filtering.WITHOUT: 0.1}
    assert filtering.weighs([even] * 18).held is True
    assert filtering.weighs([*[even] * 17, even | {filtering.CLAIM: 0.14}]).held is False


def test_the_controls_stand_beside_the_claim(tiny: Model) -> None:
    said = filtering.sentences(filtering.STATEMENTS[0])
    assert said[filtering.DENIAL] == "The capital of France is not Berlin. "
    assert said[filtering.REWORDED] == "Berlin is the capital of France. "
    for each in filtering.STATEMENTS:
        with_word = [kind for kind, sentence in filtering.sentences(each).items() if each.wrong.lower() in sentence.lower()]
        assert set(with_word) == set(KINDS) - {filtering.WITHOUT, filtering.TRUE}, each
    found = run("attention-filter", tiny, **TINY["attention-filter"])
    side, shown = part(found, "side"), part(found, "likely")
    assert isinstance(side, Table)
    assert isinstance(shown, Picture)
    assert [row[0] for row in side.rows] == [kind.capitalize() for kind in KINDS]
    assert {series.title for series in shown.series} == {kind.capitalize() for kind in filtering.SHOWN}


def test_log_odds_are_those_of_the_probability(tiny: Model) -> None:
    from greenroom.labs.transformer import softmax

    of = filtering.Statement("hello is", "world", "12")
    p = float(softmax(tiny.transformer.forward(tiny.tokenizer.prompt("hello is"), last=True)[0])[tiny.tokenizer.encode(" 12")[0]])
    assert filtering.log_odds(tiny, of, "") == pytest.approx(np.log(p / (1 - p)), abs=1e-3)


# --- What is refused ---


@pytest.mark.parametrize("name", LABS)
def test_without_the_model_the_command_that_fetches_it_is_named(name: str, tmp_path: Path) -> None:
    from greenroom.builtin import Builtin

    lab = next(each for each in Builtin().greenroom_labs() if each.card.name == name)
    with pytest.raises(ModelMissingError) as caught:
        list(lab.run(lab.card.read({}), Bench(tmp_path, 1)))
    assert "greenroom labs fetch" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "given", "error", "says"),
    [
        ("attention-maps", {"text": "hello world 12", "layer": 2}, InputError, "layers 0 to 1"),
        ("attention-maps", {"text": "hello world 12", "layer": 0, "head": 4}, InputError, "heads 0 to 3"),
        ("attention-maps", {"text": "h", "layer": 0}, InputError, "needs at least 3"),
        ("knock-out", {"text": ""}, InputError, "0 tokens"),
        ("word-order", {"text": "x" * 200}, TooLargeError, "at most 60"),
        ("attention-filter", {"text": "hello is", "right": "world", "wrong": " world "}, InputError, "same token"),
        ("attention-filter", {"text": "hello is", "right": "", "wrong": "world"}, InputError, "empty"),
        ("attention-filter", {"text": "hello", "right": "world", "wrong": "12"}, InputError, "does not end in “is”"),
    ],
)
def test_what_a_model_has_not_or_cannot_take_is_refused_in_words(
    tiny: Model, name: str, given: dict[str, str | int], error: type[InputError], says: str
) -> None:
    with pytest.raises(error, match=says):
        run(name, tiny, **given)


def test_tokens_are_shown_so_that_a_word_and_its_end_can_be_told_apart(tiny: Model) -> None:
    assert passage.words(tiny, tiny.tokenizer.encode("hello world12 \n")) == ("hello", "world", "·1", "·2", "␣", "⏎")


def test_findings_are_about_what_the_cards_expect() -> None:
    for card, _ in LABS.values():
        assert all(isinstance(each.see, str) and each.falsified_by for each in card.expects)
        with pytest.raises(Exception, match="found something that its card does not expect"):
            collect(card, card.read({}), [Finding(id="stray", held=True, found="x")])
