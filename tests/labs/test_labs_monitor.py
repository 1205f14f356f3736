"""The lab *monitor*: PSI and the Kolmogorov-Smirnov test against hand-reckoned and published numbers and against their own false-alarm
rates; each finding is told otherwise by streams that break its claim. Its defaults: test_labs_shipped.py."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labs_runs import held

from greenroom.labs import monitor
from greenroom.labs.lab import Bench, Result, Values, collect
from greenroom.labs.monitor import CARD, Day, Monitor
from greenroom.labs.shares import Share


def parts(**given: Any) -> Result:
    values = CARD.read({"quiet": 20, "days": 40} | given)
    return collect(CARD, values, list(Monitor().run(values, Bench(Path(), 1))))


def test_psi_is_reckoned_by_hand() -> None:
    before, now = np.array([0.0] * 50 + [1.0] * 50), np.array([0.0] * 30 + [1.0] * 70)
    a, b = 30.5 / 101, 70.5 / 101
    assert monitor.psi(before, now, bins=2) == pytest.approx((a - 0.5) * math.log(a / 0.5) + (b - 0.5) * math.log(b / 0.5))
    assert monitor.psi(before, before, bins=2) == 0


def test_psi_without_a_change_is_as_large_as_theory_says() -> None:
    """About (classes - 1) · (1/n + 1/m)."""
    dice = np.random.default_rng(1)
    for n in (100, 400):
        mean = np.mean([monitor.psi(dice.normal(size=2000), dice.normal(size=n)) for _ in range(200)])
        assert mean == pytest.approx(9 * (1 / n + 1 / 2000), rel=0.12)


def test_the_largest_distance_and_its_p() -> None:
    assert monitor.distance(np.array([1.0, 2.0, 3.0]), np.array([2.5, 3.5, 4.5])) == pytest.approx(2 / 3)
    assert monitor.distance(np.arange(5.0), np.arange(5.0)) == 0
    assert monitor.p_of(0, 100, 100) == 1
    n = 10**8  # for large samples: the published quantiles of Kolmogorov's distribution, 1.358 at 5 %, 1.628 at 1 %
    for quantile, p in ((1.3581, 0.05), (1.6276, 0.01)):
        assert monitor.p_of(quantile / math.sqrt(n / 2), n, n) == pytest.approx(p, abs=2e-4)


def test_p_is_below_its_limit_as_often_as_it_says() -> None:
    dice, runs = np.random.default_rng(2), 800
    below = sum(monitor.p_of(monitor.distance(np.sort(dice.normal(size=500)), dice.normal(size=80)), 500, 80) < 0.05 for _ in range(runs))
    assert 0.025 < below / runs < 0.075
    moved = sum(
        monitor.p_of(monitor.distance(np.sort(dice.normal(size=500)), dice.normal(0.5, size=80)), 500, 80) < 0.05 for _ in range(100)
    )
    assert moved > 80, "control: a shift is found"


def test_the_alarm_waits_for_so_many_days_in_a_row() -> None:
    days = [Day(psi, 1, 0, 1, 1) for psi in (0.3, 0, 0.3, 0.3, 0.3)]
    assert monitor.rings(CARD.read({"row": 1}), days, "psi") == [True, False, True, True, True]
    assert monitor.rings(CARD.read({"row": 3}), days, "psi") == [False, False, False, False, True]
    assert monitor.rings(CARD.read({"row": 1}), [Day(0, 0.001, -4, 1, 1), Day(0, 0.5, 0, 1, 1)], "ks") == [True, False]
    assert monitor.rings(CARD.read({"row": 1}), [Day(0, 1, -4, 1, 1), Day(0, 1, 2.9, 1, 1)], "mean") == [True, False]


def test_another_seed_is_another_stream_and_the_same_the_same() -> None:
    one = monitor.watched(CARD.read({"days": 20}), "watch", longer=0)
    assert one == monitor.watched(CARD.read({"days": 20}), "watch", longer=0)
    assert one != monitor.watched(CARD.read({"days": 20, "seed": 1}), "watch", longer=0)
    assert one != monitor.watched(CARD.read({"days": 20}), "quiet 1", longer=0)


# --- Each claim can be told otherwise ---


def test_no_change_and_one_too_small_are_told() -> None:
    assert held(parts(longer=0))["seen"] is None
    assert held(parts(longer=1))["seen"] is False


@pytest.mark.parametrize("given", [{"longer": 0}, {"days": 20, "change": 30}])
def test_without_a_change_nothing_changes_and_none_is_told_of(given: dict[str, int]) -> None:
    found = parts(**given)
    days = monitor.watched(CARD.read({"slow": 30, "messages": 2000} | given), "watch", longer=given.get("longer", 25) / 100)
    assert max(day.p95 for day in days) < 1.5 * min(day.p95 for day in days), "no more slow answers either"
    for name in ("drift", "wait"):
        assert next(part for part in found.parts if part.name == name).says.startswith("There is no change within")  # type: ignore[union-attr]
    assert held(found)["seen"] is held(found)["tail"] is None


def test_the_interval_of_the_false_alarms_is_that_of_the_watches() -> None:
    """Two watches of forty days, one of which rings every day: one case of two and not forty of eighty."""
    quiet = [[Day(0.01, 0.5, 0, 1, 1)] * 40, [Day(0.3, 0.001, 5, 1, 1)] * 40]
    table = monitor.alarms_part(CARD.read({"row": 1}), quiet)
    share = Share(1, 2)
    assert table.rows[0][1:] == (40, 80, 50.0, 50.0, 100 * share.low, 100 * share.high)
    assert table.columns[4:] == ("% of watches with at least one", "95% from", "to")


def test_where_nothing_is_slow_the_tail_is_not_told_of() -> None:
    assert held(parts(slow=0))["tail"] is None


DAYS = [Day(0, 1, 0, 1.0, 2.0)] * 20 + [Day(0.5, 0, 9, 1.5, 2.4)] * 20


def told(days: list[Day], quiet: list[list[Day]], few: list[list[Day]], **given: Any) -> dict[str, bool | None]:
    values: Values = CARD.read({"days": 40, "change": 21} | given)
    return {each.id: each.held for each in monitor.findings(values, days, quiet, few)}


def test_streams_that_break_a_claim_are_told() -> None:
    calm, wild = [[Day(0.01, 0.5, 0, 1, 1)] * 40] * 20, [[Day(0.3, 0.001, 5, 1, 1)] * 40] * 20
    rare = [*calm[:19], wild[0]]
    found = told(DAYS, rare, rare)
    assert found == {"seen": True, "false": False, "many": False, "tail": False}, "no more with fewer messages"
    assert told(DAYS, wild, wild)["many"] is False, "two days in a row ring as often"
    assert told(DAYS, calm, wild)["false"] is True
    single = [[day if n == 5 else calm[0][0] for n, day in enumerate(wild[0])]]
    assert told(DAYS, [*single * 10, *calm[:10]], calm)["many"] is True
    assert told(DAYS, [*single * 5, *wild[:5], *calm[:10]], calm)["many"] is False, "half of them ring with two days in a row"
    early = [Day(0.5, 0, 9, 1, 2)] * 40
    assert told(early, calm, calm)["seen"] is False, "it rang before the change"


def test_where_ten_times_as_many_cannot_be_it_is_not_told() -> None:
    calm, wild = [[Day(0.01, 0.5, 0, 1, 1)] * 40] * 20, [[Day(0.3, 0.001, 5, 1, 1)] * 40] * 20
    assert told(DAYS, wild, wild)["false"] is None, "more than one day in ten"
    assert told(DAYS, calm, calm)["false"] is None, "none with either"
    assert told(DAYS, calm, wild, messages=79)["false"] is None, "no quarter of the messages"
    assert told(DAYS, calm, wild, messages=80)["false"] is True
