"""When more is due than anybody does: what comes first, what waits, and what is said of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_review_progress import BANK, START, judged, question

from greenroom.assess.assessment import Assessment, Verdict
from greenroom.bank.question import Form, Question
from greenroom.review import AT_ONCE
from greenroom.review.schedule import schedule
from greenroom.review.sitting import Due, cost, make_sitting, ranked

HCI, BESIDE, _ = BANK
ON = (START + timedelta(days=20)).date()


def due(verdict: str, point: str = "a", of: Question = HCI, days_ago: int = 1) -> Due:
    """A point as it stands after one review."""
    found: Assessment = judged(verdict).model_copy(update={"points": (judged(verdict).points[0].model_copy(update={"id": point}),)})
    (card,), _ = schedule({}, of.id, found, "a1", START - timedelta(days=days_ago))
    return Due(card, of, next(each for each in of.key_points if each.id == point))


def first(*some: Due, on: date | None = ON) -> Due:
    return ranked(some, START, on)[0]


def test_the_weightier_of_two_missed_points_comes_first() -> None:
    heavy, light = due("missed", "a"), due("missed", "c")
    assert first(light, heavy) is heavy


def test_what_went_wrong_comes_before_what_was_missed_and_that_before_what_was_made() -> None:
    assert [each.card.last_verdict for each in ranked([due(each) for each in ("hit", "partial", "missed", "wrong")], START, ON)] == [
        Verdict.WRONG, Verdict.MISSED, Verdict.PARTIAL, Verdict.HIT,
    ]  # fmt: skip


def test_what_was_made_long_ago_comes_before_what_was_made_lately() -> None:
    assert first(due("hit", days_ago=2), long_ago := due("hit", days_ago=90)) is long_ago


def test_the_further_the_interview_the_more_a_point_that_is_held_counts() -> None:
    held = due("hit", days_ago=3)
    assert cost(held, START + timedelta(days=60)) > cost(held, START + timedelta(days=2)) > 0
    assert cost(due("missed"), START + timedelta(days=60)) == cost(due("missed"), START + timedelta(days=2)), (
        "control: it is not there anyway"
    )


def test_a_topics_main_question_and_the_points_it_always_asks_for_come_first() -> None:
    assert first(due("missed", of=BESIDE), main := due("missed")) is main
    some: Any = question("hci", "hci").model_copy(update={"forms": (Form(id="other", ask="Otherwise?", source="pack", adds=("b",)),)})
    assert cost(due("missed", "b", some), START) == cost(due("missed", "b"), START) / 2, "only another form asks for it"


def test_without_an_interview_ahead_the_longest_overdue_comes_first() -> None:
    for on in (None, START.date() - timedelta(days=1)):
        assert first(due("wrong", days_ago=1), waited := due("missed", "c", days_ago=9), on=on) is waited
    assert first(due("wrong", days_ago=1), due("missed", "c", days_ago=9)).card.last_verdict is Verdict.WRONG, "control: with one"


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["hit", "partial", "missed", "wrong"]), st.sampled_from("abc"), st.integers(0, 400)), max_size=40)
)
def test_nothing_is_dropped(some: list[tuple[str, str, int]]) -> None:
    given_ = [due(verdict, point, days_ago=days) for verdict, point, days in some]
    assert sorted(map(id, ranked(given_, START, ON))) == sorted(map(id, given_))


@pytest.mark.parametrize(
    ("count", "days", "expected"),
    [
        (246, 4, (10, 236, 40)), (246, 1, (10, 236, 10)), (246, 0, (10, 236, 10)), (25, 4, (10, 15, 25)), (10, 4, (10, 0, 10)),
        (0, 4, (0, 0, 0)), (246, -1, (10, 236, None)), (246, None, (10, 236, None)),
    ],
)  # fmt: skip
def test_how_many_make_a_review_and_how_many_get_a_turn(count: int, days: int | None, expected: tuple[int, int, int | None]) -> None:
    on = None if days is None else START.date() + timedelta(days=days)
    found = make_sitting(count, START.date(), on)
    assert (found.count, found.more, found.in_time) == expected and found.count <= AT_ONCE and found.due == count


def test_it_is_said_plainly() -> None:
    today = START.date()
    assert make_sitting(246, today, today + timedelta(days=4)).says == (
        "236 more are due; these 10 count most in the interview, by their weight and by how likely they are to be missing then. "
        "At 10 a day 40 of 246 get a turn before it."
    )
    assert make_sitting(25, today, today + timedelta(days=4)).says.endswith("At 10 a day all of them get a turn before it.")
    assert make_sitting(246, today, None).says == "236 more are due; these 10 have waited longest."
    assert make_sitting(11, today, None).says.startswith("One more is due;")
    assert "more" not in make_sitting(10, today, today).says


@pytest.mark.parametrize(("hours", "hour", "on", "first_"), [(-8, 20, ON, "wrong"), (9, 5, ON - timedelta(days=1), "missed")])
def test_the_order_is_that_of_the_persons_own_clock(hours: int, hour: int, on: date, first_: str) -> None:
    """In the west the day goes on when UTC has left it; in the east it is over while UTC is still in it."""
    late = datetime.combine(ON, time(hour), timezone(timedelta(hours=hours)))
    some = [due("missed", "c", days_ago=9), due("wrong")]
    assert ranked(some, late, on)[0].card.last_verdict == first_
    assert ranked(some, late.astimezone(UTC), on)[0].card.last_verdict != first_, "control: by UTC it is the other way round"
