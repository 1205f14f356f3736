"""From today to the interview, day by day: new questions, what to say again, reviews, two mocks, one rest day. Pure: days are arguments.

The plan is never stored. It is made anew from what was answered, so that it adapts by itself: what went badly comes back on a later day
before anything new, what was not done yesterday is spread over the days that are left, a mock that was missed moves to the next day. Only
the day on which one began is kept, because the mocks and the rest day hang on it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from greenroom.assess.scale import PASS
from greenroom.bank.question import Value

Order = Literal["job", "thirteen"]
DAYS_WITHOUT_A_DATE = 14
LONGEST = 60
"""Days that are shown; an interview further away has its mocks and its rest day all the same."""
MOST_A_DAY = 5
"""New questions a day when greenroom divides them; more than that is not rehearsal."""
FULL = 5
"""Days before the interview from which on there is room for two mocks and a rest day."""


class Choice(Value):
    """What a person decided: the order, the day they began, and how many questions a day (None: divided by the days)."""

    order: Order = "job"
    begun_on: date
    per_day: Annotated[int, Field(ge=1, le=10)] | None = None


class Met(NamedTuple):
    """A question that was answered: when last, and how it went then. ``overall`` None: it could not be judged."""

    on: date
    overall: float | None


class Day(Value):
    """``again``: questions that went below the pass mark. ``reviews``: points that come back on that day, as far as is known today."""

    on: date
    kind: Literal["work", "rest", "interview"] = "work"
    new: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    reviews: int = 0
    mock: bool = False

    @property
    def empty(self) -> bool:
        return not (self.new or self.again or self.reviews or self.mock)


class DayPlan(Value):
    """``held``: questions at or above the pass mark. ``left_out``: those for which the days do not suffice. ``notes``: what to know, as
    sentences. ``rest_on``: the rest day, also where it is past."""

    days: tuple[Day, ...] = ()
    rest_on: date | None = None
    held: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def find(self, on: date) -> Day | None:
        return next((day for day in self.days if day.on == on), None)


class Past(NamedTuple):
    """What was done and what comes back: questions by id, days of finished mocks, days on which points fall due."""

    met: Mapping[str, Met] = {}
    mocks: Sequence[date] = ()
    due: Sequence[date] = ()


class _Marks(NamedTuple):
    """The days that are set apart. ``last``: the day before the interview."""

    mocks: frozenset[date]
    rest: date | None
    last: date


def make_days(order: Sequence[str], past: Past, choice: Choice, today: date, interview_on: date | None = None) -> DayPlan:
    """The plan as it stands ``today``.

    Args:
        order: ids of the questions, the most wanted first; one that comes twice counts once.
        interview_on: None: a plan of two weeks from the day one began.
    """
    if interview_on is not None and interview_on < today:
        return DayPlan(notes=("The day of the interview is past. Give the next one, and the plan begins anew.",))
    end = interview_on or _end_without_a_date(choice.begun_on, today)
    marks = _marks(choice.begun_on, today, end, past.mocks)
    wanted = list(dict.fromkeys(order))
    held = tuple(each for each in wanted if each in past.met and _passed(past.met[each]))
    again = sorted((each for each in wanted if each in past.met and each not in held), key=lambda each: past.met[each].overall or 0.0)
    new = [each for each in wanted if each not in past.met]
    days = [today + timedelta(days=n) for n in range((end - today).days)]
    filled, left = _fill(days, new, again, past, choice, marks)
    shown = [_with_reviews(day, n, days, past.due, marks) for n, day in enumerate(filled)]
    if interview_on is not None:
        shown.append(Day(on=interview_on, kind="interview", reviews=_due_by(past.due, today) if interview_on == today else 0))
    notes = tuple(_notes(days, marks, left, interview_on, past))
    return DayPlan(days=tuple(shown[:LONGEST]), rest_on=marks.rest, held=held, left_out=tuple(left), notes=notes)


def _passed(met: Met) -> bool:
    return met.overall is not None and met.overall >= PASS


def _end_without_a_date(begun_on: date, today: date) -> date:
    length = timedelta(days=DAYS_WITHOUT_A_DATE)
    return begun_on + length if begun_on <= today < begun_on + length else today + length


def _marks(begun_on: date, today: date, end: date, taken: Sequence[date]) -> _Marks:
    """A first mock after a third of the time, the rest day after it, a second mock two days before the interview.

    With three or four days there is one mock and no rest day, with fewer neither. Mocks taken since the beginning count; one that was
    missed moves to the first day that is free.
    """
    begun = begun_on if begun_on <= today else today
    if begun >= end:
        begun = today
    length = (end - begun).days
    rest = begun + timedelta(days=length // 3 + 1) if length >= FULL else None
    planned = [begun + timedelta(days=max(1, length // 3))] if length >= 3 else []
    if length >= FULL:
        planned.append(end - timedelta(days=2))
    done = sum(begun <= day <= today for day in taken)
    missing = max(0, len(planned) - done)
    ahead = [day for day in planned if day >= today and not (day == today and today in taken)][-missing:] if missing else []
    free = (today + timedelta(days=n) for n in range(1 if today in taken else 0, (end - today).days))
    for day in free:
        if len(ahead) >= missing:
            break
        if day not in ahead and day != rest:
            ahead.append(day)
    return _Marks(frozenset(ahead), rest, end - timedelta(days=1))


def _fill(days: Sequence[date], new: list[str], again: list[str], past: Past, choice: Choice, marks: _Marks) -> tuple[list[Day], list[str]]:
    """Questions on the days that take them, those to say again first; and the new ones for which no day was left."""
    open_days = [day for day in days if _takes_questions(day, days, marks)]
    done_today = sum(met.on == days[0] for met in past.met.values()) if days else 0
    a_day = choice.per_day or max(1, min(MOST_A_DAY, math.ceil((len(new) + len(again) + done_today) / max(1, len(open_days)))))
    waiting, fresh, filled = list(again), list(new), []
    for day in days:
        slots = (max(0, a_day - done_today) if day == days[0] else a_day) if day in open_days else 0
        back = [each for each in waiting if past.met[each].on < day][:slots]
        first, fresh = fresh[: slots - len(back)], fresh[slots - len(back) :]
        waiting = [each for each in waiting if each not in back]
        kind: Literal["work", "rest"] = "rest" if day == marks.rest else "work"
        filled.append(Day(on=day, kind=kind, new=tuple(first), again=tuple(back), mock=day in marks.mocks))
    return filled, fresh


def _takes_questions(day: date, days: Sequence[date], marks: _Marks) -> bool:
    """Nothing new on the eve of the interview, unless there is hardly another day."""
    return day not in marks.mocks and day != marks.rest and (day != marks.last or len(days) <= 2)


def _due_by(due: Sequence[date], day: date) -> int:
    return sum(each <= day for each in due)


def _with_reviews(day: Day, n: int, days: Sequence[date], due: Sequence[date], marks: _Marks) -> Day:
    """What is overdue comes today; what would fall on the rest day waits until the next."""
    if day.kind == "rest":
        return day
    since = days[n - 1] if n else None
    if since is not None and since == marks.rest:
        since = days[n - 2] if n > 1 else None
    return day.model_copy(update={"reviews": _due_by(due, day.on) - (_due_by(due, since) if since else 0)})


def _notes(days: Sequence[date], marks: _Marks, left: Sequence[str], interview_on: date | None, past: Past) -> list[str]:
    notes = []
    if interview_on is None:
        notes.append("No date is set: this plan runs for two weeks. Set the day of the interview and it fits itself to it.")
    elif not days:
        notes.append("It is today: nothing new any more. Look once at what comes back, and at the questions you will ask.")
    elif len(days) < 3 and not past.mocks:
        notes.append("There is no time for a mock interview and a rest day: the questions that matter most come first.")
    if len(days) > LONGEST:
        notes.append(f"The interview is {len(days)} days away; the first {LONGEST} are shown.")
    if left and days:
        many = f"{len(left)} questions do" if len(left) > 1 else "One question does"
        notes.append(f"{many} not fit into the days that are left; what was asked for most comes first.")
    return notes
