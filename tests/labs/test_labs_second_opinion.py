"""The lab *second-opinion*: on the real model what one should see is seen; the questions, checks and person by hand; the two networks asked
on small models; each finding is told otherwise by answers that break its claim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from labs_runs import held, run

from greenroom.errors import InputError, ModelMissingError
from greenroom.labs import approving, opinions, second_opinion, weighing
from greenroom.labs.approving import Person, approve
from greenroom.labs.lab import Bench, Finding, Result, collect
from greenroom.labs.model import Model
from greenroom.labs.opinions import CHECKS, GATES, OTHER, RULE, SELF, Checked, Item, Set, by_passage, checked, drawn, rows_of, value_of
from greenroom.labs.second_opinion import CARD, SecondOpinion, decisions, told
from greenroom.labs.weighing import Both

ITEM = Item("The ferry to Tarn sails on Monday; that to Rosk on Sunday.", "When to Rosk?", "It sails on", "Sunday", ("Monday",), "Friday")


def of(found: Set, **given: Any) -> Result:
    values = CARD.read(given)
    return collect(CARD, values, told(found, values))


def one(value: str, lead: float | None = 1, made: float = 0.9) -> Checked:
    return Checked(ITEM, value, lead, made)


RIGHT, SWAPPED, FOREIGN = one("Sunday"), one("Monday"), one("Friday", None, 0.1)
DOUBTED = one("Friday", -1, 0.1)


def made_set(right: int, wrong: list[Checked], *, swapped: Checked = SWAPPED, foreign: Checked = FOREIGN, true: Checked = RIGHT) -> Set:
    """On twelve passages, or as many as there are answers."""
    live = (*[RIGHT] * right, *wrong)
    sets = (live, *((each,) * len(live) for each in (true, swapped, foreign)))
    return Set(*(tuple(on(each, n % 12) for n, each in enumerate(some)) for some in sets))


def on(each: Checked, passage: int) -> Checked:
    return each._replace(item=each.item._replace(passage=f"{ITEM.passage} Line {passage}."))


# --- On the real model ---


@pytest.mark.timeout(1800)
def test_what_one_should_see_is_seen_on_the_real_model(real: Model) -> None:
    """Controls: it reads, if badly: most answers are right and some are wrong; the other network lets most true values through."""
    found = run(SecondOpinion(), real)
    assert {name: value for name, value in held(found).items() if value is not True} == {}, [each.found for each in found.seen]
    ways = {row[0]: row for row in table(found, "ways")}
    assert 0.1 < ways["Nobody checks"][2] / ways["Nobody checks"][1] < 0.5
    true = table(found, "planted")[0]
    assert true[1 + CHECKS.index(OTHER)] > 75


def table(found: Result, name: str) -> Any:
    part = next(part for part in found.parts if part.name == name)
    return part.rows if part.kind == "table" else part.table.rows  # type: ignore[union-attr]


# --- Without it ---


def test_without_the_model_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        list(SecondOpinion().run(CARD.read({}), Bench(tmp_path, 1)))


def test_with_stand_ins_for_both_networks_it_is_whole_and_twice_the_same(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        second_opinion, "answers", lambda _, items: [(e.answer, e.others[0], e.foreign)[n % 3] for n, e in enumerate(items)]
    )
    monkeypatch.setattr(second_opinion, "leads", lambda _, pairs: [len(value) % 3 - 1.0 for _, value in pairs])
    monkeypatch.setattr(second_opinion, "made", lambda pairs, _: [0.9 * (value in item.passage) for item, value in pairs])
    found = run(SecondOpinion(), tiny, passages=4)
    assert found.model_dump_json() == run(SecondOpinion(), tiny, passages=4).model_dump_json()
    assert all(each.found for each in found.seen)
    assert [row[1] for row in table(found, "ways")][:2] == [24, 24]
    assert {part.name for part in found.parts} == {"passes", "planted", "reading", "ways", "together", "shares", "answers"}


def test_the_model_is_asked_about_each_answer_by_itself(tiny: Model) -> None:
    """Side by side or alone, the lead is the same; what it writes ends with the value."""
    short = [(ITEM._replace(passage="Sunday."), "Sunday"), (ITEM._replace(passage="Sunday."), "x"), (ITEM._replace(passage="y"), "x")]
    together = second_opinion.leads(tiny, short)
    assert together == pytest.approx([second_opinion.leads(tiny, [pair])[0] for pair in short], abs=1e-4)
    found = list(second_opinion.answers(tiny, [item for item, _ in short]))
    assert len(found) == 3 and all(value == value_of(value) for value in found)


def test_the_other_network_reads_sentence_by_sentence() -> None:
    """The true value is made by the sentence that says it, one from elsewhere by none."""
    item = drawn(2, 0)[7]
    true, foreign = second_opinion.made([(item, item.answer), (item, item.foreign)], 1)
    assert true > 0.5 > foreign
    assert len(item.sentences) == 3


# --- The questions ---


@pytest.mark.parametrize("seed", range(8))
def test_the_questions_are_sound(seed: int) -> None:
    """The true value stands in the passage, another of its kind too, the foreign one does not; no place is left unfilled."""
    items = drawn(opinions.PASSAGES, seed)
    assert len(items) == opinions.PASSAGES * opinions.A_PASSAGE
    for item in items:
        assert not set("{}") & set(item.passage + item.question + item.begun)
        assert item.right(item.answer)
        assert Checked(item, item.answer, 0, 0).stands
        assert not item.right(item.others[0])
        assert Checked(item, item.others[0], 0, 0).stands
        assert not Checked(item, item.foreign, 0, 0).stands
        assert not item.right(f"{item.answer} or {item.others[0]}")


def test_the_seed_draws_and_fewer_passages_are_the_first_ones() -> None:
    assert drawn(3, 5) == drawn(12, 5)[:18]
    assert drawn(3, 5) != drawn(3, 6)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("Sunday, not Monday", "Sunday"), (" 35 minutes.", "35 minutes"), ("Vera Holt in 1931", "Vera Holt"), ("Rosk\nand", "Rosk"),
        ("", ""), (". So", ""), ("Anderton Brothers", "Anderton Brothers"), ("oak and steel", "oak"),
    ],
)  # fmt: skip
def test_where_a_value_ends(written: str, value: str) -> None:
    assert value_of(written) == value


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("Sunday", True), ("a Sunday", True), ("sunday morning", True), ("Sunday 17 + 17", False), ("not Sunday", False), ("", False),
        ("Monday", False), ("Sunday or Monday", False), ("Sundays", False),
    ],
)  # fmt: skip
def test_what_is_right(value: str, right: bool) -> None:
    assert ITEM.right(value) is right


def test_no_pair_is_asked_twice_and_the_average_of_the_answers_is_taken_out() -> None:
    rows, scores = rows_of([ITEM], ["Sunday"]), {(ITEM, value): float(len(value)) for value in ("Sun", "Sunday", "Monday", "Friday")}
    assert [[[value for _, value in some] for some in by_passage(rows, most)] for most in (3, 4)] == [
        [["Sunday", "Monday"]], [["Sunday", "Monday", "Friday"]],
    ]  # fmt: skip
    assert len(by_passage(rows_of(drawn(3, 0), ["x"] * 18), 4)) == 3
    found = checked(rows, scores, scores)
    assert (found.live[0].lead, found.swapped[0].lead, found.foreign[0].lead) == (0, 0, None)
    assert [each.lead for each in checked(rows_of([ITEM, ITEM], ["Sun", "Sunday"]), scores, scores).live] == [-1.5, 1.5]


# --- The checks and the person ---


def test_what_passes() -> None:
    assert RIGHT.passes(*CHECKS)
    assert RIGHT.passes()
    assert DOUBTED.stopped == 3
    assert one("Mon").stopped == 1, "whole words"
    assert one("").stopped == 1
    assert one("Sunday", 0, 0.5).passes(RULE)
    assert not one("Sunday", 0).passes(SELF)
    assert not one("Sunday", 1, 0.5).passes(OTHER)
    assert {name for _, checks in GATES.values() for name in checks} == set(CHECKS)


def test_a_person_is_reckoned() -> None:
    """Ten answers, four wrong: five read with care hold two of them on average, of which three in four are noticed."""
    answers = [*[RIGHT] * 6, *[DOUBTED] * 3, SWAPPED]
    person = Person(5, 0.75)
    assert approve([answers], person) == (6, 2.5, 0, 5, 1.5)
    assert approve(approving.doubtful(answers), person).caught == pytest.approx(0.75 * (3 + 2 / 7)), "three stopped by all, then 2 of 7"
    assert approve([answers], person._replace(careful=99)).wrong == 1
    assert approve([answers], person._replace(careful=0)).wrong == 4
    stopped, passed = approving.sorted_out(answers, CHECKS)
    assert (len(stopped), len(passed)) == (3, 7)
    assert approve([passed], Person(0, 1), [RIGHT, DOUBTED]) == (6, 1, 1, 0, 0)
    assert approve([[]], person).share is None


def test_where_nothing_has_to_be_passed_the_ways_with_checks_are_left_out() -> None:
    assert len(approving.ways([RIGHT, SWAPPED], Person(20, 0.9), "none")) == 5
    ways = approving.ways([RIGHT, SWAPPED, DOUBTED], Person(20, 1), "outside")
    assert len(ways) == 9
    assert {name: (way.right, way.wrong, way.kept) for name, way in ways.items() if "held back" in name} == {
        "What passes the other network and the rule, the rest held back": (1, 1, 0)
    }


def test_two_that_miss_alike_and_two_that_do_not() -> None:
    """By hand: 2 of 4 pass each, both the same two: each passage adds a quarter, and of 16 ways to choose the signs one is as large."""
    some = [on(each, n) for n, each in enumerate([SWAPPED, SWAPPED, FOREIGN, FOREIGN])]
    found = weighing.both(some, OTHER, RULE)
    assert found == Both(2, 2, 2, 4, (0.25,) * 4)
    assert (found.product, found.p) == (1, 1 / 16)
    mixed = [on(each, n) for n, each in enumerate([SWAPPED, one("Monday", 1, 0.1), one("Friday", None), FOREIGN])]
    assert weighing.both(mixed, OTHER, RULE).p == pytest.approx(11 / 16), "one passes both, as the product says"
    assert weighing.both([], OTHER, RULE).product == 0


def test_answers_on_one_passage_are_one_case() -> None:
    """The same figures on one passage tell nothing, on nine they do."""
    nine = made_set(6, [SWAPPED] * 3, swapped=one("Monday", 1, 0.1))
    alone = Set(*(tuple(on(each, 0) for each in some) for some in nine))
    assert findings(nine)["smaller"].held is True and findings(alone)["smaller"].held is None
    assert weighing.flipped([1, 1, -1]) == 4 / 8 and weighing.flipped([]) == 1


@pytest.mark.parametrize(("name", "too_few"), [("smaller", 5), ("alike", 4)])
def test_with_so_few_passages_that_chance_could_do_anything_it_is_not_told(name: str, too_few: int) -> None:
    good = made_set(6, [SWAPPED] * 3, swapped=one("Monday", 1, 0.1) if name == "smaller" else SWAPPED)
    for passages, expected in ((too_few, None), (too_few + 1, True)):
        some = Set(*(tuple(on(each, n % passages) for n, each in enumerate(kind)) for kind in good))
        found = findings(some)[name]
        assert found.held is expected and ("Too few passages" in found.found) is (expected is None)


# --- Whoever decides by hand ---


def test_nothing_true_is_shown_before_one_has_decided() -> None:
    found = of(made_set(6, [SWAPPED] * 3), person="mine", gate="none")
    assert [part.name for part in found.parts] == ["yours"]
    assert set(held(found).values()) == {None}
    assert all(row[1].startswith(ITEM.passage) for row in table(found, "yours")), "no true value beside a wrong one"


def test_ones_own_decisions_are_held_against_the_truth() -> None:
    found = of(made_set(6, [SWAPPED] * 3), person="mine", gate="none", yours="Y n yyyyyyy")
    rows = table(found, "yours")
    assert len(rows) == 9
    assert [row[1] for row in rows] == list("ynyyyyyyy")
    wrong = [row for row in rows if "Monday" in row[0]]
    assert len(wrong) == 3
    assert {row[2] for row in wrong} <= {"✓", "✗ let through"}
    assert "Of 3 wrong answers" in next(part for part in found.parts if part.name == "yours").note


def test_other_letters_and_more_than_there_are_answers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="13 letters for 12 answers"):
        decisions("y" * 13)
    with pytest.raises(InputError, match="5 letters for 4 answers"):
        of(made_set(2, [SWAPPED] * 2), person="mine", gate="none", yours="yyyyy")
    with pytest.raises(InputError, match="y and n"):
        decisions("yes")
    with pytest.raises(InputError):
        list(SecondOpinion().run(CARD.read({"yours": "q"}), Bench(tmp_path, 1)))


# --- Each claim can be told otherwise ---


def findings(found: Set, person: Person = Person(20, 0.9)) -> dict[str, Finding]:
    return {each.id: each for each in (*weighing.findings(found), *approving.findings(found.live, person))}


STRICT = one("Sunday", -1, 0.1)
"""Right, and stopped by both networks."""
CASES: dict[str, tuple[tuple[bool | None, Set], ...]] = {
    "itself": (
        (True, made_set(6, [SWAPPED] * 3)), (False, made_set(6, [SWAPPED] * 3, true=one("Sunday", 2))),
        (False, made_set(2, [SWAPPED] * 7, swapped=one("Monday", 2, 0.9))._replace(true=(one("Sunday", 3),) * 4 + (RIGHT,) * 5)),
    ),
    "smaller": (
        (True, made_set(6, [SWAPPED] * 3, swapped=one("Monday", 1, 0.1))), (False, made_set(6, [SWAPPED] * 3)),
        (False, made_set(6, [SWAPPED] * 3, swapped=one("Monday", 0, 0.1))),
    ),
    "alike": (
        (True, made_set(6, [SWAPPED] * 3)),
        (False, made_set(6, [SWAPPED] * 3, swapped=one("Monday", 1, 0.1), foreign=one("Friday", None, 0.9))),
        (False, made_set(6, [SWAPPED] * 3, foreign=one("Friday", None, 0.9))),
    ),
    "agree": (
        (True, made_set(18, [SWAPPED])), (False, made_set(19, [SWAPPED])), (False, made_set(6, [DOUBTED] * 3)),
        (None, made_set(0, [DOUBTED])),
    ),
    "price": (
        (True, made_set(0, [STRICT, DOUBTED] * 5)), (False, made_set(6, [DOUBTED] * 5)), (None, made_set(6, [SWAPPED] * 5)),
        (False, made_set(6, [DOUBTED, one("Sunday evening")] * 5)), (None, made_set(0, [STRICT, DOUBTED] * 2)),
    ),
    "yes": ((True, made_set(6, [SWAPPED])), (None, made_set(6, []))),
    "tired": ((False, made_set(6, [SWAPPED])), (True, made_set(60, [SWAPPED] * 9)), (None, made_set(6, []))),
    "first": ((True, made_set(60, [DOUBTED] * 9)), (False, made_set(60, [SWAPPED] * 9)), (None, made_set(6, [DOUBTED]))),
}  # fmt: skip


@pytest.mark.parametrize(("name", "held", "found"), [(name, *case) for name, cases in CASES.items() for case in cases])
def test_each_claim_can_be_told_otherwise(name: str, held: bool | None, found: Set) -> None:
    assert findings(found)[name].held is held


def test_a_person_who_notices_nothing_breaks_what_is_said_of_the_careful_one() -> None:
    assert findings(made_set(6, [SWAPPED]), Person(20, 0))["yes"].held is False
    assert set(CASES) == {each.id for each in CARD.expects}
