"""The course of what is held, the days of practice, and a forecast that is right as often as it says."""

from __future__ import annotations

import math
import random
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_review_progress import BANK, START, Diary, judged

from greenroom.assess.assessment import Verdict
from greenroom.review import forecast
from greenroom.review.course import Level, make_course, make_practice, make_ratings, thinned
from greenroom.review.forecast import make_forecast, pace
from greenroom.review.past import Entry, Past
from greenroom.review.seen import Asked, SeenAnswer, SeenJudgement, SeenPoint

HIT, PART, MISSED, WRONG = Verdict.HIT, Verdict.PARTIAL, Verdict.MISSED, Verdict.WRONG
DAY = date(2026, 3, 2)


def on(n: int) -> date:
    return DAY + timedelta(days=n)


def lived(*answers: tuple[int, dict[str, Verdict]]) -> tuple[Level, ...]:
    """A level a day of answers, each with the day and the points it made; the whole bank is in scope."""
    entries: list[Entry] = []
    for n, (day, verdicts) in enumerate(answers):
        at, points = START + timedelta(days=day, minutes=n), tuple(SeenPoint(*each) for each in verdicts.items())
        entries.append((SeenAnswer(f"a{n}", "gone", "t1", "hci", None, "?", at, SeenJudgement(50.0, points)), Asked()))
    return make_course(BANK, Past(BANK, START.tzinfo).reach(entries, 1).standings)


def test_what_is_held_counts_against_the_whole_bank() -> None:
    course = lived((0, {"hci/a": HIT}), (0, {"hci/b": PART}), (2, {"hci/a": WRONG}), (2, {"ethics/c": HIT, "gone/a": HIT}))
    assert [(level.on, level.held, level.seen) for level in course] == [
        (on(0), round((3 + 1) / 18, 4), round(5 / 18, 4)),
        (on(2), round((0 + 1 + 1) / 18, 4), round(6 / 18, 4)),  # a point that went wrong is held no more
    ]
    assert course[-1].topics == {"hci": round(1 / 12, 4), "ethics": round(1 / 6, 4)}


def test_asking_the_same_again_wins_nothing() -> None:
    course = lived(*((n, {"hci/a": HIT}) for n in range(9)))
    assert {level.held for level in course} == {round(3 / 18, 4)}


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1)), max_size=60), st.integers(0, 40))
def test_the_forecast_needs_the_first_day_and_the_last_ones_only(steps: list[tuple[int, float]], ahead: int) -> None:
    """Days between may be left out: nothing of them is looked at."""
    days = [sum(gap for gap, _ in steps[: n + 1]) + n for n in range(len(steps))]
    levels = [Level(on=on(day), held=held, seen=1.0, topics={}) for day, (_, held) in zip(days, steps, strict=True)]
    today = on((days or [0])[-1] + ahead % 20)
    whole = make_forecast(levels, None, today, today + timedelta(days=ahead))
    assert make_forecast(pace(levels), None, today, today + timedelta(days=ahead)) == whole


def test_many_days_are_thinned_evenly() -> None:
    levels = [Level(on=on(n), held=0.1, seen=0.1, topics={}) for n in range(200)]
    kept = thinned(levels, 60)
    assert (len(kept), kept[0].on, kept[-1].on) == (60, on(0), on(199)) and thinned(levels[:9], 60) == tuple(levels[:9])


def test_ratings_are_summed_up_by_what_one_said() -> None:
    rows = make_ratings([(4, 40.0), (4, 60.0), (4, 50.0), (4, 90.0), (1, 10.0)])
    assert [(row.rating, row.count, row.mean, row.low, row.high) for row in rows] == [
        (1, 1, 10.0, 10.0, 10.0), (2, 0, None, None, None), (3, 0, None, None, None), (4, 4, 60.0, 50.0, 60.0), (5, 0, None, None, None),
    ]  # fmt: skip


def test_days_in_a_row() -> None:
    found = make_practice([on(0), on(1), on(2), on(5), on(6)], on(6))
    assert (found.run, found.longest, found.week, found.last_on) == (2, 3, 5, on(6))
    assert found.says == "Practised today: 5 of the last 7 days, 2 in a row."
    assert make_practice([on(5), on(6)], on(7)).run == 2, "today is not over yet"
    assert make_practice([on(5), on(6)], on(8)).run == 0


GUILT = re.compile(r"lost|broke|broken|miss|fail|only|forgot|should|late|behind|shame|streak|don't|!", re.IGNORECASE)


@given(st.sets(st.integers(0, 90)), st.integers(0, 90))
def test_a_pause_is_never_held_against_anybody(days: set[int], today: int) -> None:
    found = make_practice(sorted(on(n) for n in days if n <= today), on(today))
    assert not GUILT.search(found.says) and len(found.lately) == 28
    assert GUILT.search("You broke your streak!"), "control"


def learner(pace: float, noise: float, days: int, dice: random.Random) -> list[Level]:
    """Somebody whose gap closes by an uneven share a day."""
    height, levels = 0.0, []
    for n in range(days):
        height = max(0.0, height + dice.gauss(pace, noise))
        levels.append(Level(on=on(n), held=1 - math.exp(-height), seen=1.0, topics={}))
    return levels


def covered(spread: float, monkeypatch: pytest.MonkeyPatch) -> float:
    """How often simulated learners end within their range."""
    monkeypatch.setattr(forecast, "SPREAD", spread)
    dice, hits, tries = random.Random(7), 0, 400
    for _ in range(tries):
        course, ahead = learner(dice.uniform(0.01, 0.08), dice.uniform(0.01, 0.06), 24, dice), 10
        known = course[:14]
        found = make_forecast(known, None, known[-1].on, known[-1].on + timedelta(days=ahead))
        assert found.low is not None and found.high is not None
        hits += found.low - 0.0005 <= course[13 + ahead].held <= found.high + 0.0005
    return hits / tries


def test_eight_of_ten_learners_end_within_their_range(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0.76 <= covered(forecast.SPREAD, monkeypatch) <= 0.92
    assert covered(0.3, monkeypatch) < 0.5, "control: a narrower range is wrong more often"


def course_of(*held: float) -> list[Level]:
    return [Level(on=on(n), held=share, seen=share, topics={}) for n, share in enumerate(held)]


def test_too_little_is_called_too_little() -> None:
    date_of = on(20)
    for course in ([], course_of(0.1), course_of(0.1, 0.2, 0.3, 0.4)):
        found = make_forecast(course, 0.1, course[-1].on if course else on(0), date_of)
        assert found.low is None and found.says.startswith("Too little to tell")
    twice = [Level(on=on(0), held=0.1, seen=0.1, topics={}), Level(on=on(9), held=0.2, seen=0.2, topics={})]
    assert make_forecast(twice, 0.1, on(9), date_of).low is None, "two days of practice say nothing about a pace"
    far = make_forecast(course_of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6), 0.1, on(5), on(90))
    assert far.low is None and far.says.startswith("Too far away")
    assert make_forecast(course_of(0.1), 0.1, on(3), None).says.startswith("No interview date")
    assert make_forecast(course_of(0.1), 0.1, on(3), on(3)).says == "The interview is today."
    assert make_forecast(course_of(0.1), 0.1, on(3), on(1)).says == "The day of the interview has passed."


def test_a_forecast_says_its_range_and_what_rests() -> None:
    found = make_forecast(course_of(0.1, 0.2, 0.25, 0.35, 0.4, 0.5), 0.42, on(5), on(12))
    assert found.low is not None and found.high is not None and 0 < found.low < found.high < 1
    assert "on 14 March" in found.says and "about 42 % would still be there" in found.says and "today it is 50 %" in found.says


def test_without_practice_less_is_left_from_day_to_day() -> None:
    diary = Diary()
    diary.rehearse(START, "hci", (judged("hit hit partial"), 3))
    rests = [forecast.what_rests(BANK, diary.cards, (START + timedelta(days=days)).date()) or 0.0 for days in (3, 10, 100)]
    whole = (3 + 2 + 0.5) / 18
    assert whole - 0.001 > rests[0] > rests[1] > rests[2] > 0
    assert forecast.what_rests(BANK, diary.cards, None) is None


def test_progress_holds_them_all() -> None:
    diary = Diary()
    diary.rehearse(START, "hci", (judged("hit missed partial"), 3))
    found = diary.progress(datetime(2026, 3, 2, 20, tzinfo=UTC))
    c = found.coverage
    assert (c.held, c.partly, c.open, c.unseen, c.total, c.questions, c.of_questions) == (1, 1, 1, 6, 9, 1, 3)
    assert found.practice.says == "Practised today: 1 of the last 7 days."
    assert [level.held for level in found.course] == [round(3.5 / 12, 4)], "the main questions and what was asked"
    assert found.topics[0].points[0].lately == (HIT,)


def test_an_answer_in_a_minute_moves_no_score_and_forgets_nothing() -> None:
    diary = Diary()
    diary.rehearse(START, "hci", (judged("hit hit hit", 80.0), 3), (judged("hit missed missed", 40.0), 3))
    plainly = diary.progress()
    turns = diary.sessions[0].turns
    said = (turns[0], turns[1].model_copy(update={"way": "minute"}))
    diary.sessions[0] = diary.sessions[0].model_copy(update={"turns": said})
    found = diary.progress()
    assert [past.overall for past in found.history] == [80.0] and found.topics[0].points[1].verdict is HIT
    assert [past.overall for past in plainly.history] == [80.0, 40.0] and plainly.topics[0].points[1].verdict is MISSED, "control"
