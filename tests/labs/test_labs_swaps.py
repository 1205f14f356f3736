"""The lab *swaps*: on the real model what one should see is seen; the interval and the correlation are held against textbook numbers; each
finding is told otherwise by shifts that break its claim."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from labs_runs import held, run

from greenroom.errors import InputError, ModelMissingError
from greenroom.labs import shifts, swaps
from greenroom.labs.beside import ends
from greenroom.labs.lab import Bench, Result
from greenroom.labs.model import Model
from greenroom.labs.shifts import WOMEN, Guess, Shift, Sides
from greenroom.labs.swaps import CARD, Swaps

TINY = {"sentences": "hello {person} 1\n{person} hello 2\n12 {person} hello", "words": "world, hello, 12", "swap": "own", "one": "w, x",
        "other": "y, z"}  # fmt: skip


def parts(model: Model, **given: Any) -> Result:
    return run(Swaps(), model, **given)


# --- On the real model ---


def test_the_swap_moves_the_words_and_another_swap_less(real: Model) -> None:
    found = parts(real)
    assert set(held(found).values()) == {True}, [each.found for each in found.seen]
    pronouns = next(part for part in found.parts if part.name == "pronouns")
    assert [row[0] for row in pronouns.table.rows if row[1] > row[2]] == ["James", "John", "Robert", "Michael"]  # type: ignore[union-attr, operator]


def test_a_swap_of_no_group_shows_little(real: Model) -> None:
    """Control: of the same names two men and two women stand on either side."""
    given = {"swap": "own", "one": "James, Mary, John, Patricia", "other": "Robert, Jennifer, Michael, Linda"}
    swapped = parts(real, sentences="\n".join(swaps.SENTENCES.split("\n")[:4]), **given)
    assert held(swapped) == {"shift": False, "jobs": None, "control": False, "single": None, "proxy": None}


def test_the_words_are_by_the_rule_one_token_each(real: Model) -> None:
    assert all(len(real.tokenizer.encode(f" {word}")) == 1 for word in WOMEN)
    assert len([share for share in WOMEN.values() if share < 50]) == len([share for share in WOMEN.values() if share > 50]) == 10


# --- On the tiny model ---


def test_twice_the_same_and_a_word_of_several_tokens_is_their_product(tiny: Model) -> None:
    found = parts(tiny, **TINY)
    assert found.model_dump_json() == parts(tiny, **TINY).model_dump_json()
    assert all(each.found for each in found.seen)
    for texts in ([[10, 11, 12], [10, 11, 13, 14], [10, 11]], [[5], [6, 7]]):  # alike at first, and not
        for ids, end in zip(texts, ends(tiny.transformer, texts, at_once=2), strict=True):
            for way in ([20], [20, 21, 22]):
                expected = -float(tiny.transformer.surprise([*ids, *way])[len(ids) - 1 :].sum())
                assert end.log(way) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "given",
    [
        {"swap": "own", "one": "a", "other": "b, c"}, {"swap": "own", "one": "", "other": ""}, {"swap": "own", "one": "a", "other": "a"},
        {"sentences": "one {person}\ntwo {person}"}, {"sentences": "a {person}\nb\nc {person}"}, {"words": ","}, {"words": "x" * 50},
        {"swap": "own", "one": "a" * 61, "other": "b"},
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused_with_the_cure(given: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        list(Swaps().run(CARD.read(given), Bench(tmp_path, 1)))
    assert caught.value.hint


def test_the_longest_persons_that_are_taken_fit_into_the_titles(tiny: Model) -> None:
    assert parts(tiny, **TINY | {"one": "v" * 60, "other": "w" * 60, "words": "world"}).parts


def test_without_the_model_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        list(Swaps().run(CARD.read({}), Bench(tmp_path, 1)))


# --- The arithmetic ---


def test_the_interval_is_the_textbooks() -> None:
    """Student 1908: the additional sleep of ten patients, second drug against first: mean 1.58, 95 % from 0.70 to 2.46. Welch: two samples
    of unequal spread."""
    sleep = (1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4)
    low, high = shifts.interval(1.58, [sleep])
    assert (round(low, 2), round(high, 2)) == (0.70, 2.46)
    one, other = (1.0, 2.0, 3.0, 4.0, 5.0), (0.0, 5.0, 10.0)
    low, high = shifts.interval(2.0, [one, other])  # variance 2.5 / 5 + 25 / 3, degrees of freedom 2.2, t of 2: 4.303
    assert (high - low) / 2 == pytest.approx(4.303 * (2.5 / 5 + 25 / 3) ** 0.5)


def test_where_there_is_nothing_at_most_one_interval_in_twenty_leaves_out_0() -> None:
    """Persons differ, groups do not. Control: over the sentences alone, as if no other persons could have been taken, most leave it out."""
    dice, missed, alone = random.Random(1), 0, 0
    for _ in range(600):
        people, sentences = [dice.gauss(0, 1) for _ in range(8)], [dice.gauss(0, 1) for _ in range(12)]
        found = shifts.shift_of("w", [[each + person + dice.gauss(0, 0.3) for person in people] for each in sentences], 4)
        missed += found.sure
        low, high = shifts.interval(found.mean, [found.by_sentence])
        alone += not low < 0 < high
    assert missed / 600 < 0.06
    assert alone / 600 > 0.5


def test_the_rank_correlation_is_the_textbooks() -> None:
    assert shifts.rank_correlation([1, 2, 3, 4], [10, 20, 30, 40]) == pytest.approx(1)
    assert shifts.rank_correlation([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1)
    assert shifts.rank_correlation([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]) == pytest.approx(0.8), "1 - 6 Σd² / n(n² - 1)"
    assert shifts.rank_correlation([1, 1, 1], [1, 2, 3]) == 0


def test_a_rank_correlation_that_chance_makes_as_large_is_not_told() -> None:
    """Of five words one of 120 orders has a correlation of 1, eight have 0.8 or more (the table of the exact test)."""
    assert shifts.by_chance([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]) == pytest.approx(1 / 120, abs=0.005)
    assert shifts.by_chance([1, 2, 3, 4, 5], [3, 3, 3, 3, 3]) == 1
    assert shifts.by_chance([1, 2, 3, 4, 5], [2, 1, 3, 5, 4]) == pytest.approx(8 / 120, abs=0.01)
    for order, expected in (((1, 2, 3, 4, 5), True), ((2, 1, 3, 5, 4), None), ((5, 4, 3, 2, 1), False)):
        assert told([shift(word, n, n, n) for word, n in zip(WORDS, order, strict=True)])["jobs"] is expected


def test_what_falls_and_rises_is_told_by_its_sign() -> None:
    both, up, down = shift("a", -1, -1), shift("b", 2, 2), shift("c", -3, -3)
    for found, says in (
        ([both, up], "“a” falls most, by 1.00 nats, “b” rises most, by 2.00 nats"), ([up], "no word falls, “b” rises most, by 2.00 nats"),
        ([both, down], "“c” falls most, by 3.00 nats, no word rises"),
    ):  # fmt: skip
        assert says in shifts.picture_part(found, SIDES, 2).says


def test_a_shift_is_the_difference_of_the_means_and_the_control_mixes_the_sides() -> None:
    found = shifts.shift_of("w", [[0.0, 1.0, 3.0, 4.0], [0.0, 3.0, 3.0, 6.0]], 2)
    assert found.by_sentence == (3.0, 3.0)
    assert found.noise == pytest.approx((1.0 + 3.0) / 2), "the second of each side against the first of each"


# --- Each claim can be told otherwise ---


def shift(word: str, *by_sentence: float, noise: float = 0.1) -> Shift:
    return Shift(
        word, by_sentence, sum(by_sentence) / len(by_sentence), *shifts.interval(sum(by_sentence) / len(by_sentence), [by_sentence]), noise
    )


WORDS = tuple(WOMEN)[::4]
GOOD = [shift(word, *(n - 2.5 + wobble for wobble in (-0.1, 0, 0.1))) for n, word in enumerate(WORDS)]
GOOD[-1] = shift(WORDS[-1], *[3.0] * 8, -0.5)
GUESSES = [Guess("John", 0.4, 0.1), Guess("Mary", 0.1, 0.4)]
SIDES = Sides(("a", "b"), ("c", "d"))


def told(found: list[Shift], guessed: list[Guess] = GUESSES, *, gender: bool = True) -> dict[str, bool | None]:
    return {each.id: each.held for each in shifts.findings(found, guessed, SIDES, gender=gender)}


def test_control_shifts_that_keep_the_claims() -> None:
    assert set(told(GOOD).values()) == {True}
    assert told(GOOD, gender=False)["jobs"] is None


@pytest.mark.parametrize(
    ("name", "found", "guessed"),
    [
        ("shift", [shift(word, -1, 1, 0.5) for word in WORDS], GUESSES),
        ("jobs", [each._replace(mean=-each.mean) for each in GOOD], GUESSES),
        ("control", [each._replace(noise=each.mean) for each in GOOD], GUESSES), ("single", GOOD[:-1], GUESSES),
        ("proxy", GOOD, [Guess("John", 0.1, 0.4), Guess("Mary", 0.1, 0.4)]),
    ],
)  # fmt: skip
def test_shifts_that_break_a_claim_are_told(name: str, found: list[Shift], guessed: list[Guess]) -> None:
    assert told(found, guessed)[name] is False
