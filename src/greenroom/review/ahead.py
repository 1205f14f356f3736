"""What the days that a plan still has may bring: gone on with as so far, and kept in full.

    fresh, open, held    shares of the weight of all points in one's scope: never met; met and not held; held
    a day of practice    meets some of what is fresh (the plan's new questions, or as much as one met a day so far), of which a share holds
                         at once; wins back a share of what is open; loses a share of what is held
    so far               those shares over the plan's days until now, its rest day left out, days without practice counted as they were
    range                each share moved by its own deviation, the effects on the last day added up as squares, ``SPREAD`` of that

A day that was practised today counts as one of the past, one that was not yet as one ahead. Tried on simulated learners who keep such a
plan now and then; it does not know that next week will be harder.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from greenroom.bank.question import Question
from greenroom.review.forecast import FARTHEST, LEAST_DAYS, LEAST_PRACTISED, SPREAD, WINDOW, Forecast, span_of, what_stops
from greenroom.review.past import Standing


class Ahead(NamedTuple):
    """A day of the plan that is still to come. ``new``: its new questions, by id."""

    on: date
    new: tuple[str, ...] = ()
    rest: bool = False
    mock: bool = False


class Agenda(NamedTuple):
    """A plan that was begun. ``days``: today to the day before the interview; ``questions``: all that it wants, by id."""

    begun_on: date
    days: tuple[Ahead, ...] = ()
    rest_on: date | None = None
    questions: frozenset[str] = frozenset()


class Scope(NamedTuple):
    """``whole``: the weight of all points in it; ``weights``: of each question's, by id; ``points``: how many."""

    whole: int
    weights: Mapping[str, int]
    points: int

    @classmethod
    def of(cls, questions: Iterable[Question]) -> Scope:
        weights = {question.id: [point.weight for point in question.active_points] for question in questions}
        found = {question_id: sum(each) for question_id, each in weights.items()}
        return cls(sum(found.values()) or 1, found, sum(map(len, weights.values())) or 1)


class Done(NamedTuple):
    """A day of the plan that is behind: shares of the scope that were met, held at once, won back, lost; ``open``, ``held``: before it."""

    practised: bool = False
    met: float = 0.0
    first: float = 0.0
    won: float = 0.0
    lost: float = 0.0
    open: float = 0.0
    held: float = 0.0


class Share(NamedTuple):
    """``spread``: its deviation from day to day; ``days``: on so many it was seen."""

    mean: float = 0.0
    spread: float = 0.0
    days: int = 0

    def off(self, coming: int) -> float:
        """How far its mean over so many days to come may be from this one: those days' own, and what the past ones tell of it."""
        return self.spread * math.sqrt(1 / coming + 1 / self.days) if coming and self.days else 0.0


class Habits(NamedTuple):
    """``met``: of the whole scope a day; ``first``: of what is met; ``won``: of what is open; ``lost``: of what is held."""

    met: Share
    first: Share
    won: Share
    lost: Share


class Outlook(NamedTuple):
    """``looked`` and ``practised``: days of the plan behind; ``ahead``: its days of work to come, ``mocks`` among them. ``so_far`` and
    ``kept``: low and high. ``middle``: of the whole plan kept. ``shares``: *first*, *won* and *lost* of a day of practice."""

    looked: int
    practised: int
    ahead: int
    mocks: int
    new: int
    rest: bool
    so_far: tuple[float, float]
    kept: tuple[float, float]
    middle: float
    shares: tuple[float, float, float]


def look_ahead(agenda: Agenda, standings: Sequence[Standing], scope: Scope, today: date) -> Outlook:
    """``standings``: the days on which something was judged, or those of ``pace``."""
    practised_today = any(day.on == today for day in standings)
    done = list(_done(agenda, standings, scope.whole, today if practised_today else today - timedelta(days=1)))
    coming = [day for day in agenda.days if not day.rest]
    left = [day for day in coming if day.on > today or not practised_today]
    kept = [sum(scope.weights.get(each, 0) for each in day.new) / scope.whole for day in coming]
    held = sum(standings[-1].held.values()) / scope.whole if standings else 0.0
    seen = standings[-1].seen / scope.whole if standings else 0.0
    state = (1 - seen, max(0.0, seen - held), held)
    all_days, practice = habits(done, scope), habits([day for day in done if day.practised], scope)
    so_far, in_full = _range(state, all_days, None, len(left)), _range(state, practice, kept, len(left))
    return Outlook(
        looked=len(done), practised=sum(day.practised for day in done), ahead=len(left), mocks=sum(day.mock for day in left),
        new=sum(len(day.new) for day in coming), rest=any(day.rest for day in agenda.days), so_far=so_far,
        kept=(max(so_far[0], in_full[0]), max(so_far[1], in_full[1])), middle=_walk(state, practice, kept, len(left)),
        shares=(practice.first.mean, practice.won.mean, practice.lost.mean),
    )  # fmt: skip


def _done(agenda: Agenda, standings: Sequence[Standing], whole: int, last: date) -> Iterator[Done]:
    """The plan's days until ``last``, at most a window of them; where it was begun only just, the days of practice before it too."""
    if not standings:
        return
    since = min(agenda.begun_on, last)
    if (last - since).days + 1 < LEAST_DAYS:
        since = min(since, standings[0].on)
    since = max(since, last - timedelta(days=WINDOW - 1))
    known = {day.on: day for day in standings}
    before = next((day for day in reversed(standings) if day.on < since), None)
    for n in range((last - since).days + 1):
        on = since + timedelta(days=n)
        held, seen = (sum(before.held.values()) / whole, before.seen / whole) if before else (0.0, 0.0)
        day = known.get(on)
        if day:
            met = day.seen / whole - seen
            yield Done(True, met, day.first / whole, day.won / whole, day.lost / whole, max(0.0, seen - held), held)
            before = day
        elif on != agenda.rest_on:
            yield Done(open=max(0.0, seen - held), held=held)


def habits(done: Sequence[Done], scope: Scope) -> Habits:
    point = 1 / scope.points
    return Habits(
        met=_share([day.met for day in done], [1.0] * len(done), 0.0),
        first=_share([day.first for day in done], [day.met for day in done], point),
        won=_share([day.won for day in done], [day.open for day in done], point),
        lost=_share([day.lost for day in done], [day.held for day in done], point),
    )


def _share(parts: Sequence[float], wholes: Sequence[float], point: float) -> Share:
    """The sum of the parts of the sum of the wholes, and how far a day is from it. One ``point`` for and one against are added, so that
    what was not seen yet is not taken for impossible. One day tells no deviation: then the widest there is."""
    total, count = sum(wholes), sum(each > 0 for each in wholes)
    if total <= 0:
        return Share()
    mean = min(1.0, (sum(parts) + point) / (total + 2 * point))
    if count == 1:
        return Share(mean, math.sqrt(mean * (1 - mean)), count)
    off = sum((part - mean * each) ** 2 for part, each in zip(parts, wholes, strict=True))
    return Share(mean, math.sqrt(off / (count - 1)) / (total / count), count)


State = tuple[float, float, float]
"""Fresh, open, held."""


def _walk(state: State, by: Habits, met: Sequence[float] | None, days: int) -> float:
    """What is held at the end. ``met``: what is met on each of the days; None: as much a day as so far."""
    fresh, open_, held = state
    meets = [by.met.mean] * days if met is None else list(met)
    for n, wanted in enumerate(meets):
        new = min(fresh, wanted)
        won, lost = (by.won.mean * open_, by.lost.mean * held) if n >= len(meets) - days else (0.0, 0.0)
        fresh, open_, held = fresh - new, open_ - won + lost + new * (1 - by.first.mean), held + won - lost + new * by.first.mean
    return held


def _range(state: State, by: Habits, met: Sequence[float] | None, days: int) -> tuple[float, float]:
    middle, half = _walk(state, by, met, days), 0.0
    for name, share in by._asdict().items():
        moved = (by._replace(**{name: share._replace(mean=_bound(share.mean + sign * share.off(days)))}) for sign in (-1, 1))
        low, high = (_walk(state, each, met, days) for each in moved)
        half += ((high - low) / 2) ** 2
    reach = SPREAD * math.sqrt(half)
    return round(_bound(middle - reach), 3), round(_bound(middle + reach), 3)


def _bound(share: float) -> float:
    return max(0.0, min(1.0, share))


def with_plan(forecast: Forecast, found: Outlook) -> Forecast:
    """The forecast by the days of the plan. Unchanged without a date, on the day itself and after it, and before the first answer."""
    on, days, practised = forecast.on, forecast.days, found.practised
    if on is None or not days or days < 0 or not (practised or found.looked):
        return forecast
    if days > FARTHEST * max(LEAST_DAYS, found.looked):
        return forecast.model_copy(update={"low": None, "high": None, "says": _far(found.looked), "assumes": ""})
    known = found.looked >= LEAST_DAYS and practised >= LEAST_PRACTISED
    low, high = found.so_far if known else (forecast.now, max(forecast.now, round(found.middle, 3)))
    kept = found.kept if known else (None, None)
    changed = {
        "low": low, "high": high, "kept_low": kept[0], "kept_high": kept[1], "plan_days": found.ahead, "assumes": _assumes(found, known),
        "says": (_says if known else _says_little)(forecast.model_copy(update={"low": low, "high": high}), found, on),
    }  # fmt: skip
    return forecast.model_copy(update=changed)


def _far(looked: int) -> str:
    since = f"from {looked} days" if looked > 1 else "so early"
    return f"Too far away to tell {since}. A range appears nearer to the date."


def _says(forecast: Forecast, found: Outlook, on: date) -> str:
    stop, now, day = what_stops(forecast.rests), round(100 * forecast.now), f"{on.day} {on:%B}"
    if not found.ahead:
        return f"No day of your plan is left before {day}; today you hold {now} % of your points.{stop}"
    return (
        f"Going on as so far, with practice on {found.practised} of the last {found.looked} days of your plan, you hold "
        f"{span_of(*found.so_far)} of your points on {day}; keeping every day that it has until then ({found.ahead}), "
        f"{span_of(*found.kept)}. Today it is {now} %.{stop}"
    )


def _says_little(forecast: Forecast, found: Outlook, on: date) -> str:
    """A wide range, since that is all one can know: from stopping here to keeping the whole plan."""
    span, now = span_of(forecast.low or 0.0, forecast.high or 0.0), round(100 * forecast.now)
    return (
        f"Your pace is not known yet, with practice on {found.practised} of {found.looked} days: {span} of your points on "
        f"{on.day} {on:%B}, from stopping here to keeping every day that your plan has until then ({found.ahead}). Today it is "
        f"{now} %.{what_stops(forecast.rests)}"
    )


def _assumes(found: Outlook, known: bool) -> str:
    first, won, lost = (round(100 * share) for share in found.shares)
    rest = ", the rest day left out" if found.rest else ""
    told = (
        f"from your days of practice that {first} % of a new question holds at once, and that a day wins back {won} % of what is open and "
        f"loses {lost} % of what is held"
    )
    plan = f"It takes from your plan the days of work ({found.ahead}), mocks ({found.mocks}) and new questions ({found.new}) to come{rest}"
    return f"{plan}; {told if known else 'and that they go as your first days did'}."
