"""A forecast that knows the days of the plan: tried on seeded people who live by one, keep it or fall behind."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest
from test_review_progress import question

from greenroom.assess.assessment import Verdict
from greenroom.prep.days import Choice, Met, make_days
from greenroom.prep.days import Past as Met_and_due
from greenroom.review import ahead
from greenroom.review.ahead import Agenda, Ahead, Scope, look_ahead, with_plan
from greenroom.review.course import make_course
from greenroom.review.forecast import Forecast, make_forecast, pace
from greenroom.review.past import Entry, Past
from greenroom.review.seen import Asked, SeenAnswer, SeenJudgement, SeenPoint

HIT, PARTIAL, MISSED = Verdict.HIT, Verdict.PARTIAL, Verdict.MISSED
BEGUN = date(2026, 3, 2)
BANK = tuple(question(f"q{n}", f"q{n}") for n in range(16))
IDS = tuple(each.id for each in BANK)
SCOPE = Scope.of(BANK)


def day_of(n: int) -> date:
    return BEGUN + timedelta(days=n)


class Person(NamedTuple):
    """``keeps``: the chance that a day of the plan is kept; ``first``, ``later``, ``holds``: that a point is made when new, when it was
    open, when it was held; ``reviews``: at most so many points a day."""

    keeps: float
    first: float
    later: float
    holds: float
    reviews: int


class Life:
    """Somebody's days by the plan as it stood each morning."""

    def __init__(self, person: Person, seed: int, length: int, begun_after: int = 0) -> None:
        self.person, self.dice, self.on = person, random.Random(seed), day_of(length)
        self.entries: list[Entry] = []
        self.met: dict[str, Met] = {}
        self.mocks: list[date] = []
        self.verdicts: dict[str, Verdict] = {}
        self.due: dict[str, date] = {}
        self.choice = Choice(begun_on=day_of(begun_after))

    def plan(self, today: date) -> Agenda:
        found = make_days(IDS, Met_and_due(self.met, self.mocks, tuple(self.due.values())), self.choice, today, self.on)
        days = tuple(Ahead(day.on, day.new, day.kind == "rest", day.mock) for day in found.days if day.kind != "interview")
        return Agenda(self.choice.begun_on, days, found.rest_on, frozenset(IDS))

    def live(self, today: date) -> None:
        found = make_days(IDS, Met_and_due(self.met, self.mocks, tuple(self.due.values())), self.choice, today, self.on).find(today)
        assert found is not None
        if found.kind == "rest" or self.dice.random() > self.person.keeps:
            return
        waiting = [point for point, on in sorted(self.due.items(), key=lambda each: each[1]) if on <= today][: self.person.reviews]
        for point in waiting:
            self.say(today, point.partition("/")[0], [point])
        for question_id in (*found.again, *found.new):
            made = self.say(today, question_id, [f"{question_id}/{local}" for local in "abc"])
            self.met[question_id] = Met(today, 100 * made)
        if found.mock:
            self.mocks.append(today)

    def say(self, today: date, question_id: str, points: Sequence[str]) -> float:
        chances = {None: self.person.first, HIT: self.person.holds}
        for point in points:
            made = self.dice.random() < chances.get(self.verdicts.get(point), self.person.later)
            self.verdicts[point] = HIT if made else PARTIAL if self.dice.random() < 0.3 else MISSED
            self.due[point] = min(today + timedelta(days=4 if made else 1), self.on - timedelta(days=1))
        at = datetime(today.year, today.month, today.day, 18, tzinfo=UTC) + timedelta(seconds=len(self.entries))
        judged = SeenJudgement(50.0, tuple(SeenPoint(point, self.verdicts[point]) for point in points))
        self.entries.append((SeenAnswer(f"a{len(self.entries)}", "gone", "t1", question_id, None, "?", at, judged), Asked()))
        return sum(self.verdicts[point] is HIT for point in points) / len(points)

    def past(self) -> Past:
        return Past(BANK, UTC).reach(self.entries, 1)

    def forecast(self, today: date, agenda: Agenda | None = None, on: date | None = None) -> Forecast:
        standings = pace(self.past().standings)
        plainly = make_forecast(make_course(BANK, standings), None, today, on or self.on)
        return with_plan(plainly, look_ahead(agenda or self.plan(today), standings, SCOPE, today))

    def without_a_plan(self, today: date) -> Forecast:
        return make_forecast(make_course(BANK, pace(self.past().standings)), None, today, self.on)

    @property
    def held(self) -> float:
        course = make_course(BANK, self.past().standings)
        return course[-1].held if course else 0.0


def lived(person: Person, seed: int, length: int, until: int) -> Life:
    life = Life(person, seed, length)
    for n in range(until):
        life.live(day_of(n))
    return life


def people(count: int) -> Iterator[tuple[Person, int, int, int]]:
    """Different ones, their plans 14 to 24 days long, looked at after a third to two thirds of it."""
    dice = random.Random(11)
    for seed in range(count):
        length = dice.randint(14, 24)
        person = Person(
            dice.uniform(0.4, 1.0), dice.uniform(0.25, 0.7), dice.uniform(0.3, 0.8), dice.uniform(0.85, 0.98), dice.randint(3, 10)
        )
        yield person, seed, length, dice.randint(max(6, length // 3), 2 * length // 3)


class Found(NamedTuple):
    known: int
    inside: int
    width: float
    off: float
    off_without: float


def tried(count: int = 150) -> Found:
    """Of so many people: those with a range, those who ended in it, its width; how far off its middle is, and that of the pace alone."""
    rows = []
    for person, seed, length, until in people(count):
        life = lived(person, seed, length, until)
        found, plainly = life.forecast(day_of(until - 1)), life.without_a_plan(day_of(until - 1))
        for n in range(until, length):
            life.live(day_of(n))
        if found.kept_low is None or found.low is None or found.high is None or plainly.low is None or plainly.high is None:
            continue
        inside = found.low - 0.0005 <= life.held <= found.high + 0.0005
        off, off_without = (abs((each[0] + each[1]) / 2 - life.held) for each in ((found.low, found.high), (plainly.low, plainly.high)))
        rows.append((inside, found.high - found.low, off, off_without))
    mean = [sum(row[n] for row in rows) / len(rows) for n in range(4)]
    return Found(len(rows), sum(row[0] for row in rows), *mean[1:])


def test_eight_of_ten_who_live_by_a_plan_end_within_their_range(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tried()
    assert found.known > 120 and 0.72 <= found.inside / found.known <= 0.92 and found.width < 0.5
    assert found.off < 0.7 * found.off_without, "nearer than by the pace alone"
    monkeypatch.setattr(ahead, "SPREAD", 0.3)
    narrow = tried()
    assert narrow.inside < 0.5 * narrow.known, "control: a narrower range is wrong more often"


KEEPER, LATE = Person(1.0, 0.5, 0.6, 0.93, 6), Person(0.45, 0.5, 0.6, 0.93, 6)


def test_one_who_keeps_the_plan() -> None:
    life = lived(KEEPER, 3, 21, 10)
    found = life.forecast(day_of(9))
    assert found.low is not None and found.high is not None and found.kept_low is not None and found.kept_high is not None
    assert found.low <= found.kept_low and "with practice on 9 of the last 9 days of your plan" in found.says
    assert found.plan_days == 11 and "days of work (11), mocks (1) and new questions (9) to come" in found.assumes
    for n in range(10, 21):
        life.live(day_of(n))
    assert found.kept_low <= life.held <= found.high


def test_one_who_fell_behind_is_shown_both_ends() -> None:
    """Going on so is worse than keeping the plan; and no worse than it would be for somebody who stops."""
    for seed in range(12):
        life = lived(LATE, seed, 21, 11)
        found = life.forecast(day_of(10))
        if found.kept_low is not None:
            assert found.low is not None and found.high is not None and found.kept_high is not None
            assert found.low + found.high < found.kept_low + found.kept_high and "days of your plan, you hold" in found.says
    life = lived(KEEPER, 3, 21, 10)
    before = life.forecast(day_of(9))
    gone = life.forecast(day_of(14))
    assert before.high is not None and gone.high is not None and gone.high < before.high, "five days without practice are seen"
    assert gone.plan_days is not None and before.plan_days is not None and gone.plan_days < before.plan_days


def test_little_known_is_a_wide_range_from_stopping_to_keeping_all() -> None:
    life = lived(KEEPER, 3, 14, 2)
    found = life.forecast(day_of(1))
    assert found.low == found.now and found.high is not None and found.high > found.now + 0.2
    assert found.kept_low is None and found.says.startswith("Your pace is not known yet, with practice on 2 of 2 days: between")
    assert "as your first days did" in found.assumes and "wins back" not in found.assumes
    nothing = Life(KEEPER, 3, 21).forecast(day_of(0))
    assert nothing.low is None and nothing.says.startswith("Too little to tell"), "before the first answer"


def test_what_the_plan_has_is_what_counts() -> None:
    """The same days behind, other days ahead."""
    life, today = lived(KEEPER, 3, 21, 10), day_of(9)
    plan = life.plan(today)

    def kept(days: Sequence[Ahead]) -> float:
        found = life.forecast(today, plan._replace(days=tuple(days)))
        return (found.kept_low or 0.0) + (found.kept_high or 0.0)

    as_it_is = kept(plan.days)
    assert kept([day._replace(new=()) for day in plan.days]) < as_it_is - 0.1, "no new questions"
    assert kept([day._replace(rest=n % 2 == 0) for n, day in enumerate(plan.days)]) < as_it_is, "rest on every other day"
    assert kept([day._replace(mock=not day.mock) for day in plan.days]) == as_it_is, "control: a mock is a day of work"
    none_left = life.forecast(today, plan._replace(days=()))
    assert none_left.low == none_left.high == round(none_left.now, 3) and "No day of your plan is left" in none_left.says


def test_the_rest_day_is_no_day_that_was_missed() -> None:
    life, today = lived(KEEPER, 3, 21, 12), day_of(11)
    plan = life.plan(today)
    assert plan.rest_on is not None and day_of(0) < plan.rest_on < today
    assert "on 11 of the last 11 days" in life.forecast(today).says
    assert "on 11 of the last 12 days" in life.forecast(today, plan._replace(rest_on=None)).says, "control"


def test_a_day_not_practised_yet_is_still_ahead() -> None:
    life = lived(KEEPER, 3, 21, 10)
    evening, morning = life.forecast(day_of(9)), life.forecast(day_of(10))
    assert (evening.plan_days, morning.plan_days) == (11, 11) and "9 of the last 9 days" in morning.says


def test_a_date_that_is_past_or_today_says_so() -> None:
    life = lived(KEEPER, 3, 10, 10)
    for on, says in ((day_of(10), "The interview is today."), (day_of(4), "The day of the interview has passed.")):
        found = life.forecast(day_of(10), Agenda(BEGUN, (), None, frozenset(IDS)), on)
        assert (found.low, found.high, found.plan_days, found.says) == (None, None, None, says)


@pytest.mark.parametrize("jump", [-400, -30, -3, 3, 30, 400])
def test_a_clock_that_jumps_makes_no_nonsense(jump: int) -> None:
    """Backwards: answers and the plan's beginning lie in the future. Forwards: nothing was practised for long."""
    life, today = lived(KEEPER, 3, 21, 10), day_of(9 + jump)
    later = today + timedelta(days=11)
    days = tuple(Ahead(today + timedelta(days=n), IDS[n : n + 1]) for n in range(11))
    found = life.forecast(today, Agenda(life.choice.begun_on, days, None, frozenset(IDS)), later)
    assert found.low is not None and found.high is not None and 0 <= found.low <= found.high <= 1 and found.now == round(life.held, 4)
    if abs(jump) >= 30:
        assert found.low == found.now and "not known yet, with practice on 0 of" in found.says


def test_an_interview_far_away_is_too_far() -> None:
    life = lived(KEEPER, 3, 120, 10)
    assert life.forecast(day_of(9)).says.startswith("Too far away to tell from")
