"""The plan to the interview: what it holds on which day, and how it moves when something is missed. Histories pinned as days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenroom.bank.bank import TOPICS
from greenroom.prep.days import Choice, Day, DayPlan, Met, Past, make_days

MONDAY = date(2026, 11, 2)
ORDER = list(TOPICS)


def on(days: int) -> date:
    return MONDAY + timedelta(days=days)


def plan(length: int | None, past: Past = Past(), today: int = 0, begun: int = 0, per_day: int | None = None) -> DayPlan:
    interview_on = None if length is None else on(length)
    return make_days(ORDER, past, Choice(begun_on=on(begun), per_day=per_day), on(today), interview_on)


def shape(found: DayPlan) -> str:
    """A letter a day: Mock, Rest, Interview, a digit of new questions."""
    return "".join("I" if d.kind == "interview" else "R" if d.kind == "rest" else "M" if d.mock else str(len(d.new)) for d in found.days)


def test_two_weeks() -> None:
    found = plan(14)
    assert shape(found) == "2222MR221000M0I"
    assert [d.on for d in found.days] == [on(n) for n in range(15)]
    assert [n for n, d in enumerate(found.days) if d.mock] == [4, 12]
    assert [n for n, d in enumerate(found.days) if d.kind == "rest"] == [5]
    assert [q for d in found.days for q in d.new] == ORDER and found.left_out == ()
    assert found.days[13].new == () and found.days[14].kind == "interview"


@pytest.mark.parametrize(
    ("length", "wanted"),
    [
        (0, "I"),
        (1, "5I"),
        (2, "55I"),
        (3, "5M0I"),
        (4, "5M50I"),
        (5, "5MRM0I"),
        (6, "55MRM0I"),
        (7, "55MR3M0I"),
        (21, "1111111MR1111110000M0I"),
    ],
)
def test_plans_of_every_length(length: int, wanted: str) -> None:
    assert shape(plan(length)) == wanted


def test_what_does_not_fit_is_said_and_is_the_last_of_the_order() -> None:
    found = plan(2)
    assert found.left_out == tuple(ORDER[10:]) and any("3 questions do not fit" in note for note in found.notes)


def test_what_went_badly_comes_back_on_a_later_day_before_anything_new() -> None:
    past = Past(met={ORDER[0]: Met(on(0), 30.0), ORDER[1]: Met(on(0), 80.0)})
    today, tomorrow = plan(14, past).days[:2]
    assert ORDER[0] not in today.again and tomorrow.again == (ORDER[0],)
    assert plan(14, past, today=1).days[0].again == (ORDER[0],)
    assert plan(14, past).held == (ORDER[1],)


def test_the_weakest_of_what_went_badly_comes_first_and_unjudged_counts_as_weak() -> None:
    met = {ORDER[0]: Met(on(0), 50.0), ORDER[1]: Met(on(0), None), ORDER[2]: Met(on(0), 20.0)}
    found = plan(14, Past(met=met), today=1, per_day=2)
    assert found.days[0].again == (ORDER[1], ORDER[2]) and found.days[1].again == (ORDER[0],)


def test_what_was_not_done_is_spread_over_the_days_that_are_left() -> None:
    late = plan(14, today=7)
    assert [q for d in late.days for q in d.new] == ORDER and max(len(d.new) for d in late.days) > 2


def test_what_was_done_today_is_not_asked_for_again_today() -> None:
    met = {name: Met(on(0), 90.0) for name in ORDER[:2]}
    assert plan(14, Past(met=met)).days[0].new == ()


def test_a_missed_mock_moves_and_a_taken_one_counts() -> None:
    missed = plan(14, today=8)
    assert [n for n, d in enumerate(missed.days) if d.mock] == [0, 4]
    taken = plan(14, Past(mocks=[on(4)]), today=8)
    assert [d.on for d in taken.days if d.mock] == [on(12)]
    early = plan(14, Past(mocks=[on(1)]), today=2)
    assert [d.on for d in early.days if d.mock] == [on(12)]
    assert not any(d.mock for d in plan(14, Past(mocks=[on(4), on(6)]), today=8).days)
    assert not plan(14, Past(mocks=[on(8)]), today=8).days[0].mock


def test_reviews_fall_on_their_days_overdue_ones_today_and_none_on_the_rest_day() -> None:
    found = plan(14, Past(due=[on(-3), on(0), on(4), on(5), on(6)]))
    assert [d.reviews for d in found.days[:7]] == [2, 0, 0, 0, 1, 0, 2]


def test_control_a_rest_day_without_the_rule_would_hold_a_review() -> None:
    found = plan(4, Past(due=[on(1)]))  # too short for a rest day: the point comes on its own day
    assert found.days[1].reviews == 1


def test_a_past_date_gives_no_days_and_the_cure() -> None:
    found = plan(-1)
    assert found.days == () and "next one" in found.notes[0]


def test_the_day_itself() -> None:
    found = plan(0, Past(due=[on(-1)]))
    assert [d.kind for d in found.days] == ["interview"] and found.days[0].reviews == 1 and "nothing new" in found.notes[0]


def test_without_a_date_two_weeks_and_then_two_more() -> None:
    assert len(plan(None).days) == 14 and "No date" in plan(None).notes[0]
    assert len(plan(None, today=20).days) == 14


@settings(deadline=None)
@given(
    length=st.integers(0, 400), today=st.integers(0, 400), begun=st.integers(-30, 430), per_day=st.none() | st.integers(1, 10),
    scores=st.dictionaries(st.sampled_from(ORDER), st.tuples(st.integers(-40, 0), st.none() | st.floats(0, 100)), max_size=13),
    mocks=st.lists(st.integers(-40, 0), max_size=4), due=st.lists(st.integers(-40, 400), max_size=30),
)  # fmt: skip
def test_whatever_happened_each_day_comes_once_and_no_question_twice(
    length: int, today: int, begun: int, per_day: int | None, scores: dict[str, tuple[int, float | None]], mocks: list[int], due: list[int]
) -> None:
    past = Past(
        met={name: Met(on(today + day), overall) for name, (day, overall) in scores.items()},
        mocks=[on(today + n) for n in mocks], due=[on(n) for n in due],
    )  # fmt: skip
    found = plan(today + length, past, today=today, begun=begun, per_day=per_day)
    days = [d.on for d in found.days]
    assert days == sorted(set(days)) and days[0] == on(today) and len(days) <= 60
    asked = [q for d in found.days for q in (*d.new, *d.again)]
    assert len(asked) == len(set(asked)) and not set(asked) & set(found.held)
    if length < 60:
        assert {*asked, *found.held, *found.left_out} | {q for q in scores} == set(ORDER)
        assert sum(d.kind == "rest" for d in found.days) <= 1 and sum(d.mock for d in found.days) <= 2
        assert sum(d.reviews for d in found.days if d.kind != "interview") == sum(on(n) < on(today + length) for n in due) or _resting_last(
            found
        )
    assert all(not d.new and not d.again for d in found.days if d.mock or d.kind == "rest")


def _resting_last(found: DayPlan) -> bool:
    """A rest day in front of the interview takes its reviews with it: there is none, by the rule of its place."""
    return (len(found.days) > 1 and found.days[-2].kind == "rest") or len(found.days) == 1


def test_a_day_says_when_it_is_empty() -> None:
    assert Day(on=MONDAY).empty and not Day(on=MONDAY, reviews=1).empty
