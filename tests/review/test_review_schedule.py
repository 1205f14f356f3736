"""When points come back: FSRS histories pinned as numbers, and the interview date that caps them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given, settings
from hypothesis import strategies as st

from greenroom.assess.assessment import Assessment, Grader, PointVerdict, Verdict
from greenroom.review.card import ReviewCard
from greenroom.review.schedule import redate, schedule

START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


def found(*verdicts: str, status: str = "assessed") -> Assessment:
    """An assessment with these verdicts of the points a, b, c…"""
    points = [PointVerdict(id=i, verdict=Verdict(v), decided_by="test") for i, v in zip("abcde", verdicts, strict=False)]
    return Assessment.model_validate(
        {"question_id": "hci", "status": status, "rubric_hash": "0", "grader": Grader(name="test", version="1"), "points": points}
    )


def history(verdicts: str, interview_on: date | None = None) -> list[tuple[int, int, int]]:
    """Point a reviewed whenever it is due: days until the next review, repetitions, lapses."""
    cards: dict[str, ReviewCard] = {}
    at, rows = START, []
    for verdict in verdicts.split():
        (card,), _ = schedule(cards, "hci", found(verdict), "answer", at, interview_on)
        cards[card.point_id] = card
        rows.append(((card.due_at - at).days, card.repetitions, card.lapses))
        at = card.due_at
    return rows


def test_hits_spread_out() -> None:
    assert history("hit hit hit hit hit") == [(2, 1, 0), (11, 2, 0), (46, 3, 0), (163, 4, 0), (497, 5, 0)]


def test_a_miss_comes_back_the_next_day_and_a_forgotten_point_is_a_lapse() -> None:
    assert history("missed hit hit missed wrong hit") == [(1, 1, 0), (2, 2, 0), (6, 3, 0), (1, 4, 1), (1, 5, 1), (1, 6, 1)]


def test_partial_answers_come_back_sooner_than_hits() -> None:
    assert history("partial partial hit") == [(1, 1, 0), (3, 2, 0), (9, 3, 0)]


def test_the_card_is_fsrs_own() -> None:
    """Source of the method: the library's own scheduler gives the same card."""
    (card,), _ = schedule({}, "hci", found("hit"), "answer", START)
    theirs, _ = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False).review_card(Card(card_id=0), Rating.Good, START)
    assert card.fsrs == theirs.to_dict()
    assert (card.due_at, card.reviewed_at, card.last_verdict) == (theirs.due, START, Verdict.HIT)


def test_every_judged_point_gets_a_card_and_an_event() -> None:
    cards, events = schedule({}, "hci", found("hit", "partial", "missed", "wrong", "unscored"), "answer-1", START)
    assert [(card.point_id, card.last_verdict.value, (card.due_at - START).days) for card in cards] == [
        ("hci/a", "hit", 2),
        ("hci/b", "partial", 1),
        ("hci/c", "missed", 1),
        ("hci/d", "wrong", 1),
    ]
    assert [(event.point_id, event.verdict, event.answer_id) for event in events] == [
        (c.point_id, c.last_verdict, "answer-1") for c in cards
    ]


def test_what_was_not_judged_changes_nothing() -> None:
    assert schedule({}, "hci", found("unscored", "unscored"), "answer", START) == ([], [])
    assert schedule({}, "hci", found("hit", "missed", status="abstained"), "answer", START) == ([], [])


def test_cards_that_are_given_are_not_changed_and_survive_json() -> None:
    (first,), _ = schedule({}, "hci", found("hit"), "answer", START)
    kept = first.model_dump_json()
    again = ReviewCard.model_validate_json(kept)
    later = START + timedelta(days=2)
    assert schedule({"hci/a": again}, "hci", found("hit"), "x", later) == schedule({"hci/a": first}, "hci", found("hit"), "x", later)
    assert first.model_dump_json() == kept


def test_the_same_history_gives_the_same_dates_because_fuzzing_is_off() -> None:
    assert len({tuple(history("hit hit hit hit")) for _ in range(5)}) == 1
    fuzzy, dues = Scheduler(learning_steps=(), relearning_steps=()), set()
    for _ in range(40):  # control: the library's default differs from run to run
        card, at = Card(card_id=0), START
        for _ in range(4):
            card, _ = fuzzy.review_card(card, Rating.Good, at)
            at = card.due
        dues.add(card.due)
    assert len(dues) > 1


def test_another_time_zone_is_the_same_moment() -> None:
    there = START.astimezone(timezone(timedelta(hours=9)))
    assert schedule({}, "hci", found("hit"), "x", there)[0] == schedule({}, "hci", found("hit"), "x", START)[0]


INTERVIEW = date(2026, 3, 20)


def test_no_point_comes_back_later_than_the_day_before_the_interview() -> None:
    assert history("hit hit hit", INTERVIEW)[:2] == [(2, 1, 0), (11, 2, 0)]
    at = START
    cards: dict[str, ReviewCard] = {}
    dues = []
    for _ in range(3):
        (card,), _ = schedule(cards, "hci", found("hit"), "x", at, INTERVIEW)
        cards, at = {card.point_id: card}, card.due_at
        dues.append(card.due_at)
    assert dues == [
        datetime(2026, 3, 4, 18, tzinfo=UTC),
        datetime(2026, 3, 15, 18, tzinfo=UTC),
        datetime(2026, 3, 19, tzinfo=UTC),  # 46 days by FSRS; the start of the day before the interview instead
    ]


@pytest.mark.parametrize("interview_on", [None, date(2026, 3, 2), date(2026, 2, 1)])
def test_no_date_or_one_that_is_not_ahead_caps_nothing(interview_on: date | None) -> None:
    (card,), _ = schedule({}, "hci", found("hit"), "x", START, interview_on)
    assert card.due_at == START + timedelta(days=2)


def test_on_the_last_day_weak_points_come_back_in_minutes_and_the_others_are_done() -> None:
    cards, _ = schedule({}, "hci", found("hit", "partial", "missed"), "x", START, date(2026, 3, 3))
    end = datetime(2026, 3, 2, 23, 59, 59, 999999, tzinfo=UTC)
    assert [card.due_at for card in cards] == [end, START + timedelta(minutes=10), START + timedelta(minutes=10)]
    late = datetime(2026, 3, 2, 23, 55, tzinfo=UTC)
    assert schedule({}, "hci", found("missed"), "x", late, date(2026, 3, 3))[0][0].due_at == end


def test_setting_moving_and_calling_off_the_interview_moves_the_points() -> None:
    cards, _ = schedule({}, "hci", found("hit", "missed"), "x", START)
    soon = redate(cards, date(2026, 3, 4), START)
    assert [(card.point_id, card.due_at) for card in soon] == [
        ("hci/a", datetime(2026, 3, 3, tzinfo=UTC)),
        ("hci/b", datetime(2026, 3, 3, tzinfo=UTC)),
    ]
    assert redate(soon, date(2026, 3, 4), START) == []
    assert redate(soon, None, START) == cards
    assert redate(cards, date(2026, 9, 1), START) == []


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["hit", "partial", "missed", "wrong", "unscored"]), st.integers(0, 40 * 24)), min_size=1, max_size=8
    ),
    st.integers(-5, 60),
)
def test_any_history_keeps_the_promise(steps: list[tuple[str, int]], days: int) -> None:
    """Due after the review, never after the last day, counted right, whatever was answered when."""
    at, cards, reviews = START, dict[str, ReviewCard](), 0
    interview_on = START.date() + timedelta(days=days)
    for verdict, hours in steps:
        at += timedelta(hours=hours)
        new, events = schedule(cards, "hci", found(verdict), "x", at, interview_on)
        assert len(new) == len(events) == (verdict != "unscored")
        for card in new:
            reviews += 1
            assert card.due_at > at or card.due_at.date() == at.date()
            assert interview_on <= at.date() or card.due_at.date() < interview_on
            assert card.repetitions == reviews and card.lapses < reviews
            cards[card.point_id] = card
