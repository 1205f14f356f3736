"""The lab *tasks*: on the real model what one should see is seen, and replies held against other items are not right; the small ways by
hand; each finding is told otherwise by replies that break its claim."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from labs_runs import held, run

from greenroom.errors import ModelMissingError
from greenroom.labs import classical, searching, tally, tasks
from greenroom.labs.lab import Bench
from greenroom.labs.model import Model
from greenroom.labs.tally import TASKS, Item, Scored
from greenroom.labs.tasks import CARD, Tasks

BY_NAME = {each.name: each for each in TASKS}


# --- On the real model ---


@pytest.mark.timeout(900)
def test_what_one_should_see_is_seen_on_the_real_model(real: Model) -> None:
    """Control: what the model writes for one item is right for the others hardly ever, where there are more than four answers."""
    found = run(Tasks(), real)
    assert set(held(found).values()) == {True}, [each.found for each in found.seen]
    rows = {row[0]: row for row in next(part for part in found.parts if part.name == "beside").rows}  # type: ignore[union-attr]
    assert all(float(row[6]) <= 2 for title, row in rows.items() if title != "Classify")  # type: ignore[arg-type]


@pytest.mark.parametrize("task", ["complete", "summarise"])
def test_twice_the_same_on_a_random_model(tiny: Model, task: str) -> None:
    found = run(Tasks(), tiny, task=task, items=12)
    assert found.model_dump_json() == run(Tasks(), tiny, task=task, items=12).model_dump_json()
    assert all(each.found for each in found.seen)


def test_without_the_model_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        list(Tasks().run(CARD.read({}), Bench(tmp_path, 1)))


# --- The items and the small ways ---


def test_the_items_are_enough_and_none_can_be_right_by_saying_nothing() -> None:
    for task in TASKS:
        items = tally.items_of(task.name, 20)
        assert len(items) >= 16
        assert len({each.given for each in items}) == len(items)
        assert not any(each.right("") for each in items)
    assert {each.given for each in tally.items_of("answer", 20)} == {each.given for each in tally.items_of("alone", 20)}


def test_what_naive_bayes_learns_from_is_not_what_it_is_asked() -> None:
    learned = {text for texts in tally.said()["examples"].values() for text in texts}
    assert not learned & {each.given for each in tally.items_of("classify", 20)}
    assert {one for each in tally.items_of("classify", 20) for some in each.needs for one in some} == set(tally.said()["examples"])


def test_the_dictionary_has_every_word_and_an_answer_stands_in_the_list() -> None:
    known = tally.said()["dictionary"]
    for item in tally.items_of("translate", 20):
        assert set(searching.words(item.given)) <= {*known, "madrid", "ana"}
    for item, (_, answer) in zip(tally.items_of("answer", 20), tasks.faq(), strict=True):
        assert item.right(answer), "the right one of the ready answers is right"


def test_naive_bayes_by_hand() -> None:
    """Of x two words a, one b; of y one b. Six in all are known twice over: P(a|x) = 3/5, P(a|y) = 1/3; P(b|x) = 2/5, P(b|y) = 2/3."""
    way = classical.bayes({"x": ["a a b"], "y": ["b"]})
    assert (way("a"), way("b"), way("c")) == ("x", "y", "x")


def test_the_counted_word_backs_off() -> None:
    way = classical.counted("one two three. one two three. one two four. two five two five two five two five")
    assert way("one two") == "three", "behind both words, though five is commoner behind the last"
    assert way("zero two") == "five"
    assert way("zero zero") == "two", "the commonest of all"


def test_the_other_small_ways_by_hand() -> None:
    assert classical.template("a · b · c · d") == "Everybody is welcome: a on b at c, d."
    assert classical.lead("It is 3.5 m long. It is red.") == "It is 3.5 m long."
    assert classical.by_word({"la": "the", "casa": "house"})("¡La casa rota!") == "the house rota"
    assert [classical.calculator(each) for each in ("7 + 8", "83 - 47", "12 × 11")] == ["15", "36", "132"]
    assert classical.nearest([("How much is it?", "Five."), ("Is it red?", "No.")])("and how red is it") == 1


def test_the_text_that_words_are_counted_in_has_so_many() -> None:
    text = files("greenroom.labs").joinpath("spoken.txt").read_text(encoding="utf-8")
    assert 16_500 < len(searching.words(text)) < 17_500


def test_right_is_in_whole_words_and_all_of_them() -> None:
    item = Item("", (("red", "crimson"), ("at eight", "at 8")))
    assert item.right("It comes, red, at 8!")
    assert not item.right("It comes, reddish, at 8")
    assert not item.right("It is crimson and comes at 18")


# --- Each claim can be told otherwise ---


def score(name: str, model: str, small: str) -> Scored:
    """Replies right (1) or wrong (0), item by item."""
    items = tuple(Item(f"{n} + {n}", ((f"right{n}",),)) for n in range(len(model)))
    one, other = (tuple(f"right{n}" if mark == "1" else "no" for n, mark in enumerate(marks)) for marks in (model, small))
    return Scored(BY_NAME[name], items, one, other, 100)


GOOD = {
    "classify": ("1" * 16 + "0" * 4, "0" * 10 + "1" * 10), "complete": ("1" * 10 + "0" * 10, "0" * 19 + "1"),
    "generate": ("1" * 6 + "0" * 14, "1" * 20), "summarise": ("10" * 10, "01" * 10), "translate": ("1" * 4 + "0" * 16, "1" * 9 + "0" * 11),
    "answer": ("1" * 6 + "0" * 14, "1" * 13 + "0" * 7), "alone": ("0" * 20, "1" * 13 + "0" * 7), "count": ("1" * 3 + "0" * 17, "1" * 20),
}  # fmt: skip


def told(**change: tuple[str, str]) -> dict[str, bool | None]:
    return held(tally.findings([score(name, *marks) for name, marks in (GOOD | change).items()]))


def test_control_replies_that_keep_the_claims() -> None:
    assert set(told().values()) == {True}


NONE, FULL = "0" * 20, "1" * 20
UNEVEN = "1" * 7 + "0" * 13, "0" * 7 + "1" * 3 + "0" * 10
"""A lead of four that chance brings as well."""


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("many", {each: (NONE, FULL) for each in ("classify", "complete", "generate", "summarise")}),
        ("free", {"classify": (NONE, NONE), "complete": (NONE, NONE)}), ("free", {"translate": (NONE, NONE)}),
        ("free", {"classify": UNEVEN, "complete": (NONE, NONE), "summarise": (NONE, NONE), "translate": UNEVEN[::-1]}),
        ("free", {each: ("10" * 10, "01" * 6 + "0" * 8) for each in ("classify", "complete", "summarise", "translate")}),
        ("fixed", {"generate": (FULL, FULL), "count": (FULL, FULL)}), ("fixed", {"generate": (FULL, NONE)}),
        ("handed", {"alone": GOOD["answer"]}), ("handed", {"answer": ("1" * 9 + "0" * 11, NONE)}),
        ("handed", {"alone": ("1" * 5 + "0" * 15, FULL)}), ("handed", {"answer": (NONE, FULL)}),
        ("reckons", {"count": (FULL, FULL)}),
        ("demo", {each: (NONE, FULL) for each in GOOD}), ("demo", {"classify": (NONE, FULL), "complete": (NONE, FULL)}),
        ("wide", {each: (FULL, NONE) for each in GOOD}),
        ("wide", {each: (NONE, NONE) for each in GOOD if each != "count"}),
    ],
)  # fmt: skip
def test_replies_that_break_a_claim_are_told(name: str, change: dict[str, tuple[str, str]]) -> None:
    assert told(**change)[name] is False


def test_what_was_not_run_is_not_told() -> None:
    found = held(tally.findings([score("summarise", *GOOD["summarise"])]))
    assert (found["many"], found["free"], found["fixed"], found["handed"], found["reckons"]) == (None,) * 5


def test_replies_that_say_something_wrong_are_not_right() -> None:
    items = {each.given: each for each in tally.items_of("answer", 20)}
    for given, reply in (
        ("The shade got dusty. May I wash it?", "Yes, you can wash it with warm water."),
        ("I'd like to make the light softer in the evening with a dimmer. Does that work?", "I'd say yes."),
        ("A knob came off. How do I get a new part?", "Please call our customer service number."),
        ("I clicked too soon and want to cancel. What do I do?", "You can cancel in two clicks."),
        ("Where do I leave the old one when I get a new lamp?", "You can recycle it."),
        ("If it dies after a few years, is it still covered?", "Yes, call us after 6 pm."),
        ("I need it for a birthday. How fast does a parcel come?", "Three things have to be considered."),
    ):
        assert not items[given].right(reply)


def test_right_by_accident_is_the_average_over_the_other_items() -> None:
    """Four items with two labels: a reply that is right for its own is right for one of the three others, wherever these stand."""
    items = tuple(Item(str(n), ((each,),)) for n, each in enumerate("abab"))
    scored = Scored(BY_NAME["classify"], items, tuple("abab"), tuple("aaaa"))
    assert scored.mixed == pytest.approx(4 / 3)


def test_tasks_that_are_unlike() -> None:
    assert tally.unlike([(10, 0), (0, 10)]) < 0.001
    assert tally.unlike([(5, 5), (5, 5)]) == 1
    assert tally.unlike([(0, 0)]) == 1
    assert tally.unlike([(3, 0), (0, 3)]) == pytest.approx(2 / 20, abs=0.03), "two of the twenty ways to lay three and three are as uneven"


def test_the_number_of_labelled_examples_is_said() -> None:
    assert [tasks.named(BY_NAME["classify"], n).small for n in (6, 1)] == [f"naive Bayes over words, {n} examples" for n in (24, 4)]
    assert tasks.named(BY_NAME["count"], 6) == BY_NAME["count"]


def test_a_demo_is_reckoned_by_counting() -> None:
    """Two of four right: of the four ways to draw three none is flawless. Three of four: one in four."""
    assert score("count", "1100", "0000").demo == 0
    assert score("count", "1110", "0000").demo == pytest.approx(1 / 4)
