"""How what one holds went over time, what of the bank was met, how well one judges oneself, and on which days one practised.

*Held* is the weighted credit of the points when each was last seen, out of all points in one's scope: the main question of each topic, and
every question one was asked. What was never asked is not held, so it cannot be won by asking the same again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import date, timedelta
from typing import TypeVar

from greenroom.assess.scale import RATING_STEP
from greenroom.bank.question import Question, Value
from greenroom.review.past import Standing

MOST_LEVELS = 60
"""Days of a course that are shown: more are thinned, the first and the last stay."""
LOOK_BACK = 28
T = TypeVar("T")


class Level(Value):
    """At the end of a day: ``held`` and ``seen``, 0 to 1, of the weight of all points; ``topics``: held, of the topic's own weight."""

    on: date
    held: float
    seen: float
    topics: dict[str, float]


class Coverage(Value):
    """Points by how they stood when last met. ``questions`` of ``of_questions`` were asked whole at least once."""

    held: int
    partly: int
    open: int
    unseen: int
    questions: int
    of_questions: int

    @property
    def total(self) -> int:
        return self.held + self.partly + self.open + self.unseen


class RatingRow(Value):
    """All whole answers that one gave this ``rating``: their scores, of which half lie between ``low`` and ``high``."""

    rating: int
    said: int
    count: int
    mean: float | None
    low: float | None
    high: float | None


class Practice(Value):
    """Days with an answer. ``run``: days in a row up to today or yesterday; ``lately``: of the last ``LOOK_BACK``, oldest first."""

    week: int
    run: int
    longest: int
    last_on: date | None
    lately: tuple[bool, ...]
    says: str


def in_scope(questions: Sequence[Question], asked: Set[str]) -> list[Question]:
    """The main question of each topic (it has the topic's id) and whatever was asked; all of them where a bank has no main ones."""
    found = [question for question in questions if question.id == question.topic or question.id in asked]
    return found if any(question.id == question.topic for question in found) else list(questions)


def make_course(questions: Sequence[Question], standings: Iterable[Standing]) -> tuple[Level, ...]:
    """A level for each day on which something was judged, oldest first. ``questions``: those in one's scope."""
    totals = _by_topic((q.topic, point.weight) for q in questions for point in q.active_points)
    whole = sum(totals.values()) or 1
    return tuple(
        Level(
            on=day.on,
            held=round(sum(day.held.values()) / whole, 4),
            seen=round(day.seen / whole, 4),
            topics={topic: round(day.held[topic] / total, 4) for topic, total in totals.items() if topic in day.held},
        )
        for day in standings
    )


def _by_topic(weights: Iterable[tuple[str, int]]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for topic, weight in weights:
        totals[topic] = totals.get(topic, 0) + weight
    return totals


def thinned(days: Sequence[T], most: int = MOST_LEVELS) -> tuple[T, ...]:
    """At most so many, evenly, with the first and the last."""
    if len(days) <= most:
        return tuple(days)
    return tuple(days[round(n * (len(days) - 1) / (most - 1))] for n in range(most))


def make_ratings(rated: Iterable[tuple[int, float]]) -> tuple[RatingRow, ...]:
    """``rated``: a self-rating of 1 to 5 and the score of the same answer."""
    by_rating: dict[int, list[float]] = {rating: [] for rating in range(1, 6)}
    for rating, overall in rated:
        by_rating[rating].append(overall)
    return tuple(_rating_row(rating, sorted(scores)) for rating, scores in by_rating.items())


def _rating_row(rating: int, scores: Sequence[float]) -> RatingRow:
    count = len(scores)
    mean = round(sum(scores) / count, 1) if count else None
    low, high = (scores[count // 4], scores[count - 1 - count // 4]) if count else (None, None)
    return RatingRow(rating=rating, said=rating * RATING_STEP, count=count, mean=mean, low=low, high=high)


def make_practice(days: Sequence[date], today: date) -> Practice:
    """``days``: different, in order. What is said counts what was done; a pause is a fact, not a fault."""
    past = [day for day in days if day <= today]
    runs = list(_runs(past))
    running = runs[-1] if runs and past[-1] >= today - timedelta(days=1) else 0
    since = {today - timedelta(days=n) for n in range(LOOK_BACK)}
    done = since & set(past)
    week = sum(day > today - timedelta(days=7) for day in done)
    lately = tuple(today - timedelta(days=n) in done for n in reversed(range(LOOK_BACK)))
    says = _practice_says(past, today, week, running)
    return Practice(week=week, run=running, longest=max(runs, default=0), last_on=past[-1] if past else None, lately=lately, says=says)


def _runs(days: Sequence[date]) -> Iterator[int]:
    length = 0
    for place, day in enumerate(days):
        if place and day - days[place - 1] != timedelta(days=1):
            yield length
            length = 0
        length += 1
    if length:
        yield length


def _practice_says(days: Sequence[date], today: date, week: int, running: int) -> str:
    if not days:
        return "One answer makes the first day."
    ago = (today - days[-1]).days
    if ago > 1:
        return f"The last time was {ago} days ago. What you held then is kept; one point is enough to go on."
    row = f", {running} in a row" if running > 1 else ""
    return f"{'Practised today' if ago == 0 else 'Practised yesterday'}: {week} of the last 7 days{row}."
