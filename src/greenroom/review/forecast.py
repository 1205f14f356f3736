"""What one may hold on the day of the interview: a range, or the word that it is too little to tell.

    gap    = 1 - held                     what is still open shrinks by a share a day, so that nobody is promised more than everything
    y      = -ln(gap)                     grows evenly at an even pace of practice; its daily steps are those of the last ``WINDOW`` days,
                                          days without practice counted as they were
    range  = y + days·mean ± SPREAD · sqrt(days·s² + days²·s²/n)      eight of ten such learners (tested on simulated ones)
    rests  = the credit of each point times FSRS's chance that it is recalled on that day, if nothing more is done

It knows pace, not will: a week of holidays in the window makes it gloomy, a sprint makes it bright. That is why the range is shown and no
single figure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, TypeVar, cast

from fsrs import Card, Scheduler

from greenroom.assess.score import CREDIT
from greenroom.bank.question import Question, Value
from greenroom.review.card import ReviewCard
from greenroom.review.course import Level

WINDOW = 14
LEAST_DAYS, LEAST_PRACTISED = 5, 3
"""Days since the first, and among them days with practice, below which nothing is forecast."""
FARTHEST = 3
"""Times the days that were looked at: beyond that nothing is forecast."""
SPREAD = 1.5
"""Of the half range, in deviations: 1.28 for a known one, more since it is estimated from a few days."""
NEARLY_ALL = 0.995
T = TypeVar("T")

_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


class Forecast(Value):
    """Shares of the weight of all points in one's scope, 0 to 1. ``low`` and ``high`` are None where it is too little to tell; ``says``
    tells why, ``assumes`` what it takes for granted.

    ``rests``: what would still be there without any more practice; None without a date. ``kept_low`` and ``kept_high``: with a plan, where
    one ends by keeping all of its ``plan_days``.
    """

    on: date | None
    days: int | None
    now: float
    low: float | None
    high: float | None
    rests: float | None
    says: str
    assumes: str = ""
    kept_low: float | None = None
    kept_high: float | None = None
    plan_days: int | None = None


def pace(days: Sequence[T]) -> tuple[T, ...]:
    """Of the days on which something was judged, those that a forecast looks at: the first, and as many of the last as the window can hold,
    with the one before it."""
    return tuple(days) if len(days) <= WINDOW + 2 else (days[0], *days[-WINDOW - 1 :])


def make_forecast(course: Sequence[Level], rests: float | None, today: date, interview_on: date | None) -> Forecast:
    """``course``: the days on which something was judged, oldest first; all of them, or those of ``pace``."""
    now = course[-1].held if course else 0.0
    days = (interview_on - today).days if interview_on else None
    known: dict[str, Any] = {"on": interview_on, "days": days, "now": now, "low": None, "high": None, "rests": rests}
    if interview_on is None or days is None:
        return Forecast(**known, says="No interview date is set; with one, this says what you may hold on that day.")
    if days <= 0:
        return Forecast(**known | {"rests": None}, says="The interview is today." if days == 0 else "The day of the interview has passed.")
    steps, practised = _steps(course, today)
    if len(steps) < LEAST_DAYS or practised < LEAST_PRACTISED:
        return Forecast(
            **known, says=f"Too little to tell: a range needs {LEAST_DAYS} days from the first, {LEAST_PRACTISED} of them with practice."
        )
    if days > FARTHEST * len(steps):
        return Forecast(**known, says=f"Too far away to tell from {len(steps)} days. A range appears nearer to the date.")
    low, high = _range(now, steps, days)
    assumes = f"No plan is begun: this goes by the pace of your last {len(steps)} days alone."
    return Forecast(**known | {"low": low, "high": high}, says=_says(interview_on, len(steps), (now, low, high), rests), assumes=assumes)


def _steps(course: Sequence[Level], today: date) -> tuple[list[float], int]:
    """The daily steps of y in the window, and on how many of its days something was judged."""
    if not course:
        return [], 0
    first = max(course[0].on - timedelta(days=1), today - timedelta(days=WINDOW))
    known = {level.on: level.held for level in course}
    held = next((level.held for level in reversed(course) if level.on <= first), 0.0)
    heights = [_height(held)]
    for n in range(1, (today - first).days + 1):
        held = known.get(first + timedelta(days=n), held)
        heights.append(_height(held))
    practised = sum(first < on <= today for on in known)
    return [after - before for before, after in pairwise(heights)], practised


def _height(held: float) -> float:
    return -math.log(1 - min(held, NEARLY_ALL))


def _range(now: float, steps: Sequence[float], days: int) -> tuple[float, float]:
    count = len(steps)
    mean = sum(steps) / count
    variance = sum((step - mean) ** 2 for step in steps) / (count - 1)
    half = SPREAD * math.sqrt(days * variance + days**2 * variance / count)
    middle = _height(now) + days * mean
    low, high = (1 - math.exp(-max(0.0, height)) for height in (middle - half, middle + half))
    return round(low, 3), round(high, 3)


def _says(on: date, looked: int, shares: tuple[float, float, float], rests: float | None) -> str:
    now, low, high = shares
    stop = what_stops(rests)
    return (
        f"Going on as in the last {looked} days, you hold {span_of(low, high)} of your points on {on.day} {on:%B}; "
        f"today it is {round(100 * now)} %.{stop}"
    )


def what_stops(rests: float | None) -> str:
    return f" Without any more practice about {round(100 * rests)} % would still be there." if rests is not None else ""


def span_of(low: float, high: float) -> str:
    low, high = round(100 * low), round(100 * high)
    return f"about {low} %" if low == high else f"between {low} and {high} %"


def what_rests(questions: Iterable[Question], cards: Mapping[str, ReviewCard], on: date | None) -> float | None:
    """The share that is still there at noon of that day if nothing more is done; ``cards`` by global point id."""
    if on is None:
        return None
    at = datetime.combine(on, time(12), UTC)
    points = [(point.weight, cards.get(f"{q.id}/{point.id}")) for q in questions for point in q.active_points]
    whole = sum(weight for weight, _ in points) or 1
    return round(sum(weight * recalled(card, at) for weight, card in points if card) / whole, 4)


def recalled(card: ReviewCard, at: datetime) -> float:
    """The credit when last seen, times the chance that it is recalled then."""
    credit = max(0.0, CREDIT[card.last_verdict])
    return credit * _SCHEDULER.get_card_retrievability(Card.from_dict(cast(Any, card.fsrs)), at) if credit else 0.0
