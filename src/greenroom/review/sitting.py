"""When more is due than anybody does: what to bring back first, what to leave out, and to say so (docs/decisions/0018).

    cost = weight · likely · (1 - credit then)       what a point takes from the interview if nothing more is done

``credit then``: its credit when last seen times FSRS's chance that it is recalled at noon of that day; wrong stands below nothing, as in
the score. ``likely``: how often it is asked for. Nothing is dropped: what is left out today stays due, and can be asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from greenroom.assess.score import CREDIT
from greenroom.bank.question import KeyPoint, Question, Value
from greenroom.review import AT_ONCE
from greenroom.review.card import ReviewCard
from greenroom.review.forecast import recalled

ASIDE = 0.5
"""How often a question beside its topic's main one is asked, of what the main one is; and a point that only another form of a question
adds. Decided, not measured: nobody knows what will be asked."""


class Due(NamedTuple):
    card: ReviewCard
    question: Question
    point: KeyPoint


class Sitting(Value):
    """Of ``due`` points ``count`` make one review, ``more`` wait. ``in_time``: how many get their turn before the interview, at that many a
    day; None without a date ahead."""

    due: int
    count: int
    more: int
    in_time: int | None
    says: str


def ranked(due: Sequence[Due], now: datetime, interview_on: date | None) -> list[Due]:
    """What costs most in the interview first. Without one ahead (on the clock of ``now``): most overdue first."""
    waited = sorted(due, key=lambda each: (each.card.due_at, each.card.point_id))
    if interview_on is None or interview_on < now.date():
        return waited
    then = max(now, datetime.combine(interview_on, time(12), UTC))
    return sorted(waited, key=lambda each: -cost(each, then))


def cost(due: Due, then: datetime) -> float:
    """In weight: 0 for what is sure to be there."""
    wrong = min(0.0, CREDIT[due.card.last_verdict])
    return due.point.weight * likely(due.question, due.point) * (1 - wrong - recalled(due.card, then))


def likely(question: Question, point: KeyPoint) -> float:
    asked = point.id in {each.id for each in question.points()}
    return (1.0 if question.id == question.topic else ASIDE) * (1.0 if asked else ASIDE)


def make_sitting(due: int, today: date, interview_on: date | None) -> Sitting:
    count, days = min(due, AT_ONCE), (interview_on - today).days if interview_on else -1
    in_time = min(due, AT_ONCE * max(1, days)) if days >= 0 else None
    return Sitting(due=due, count=count, more=due - count, in_time=in_time, says=_says(due, count, in_time))


def _says(due: int, count: int, in_time: int | None) -> str:
    if due <= count:
        return (
            "One idea at a time, most overdue first."
            if in_time is None
            else "One idea at a time, what would cost you most in the interview first."
        )
    more = f"{due - count} more are due" if due - count > 1 else "One more is due"
    if in_time is None:
        return f"{more}; these {count} have waited longest."
    turn = "all of them get" if in_time == due else f"{in_time} of {due} get"
    return (
        f"{more}; these {count} count most in the interview, by their weight and by how likely they are to be missing then. "
        f"At {AT_ONCE} a day {turn} a turn before it."
    )
