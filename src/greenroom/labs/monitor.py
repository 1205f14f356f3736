"""The lab *monitor*: a service watched day by day. Do its inputs drift (PSI, Kolmogorov and Smirnov), how long do people wait (p50, p95),
and how often does the alarm ring although nothing happened?

The stream is simulated and says so: lengths of messages and times of answers are drawn with a seed, a change is put in on a known day, and
so the alarms can be counted as true or false. What is reckoned from the stream is what one reckons from a real one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.lab import Bench, Card, Example, Expect, Finding, Mark, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.parameter import choice, number, whole
from greenroom.labs.shares import COLUMNS, Share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

BINS, BEFORE, QUIET, FEW = 10, 2000, 20, 20
"""Classes of PSI; messages that the days are held against; watches between two words of progress; fewest messages a day."""
RULES = {"psi": "PSI above the limit", "ks": "Kolmogorov-Smirnov, p below the limit", "mean": "mean length off by 3 standard errors"}
TINY = 0.5
"""Added to each class, so that none is empty."""

CARD = Card(
    name="monitor",
    title="Watched after release",
    topics=("robustness",),
    about="A simulated service. Each day so many messages come in, of which the length is looked at, and answers go out, of which the time "
    "is. On one day the messages change: they become longer, by so much. Each day is held against the weeks before release by PSI (ten "
    "classes) and by the largest distance of the two distributions (Kolmogorov-Smirnov). The same watch is run many times without any "
    "change: how often it rings then is its rate of false alarms.",
    parameters=(
        whole("days", "Days", 60, (20, 120), group="The stream"),
        whole("messages", "Messages a day", 200, (FEW, 2000), group="The stream"),
        whole("change", "The change comes on day", 30, (5, 115), group="The stream"),
        number("longer", "By then messages are longer by", 25, (0, 200), "0: nothing changes.", group="The stream", unit="%"),
        number("slow", "Slow answers", 4, (0, 30), "So many take ten times as long. From the day of the change on, if there is one, "
        "twice as many.", group="The stream", unit="%"),
        choice("rule", "Alarm by", RULES, group="The alarm"),
        number("psi", "Limit of PSI", 0.1, (0.001, 2), "0.1 and 0.25 are customs of credit scoring and no theorem.", group="The alarm"),
        number("p", "Limit of p", 0.01, (0.000001, 0.2), group="The alarm"),
        whole("row", "Days in a row before it rings", 2, (1, 5), group="The alarm"),
        whole("quiet", "Watches without a change", 60, (20, 500), "To count false alarms.", group="How much"),
        whole("seed", "Seed", 0, (0, 2**31 - 1), group="How much"),
    ),
    expects=(
        Expect(
            id="seen",
            see="The change is seen within a few days: by the distribution of what comes in, and without anybody having graded an answer.",
            falsified_by="No alarm within ten days of the change, or one before it.",
            settles=("robustness/monitoring", "robustness/test-once"),
        ),
        Expect(
            id="false",
            see="The limit alone does not say how often the alarm is false. With a quarter of the messages a day chance alone goes beyond "
            "the same limit of PSI on ten times as many days or more: without any change about 9 · (1/messages + 1/2000) is expected.",
            falsified_by="With a quarter of the messages fewer than ten times as many days are beyond it. It is not told with fewer than "
            f"{4 * FEW} messages a day, where more than one day in ten is beyond it already, or where none is in either.",
            settles=("robustness/monitoring",),
        ),
        Expect(
            id="many",
            see="A test that errs on one day in a hundred does so often enough in sixty days: many of the watches without any change ring "
            "at least once. Waiting for a second day in a row ends most of it, and costs a day.",
            falsified_by="With one day enough, fewer than a quarter of the watches ring; or with two in a row half as many of them or "
            "more.",
            settles=("robustness/monitoring",),
        ),
        Expect(
            id="tail",
            see="The median hides the slow answers: when twice as many are slow, p50 hardly moves and p95 goes up several times.",
            falsified_by="p95 rises by less than twice what p50 rises by.",
            settles=("robustness/monitoring", "hci/latency"),
        ),
    ),
    examples=(
        Example(title="Nothing changes", set={"longer": 0}),
        Example(title="Fifty messages a day", set={"messages": 50}),
        Example(title="By p, one day is enough", set={"rule": "ks", "row": 1}),
    ),
    sources=(
        Source(title="Rabanser et al. 2019, Failing Loudly: detecting dataset shift", url="https://arxiv.org/abs/1810.11953"),
        Source(title="Yurdakul 2018, Statistical Properties of Population Stability Index", url="https://scholarworks.wmich.edu/dissertations/3208"),
        Source(title="Dean and Barroso 2013, The Tail at Scale", url="https://doi.org/10.1145/2408776.2408794"),
    ),
    seconds=120,
    megabytes=1024,
)  # fmt: skip


class Day(NamedTuple):
    """``psi`` and ``p`` of its messages against those before release; ``shift``: of their mean, in standard errors; seconds of answers."""

    psi: float
    p: float
    shift: float
    p50: float
    p95: float


# --- What is reckoned ---


def psi(before: Numbers, now: Numbers, bins: int = BINS) -> float:
    """Population stability index: Σ (a - b) · ln(a / b) over classes that hold equally many of ``before``. Half a case is added to each."""
    import numpy as np

    edges = np.quantile(before, np.linspace(0, 1, bins + 1)[1:-1])
    b, a = (np.bincount(np.searchsorted(edges, some, side="right"), minlength=bins) + TINY for some in (before, now))
    a, b = a / a.sum(), b / b.sum()
    return float(((a - b) * np.log(a / b)).sum())


def distance(before: Numbers, now: Numbers) -> float:
    """Kolmogorov and Smirnov: the largest distance of the two distribution functions. ``before`` is sorted."""
    import numpy as np

    every = np.sort(np.concatenate([before, now]))
    of = [np.searchsorted(np.sort(some), every, side="right") / len(some) for some in (before, now)]
    return float(np.abs(of[0] - of[1]).max())


def p_of(distance: float, n: int, m: int) -> float:
    """How often two samples of one distribution are so far apart or further: Kolmogorov's series for large samples."""
    root = math.sqrt(n * m / (n + m))
    x = (root + 0.12 + 0.11 / root) * distance  # Stephens 1970: good for samples that are not large, too
    if x < 0.2:
        return 1.0
    return min(1.0, max(0.0, 2 * math.fsum((-1) ** (k - 1) * math.exp(-2 * k * k * x * x) for k in range(1, 101))))


def watched(values: Values, seed: str, *, longer: float) -> list[Day]:
    """The days of one watch. ``longer``: by what share messages are longer from the day of the change on; 0: nothing changes, the share
    of slow answers neither."""
    import numpy as np

    dice = np.random.default_rng([int.from_bytes(seed.encode(), "big") % 2**63, values.whole("seed")])
    n, slow = values.whole("messages"), values.number("slow") / 100
    before = np.sort(dice.lognormal(3, 0.8, BEFORE))
    found = []
    for day in range(1, values.whole("days") + 1):
        later = longer > 0 and day >= values.whole("change")
        lengths = dice.lognormal(3, 0.8, n) * (1 + longer * later)
        seconds = dice.lognormal(0, 0.4, n) * np.where(dice.random(n) < slow * (1 + later), 10, 1)
        error = math.sqrt(float(before.var()) * (1 / n + 1 / BEFORE))
        found.append(
            Day(
                psi(before, lengths), p_of(distance(before, lengths), BEFORE, n), float(lengths.mean() - before.mean()) / error,
                float(np.quantile(seconds, 0.5)), float(np.quantile(seconds, 0.95)),
            )
        )  # fmt: skip
    return found


def rings(values: Values, days: Sequence[Day], rule: str) -> list[bool]:
    """For each day: whether the alarm rings, that is whether it and those before it, so many in a row, are beyond the limit."""
    limits = {
        "psi": lambda day: day.psi > values.number("psi"),
        "ks": lambda day: day.p < values.number("p"),
        "mean": lambda day: abs(day.shift) > 3,
    }
    row = values.whole("row")
    beyond = [limits[rule](day) for day in days]
    return [n + 1 >= row and all(beyond[n + 1 - row : n + 1]) for n in range(len(days))]


class Monitor:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        days = watched(values, "watch", longer=values.number("longer") / 100)
        yield drift_part(values, days)
        yield wait_part(values, days)
        yield days_part(values, days)
        quiet, few = list[list[Day]](), list[list[Day]]()
        less = Values(values | {"messages": max(FEW, values.whole("messages") // 4)})
        for n in range(values.whole("quiet")):
            if n % QUIET == 0:
                yield Progress(says=f"Watch {n + 1} without a change", share=n / values.whole("quiet"))
            quiet.append(watched(values, f"quiet {n}", longer=0))
            if n * 4 < values.whole("quiet"):
                few.append(watched(less, f"few {n}", longer=0))
        yield alarms_part(values, quiet)
        yield from findings(values, days, quiet, few)


# --- What is shown ---


def _labels(days: Sequence[Day]) -> tuple[str, ...]:
    return tuple(str(n) for n in range(1, len(days) + 1))


def changes(values: Values, days: Sequence[Day]) -> bool:
    """Whether there is a change within these days."""
    return values.number("longer") > 0 and values.whole("change") <= len(days)


def drift_part(values: Values, days: Sequence[Day]) -> Picture:
    rule = values.text("rule")
    rung = [n for n, ring in enumerate(rings(values, days, rule), 1) if ring]
    comes = f"The change comes on day {values.whole('change')}." if changes(values, days) else "There is no change within these days."
    return Picture(
        name="drift", title="How far each day is from the weeks before release", chart="lines", label="Day", unit="", labels=_labels(days),
        series=(
            Series(title="PSI", values=tuple(day.psi for day in days)),
            Series(title="Mean length, standard errors / 10", values=tuple(abs(day.shift) / 10 for day in days)),
        ),
        marks=(Mark(title="limit of PSI", value=values.number("psi")),),
        says=f"{comes} The alarm rings on {len(rung)} days, first on day {rung[0]}." if rung else f"{comes} The alarm never rings.",
    )  # fmt: skip


def wait_part(values: Values, days: Sequence[Day]) -> Picture:
    low, high, low95, high95 = _waits(values, days)
    says = (
        f"Mean over the days before the change and from it on: p50 {low:.2f} and {high:.2f} s, p95 {low95:.2f} and {high95:.2f} s."
        if changes(values, days)
        else f"There is no change within these days. Mean over all of them: p50 {low:.2f} s, p95 {low95:.2f} s."
    )
    return Picture(
        name="wait", title="How long people wait", chart="lines", label="Day", unit="s", labels=_labels(days),
        series=(
            Series(title="p50: half wait less", values=tuple(day.p50 for day in days)),
            Series(title="p95: one in twenty waits longer", values=tuple(day.p95 for day in days)),
        ),
        says=says,
    )  # fmt: skip


def _waits(values: Values, days: Sequence[Day]) -> tuple[float, float, float, float]:
    """Of p50 and of p95: the mean before the change and from it on; without a change twice that over all days."""
    at = values.whole("change") - 1
    spans = (days[:at], days[at:]) if changes(values, days) else (days, days)
    means = [[math.fsum(getattr(day, name) for day in some) / len(some) for some in spans] for name in ("p50", "p95")]
    return means[0][0], means[0][1], means[1][0], means[1][1]


def days_part(values: Values, days: Sequence[Day]) -> Table:
    rung = rings(values, days, values.text("rule"))
    rows = tuple((str(n), *day, "rings" if ring else None) for n, (day, ring) in enumerate(zip(days, rung, strict=True), 1))
    columns = ("Day", "PSI", "p of the distance", "Mean, standard errors", "p50, s", "p95, s", "Alarm")
    return Table(name="days", title="Day by day", columns=columns, rows=rows)


def alarms(values: Values, watches: Sequence[Sequence[Day]], rule: str) -> tuple[Share, Share]:
    """Of watches without a change: days on which it rings, and watches in which it rings at all."""
    rung = [rings(values, days, rule) for days in watches]
    return Share(sum(map(sum, rung)), sum(map(len, rung))), Share(sum(map(any, rung)), len(rung))


def alarms_part(values: Values, quiet: Sequence[Sequence[Day]]) -> Table:
    rows = []
    for rule, title in RULES.items():
        days, watches = alarms(values, quiet, rule)
        rows.append((title, *days.cells[:3], *watches.cells[2:]))
    columns = ("Alarm by", "False alarms", "Days", "% of days", "% of watches with at least one", *COLUMNS[3:])
    note = (
        f"{len(quiet)} watches of {len(quiet[0])} days in which nothing changes: each alarm is false. It rings after "
        f"{'one day' if values.whole('row') == 1 else str(values.whole('row')) + ' days in a row'}. The interval (Wilson's) is that of "
        "the watches: the days of one are held against the same sample, so they are no independent cases."
    )
    return Table(name="alarms", title="False alarms", columns=columns, rows=tuple(rows), note=note)


# --- What is found ---


def findings(values: Values, days: Sequence[Day], quiet: Sequence[Sequence[Day]], few: Sequence[Sequence[Day]]) -> Iterator[Finding]:
    rule, at = values.text("rule"), values.whole("change")
    yield _seen(rings(values, days, rule), at, changed=values.number("longer") > 0)
    once = Values(values | {"row": 1})
    (rare, _), (often, _) = alarms(once, quiet, "psi"), alarms(once, few, "psi")
    n, m = values.whole("messages"), max(FEW, values.whole("messages") // 4)
    mean = [math.fsum(day.psi for some in watches for day in some) / sum(map(len, watches)) for watches in (quiet, few)]
    told = f"By PSI: {rare.value:.2%} of days false with {n} messages (mean PSI {mean[0]:.3f}), {often.value:.2%} with {m} ({mean[1]:.3f})."
    told_of = n >= 4 * FEW and 10 * rare.cases <= rare.of and rare.cases + often.cases > 0  # or it cannot be ten times as many
    more = (often.value or 0) >= 10 * (rare.value or 0)
    yield Finding(id="false", held=more if told_of else None, found=told if told_of else f"{told} So it cannot be told.")
    (per_day, one), (_, two) = (alarms(Values(values | {"row": row}), quiet, "ks") for row in (1, 2))
    told = (
        f"By p below {values.number('p'):g}: {per_day.value:.2%} of days, and {one} of watches at least once; for two days in a row {two}."
    )
    yield Finding(id="many", held=4 * one.cases >= one.of and 2 * two.cases < one.cases, found=told)
    yield _tail(values, days)


def _seen(rung: Sequence[bool], at: int, *, changed: bool) -> Finding:
    first = next((n for n, ring in enumerate(rung, 1) if ring), None)
    if not changed or at > len(rung):
        return Finding(id="seen", held=None, found=f"Nothing changes within these days; it rings on {sum(rung)} of them.")
    after = next((n for n, ring in enumerate(rung, 1) if ring and n >= at), None)
    early = sum(rung[: at - 1])
    first_day = "none" if after is None else f"day {after}, {after - at} {'day' if after - at == 1 else 'days'} later"
    told = f"First alarm from the change on: {first_day}; false ones before it: {early}."
    return Finding(id="seen", held=after is not None and after - at <= 10 and first == after, found=told)


def _tail(values: Values, days: Sequence[Day]) -> Finding:
    if not changes(values, days) or values.number("slow") == 0:
        return Finding(id="tail", held=None, found="There are no slow answers, or no change, within these days.")
    low, high, low95, high95 = _waits(values, days)
    told = (
        f"p50 from {low:.2f} to {high:.2f} s ({high / low - 1:+.0%}), p95 from {low95:.2f} to {high95:.2f} s ({high95 / low95 - 1:+.0%})."
    )
    return Finding(id="tail", held=high95 / low95 - 1 > 2 * max(0.0, high / low - 1) and high95 > low95, found=told)
