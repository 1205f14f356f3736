"""The lab *agreement*: twenty items tagged twice. How often two people agree, how much of it chance would give (Cohen's kappa), how sure
that is with twenty items, and why the same people get another kappa where one of the tags is rare.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from greenroom.errors import InputError
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Mark, Part, Picture, Series, Source, Table, Values
from greenroom.labs.parameter import number, text, whole
from greenroom.labs.shares import Share, Z

FILE = "tagged.json"
LEAST, MOST = 5, 60
RARE = 5
"""Percent: the prevalence at which the paradox is shown."""
NOUGHT = 1e-12
"""A variance below it is rounding."""
STEPS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 60, 70, 80, 85, 90, 93, 95, 97, 98, 99)


@cache
def shipped() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    return found


CARD = Card(
    name="agreement",
    title="Tagged twice",
    topics=("ethics", "robustness"),
    about="Twenty messages are tagged r (rude) or n (not rude), twice. Tag them yourself, today and in a week, or with somebody else, and "
    "put both rows of letters in; the shipped rows were written for this lab and are no people's. Cohen's kappa is the agreement beyond "
    "chance: (agreement - expected by chance) / (1 - expected). Then the same two people are reckoned with where one tag is rare.",
    parameters=(
        text("items", "Items of your own, one a line", "", 6000, "Empty: the shipped twenty.", group="The tags", lines=4),
        text("first", "First tags, a letter an item", "nrnrnnnrnrnrnrnrnrnn", MOST * 2, "Two different letters; blanks do not "
        "count.", group="The tags"),
        text("second", "Second tags", "nrnnnrnrnrnnnrnnnrnn", MOST * 2, group="The tags"),
        number("right", "Both are right with", 90, (50, 100), "For the reckoning of the rare tag.", group="The reckoning", unit="%"),
        whole("runs", "Simulated sets of items", 1000, (100, 5000), group="The reckoning"),
        whole("seed", "Seed", 0, (0, 2**31 - 1), group="The reckoning"),
    ),
    expects=(
        Expect(
            id="chance",
            see="Kappa is clearly lower than the agreement: two who tag at random, as often r as these do, agree in many items too.",
            falsified_by="Kappa is within 0.1 of the agreement.",
            settles=("ethics/label-agreement", "llm-judges/agree-with-people"),
        ),
        Expect(
            id="wide",
            see="Twenty items tell little: the 95% interval of kappa is wider than 0.4, from weak to good.",
            falsified_by="It is narrower.",
            settles=("llm-judges/interval",),
        ),
        Expect(
            id="rare",
            see=f"The same two people, the same care: where a tag is on {RARE}% of the items they agree as often as where it is on half of "
            "them, and kappa is less than half of what it was.",
            falsified_by="At equal care the agreement differs by more than a point, or kappa keeps more than half.",
            settles=("llm-judges/high-agreement-enough",),
        ),
        Expect(
            id="always",
            see=f"Who always says n agrees in {100 - RARE}% of the items with the truth where r is on {RARE}% of them, and has a "
            f"kappa of 0.",
            falsified_by="Kappa is not 0.",
            settles=("llm-judges/high-agreement-enough",),
        ),
        Expect(
            id="covers",
            see="The interval keeps its word only roughly with so few items: over simulated sets the true kappa lies in it in about 95 of "
            "100, somewhat less for twenty items.",
            falsified_by="It lies in it in fewer than 85 or more than 99 of 100.",
        ),
    ),
    examples=(
        Example(title="Seldom rude", set={"first": "n" * 18 + "rr", "second": "n" * 17 + "rnr"}),
        Example(title="Both careless", set={"right": 70}),
    ),
    sources=(
        Source(title="Cohen 1960, A Coefficient of Agreement for Nominal Scales", url="https://doi.org/10.1177/001316446002000104"),
        Source(title="Fleiss, Cohen and Everitt 1969, Large sample standard errors of kappa", url="https://doi.org/10.1037/h0028106"),
        Source(title="Feinstein and Cicchetti 1990, High agreement but low kappa", url="https://doi.org/10.1016/0895-4356(90)90158-L"),
        Source(title="Byrt, Bishop and Carlin 1993, Bias, prevalence and kappa", url="https://doi.org/10.1016/0895-4356(93)90018-V"),
    ),
    seconds=60,
    megabytes=512,
)  # fmt: skip


class Four(NamedTuple):
    """Items by both tags: both the first kind, only one of them, only the other, both the second kind. Counts or shares."""

    both: float
    one: float
    other: float
    neither: float

    @property
    def n(self) -> float:
        return math.fsum(self)

    @property
    def agreement(self) -> float:
        return (self.both + self.neither) / self.n

    @property
    def chance(self) -> float:
        """The agreement of two who tag at random, each as often as they did."""
        a, b = (self.both + self.one) / self.n, (self.both + self.other) / self.n
        return a * b + (1 - a) * (1 - b)

    @property
    def kappa(self) -> float | None:
        """None: both used one tag only, and there is nothing to divide by."""
        return (self.agreement - self.chance) / (1 - self.chance) if self.chance < 1 else None


def interval(four: Four) -> tuple[float, float] | None:
    """Of kappa, 95 %: the large-sample standard error of Fleiss, Cohen and Everitt (1969), for two tags. None where kappa has no value, and
    where that error is nought: a table without any disagreement, or with one tag on one side, says nothing of how far chance could go."""
    kappa = four.kappa
    if kappa is None:
        return None
    p = [[four.both / four.n, four.one / four.n], [four.other / four.n, four.neither / four.n]]
    rows, columns = [math.fsum(row) for row in p], [math.fsum(column) for column in zip(*p, strict=True)]
    same = math.fsum(p[i][i] * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2 for i in (0, 1))
    apart = (1 - kappa) ** 2 * math.fsum(p[i][1 - i] * (columns[i] + rows[1 - i]) ** 2 for i in (0, 1))
    variance = (same + apart - (kappa - four.chance * (1 - kappa)) ** 2) / (four.n * (1 - four.chance) ** 2)
    if variance < NOUGHT:
        return None
    half = Z * math.sqrt(variance)
    return max(-1.0, kappa - half), min(1.0, kappa + half)


def expected(prevalence: float, right: float) -> Four:
    """The shares when two people, independent of each other, are each right with ``right`` on items of which ``prevalence`` are r."""
    p, q, wrong = prevalence, 1 - prevalence, 1 - right
    return Four(p * right**2 + q * wrong**2, right * wrong, right * wrong, p * wrong**2 + q * right**2)


class Agreement:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        items, first, second = given(values)
        kinds = kinds_of(first + second)
        four = counted(first, second, kinds)
        right = values.number("right") / 100
        yield counts_part(four, kinds)
        yield items_part(items, first, second)
        yield curve_part(right)
        yield table_part(right)
        inside = coverage(len(items), right, values.whole("runs"), values.whole("seed"))
        yield from findings(four, right, inside, values.whole("runs"))


# --- What is given ---


def given(values: Values) -> tuple[list[str], str, str]:
    """Raises InputError for rows of letters that do not fit the items."""
    items = [line.strip() for line in values.text("items").split("\n") if line.strip()] or list(shipped()["items"])
    first, second = ("".join(values.text(name).split()).casefold() for name in ("first", "second"))
    if not LEAST <= len(items) <= MOST or len(first) != len(items) or len(second) != len(items):
        says = f"There are {len(items)} items, {len(first)} first tags and {len(second)} second ones."
        raise InputError(says, f"Give a letter for each item in both rows, and {LEAST} to {MOST} items.")
    return items, first, second


def kinds_of(letters: str) -> str:
    """The two letters, the rarer first. Raises InputError for more than two."""
    found = sorted(set(letters), key=lambda each: (letters.count(each), each))
    if len(found) > 2:
        raise InputError(f"There are {len(found)} different letters: {', '.join(found[:8])}.", "Use two, such as r and n.")
    return "".join(found).rjust(2, "r" if found[0] != "r" else "x")


def counted(first: str, second: str, kinds: str) -> Four:
    pairs = list(zip(first, second, strict=True))
    one, other = kinds[0], kinds[1]
    return Four(pairs.count((one, one)), pairs.count((one, other)), pairs.count((other, one)), pairs.count((other, other)))


def drawn(four: Four, n: int, dice: random.Random) -> Four:
    """``n`` items drawn at random, each falling into one of the four by its share."""
    found = dice.choices(range(4), weights=four, k=n)
    return Four(*(found.count(k) for k in range(4)))


def coverage(n: int, right: float, runs: int, seed: int) -> Share:
    """In how many of the simulated sets of items the interval holds the true kappa; r is on half of the items. A set for which
    there is none is not counted: kappa has no value in it, or nobody disagreed."""
    dice, true = random.Random(f"agreement {seed}"), expected(0.5, right)  # noqa: S311 - no secret
    found = [interval(drawn(true, n, dice)) for _ in range(runs)]
    some = [each for each in found if each is not None]
    return Share(sum(low <= (true.kappa or 0) <= high for low, high in some), len(some))


# --- What is shown ---


def counts_part(four: Four, kinds: str) -> Table:
    bounds = interval(four) or (None, None)
    one, other = kinds[0], kinds[1]
    share = Share(int(four.both + four.neither), int(four.n))
    rows: tuple[tuple[Cell, ...], ...] = (
        (f"Both say {one}", four.both), (f"First {one}, second {other}", four.one), (f"First {other}, second {one}", four.other),
        (f"Both say {other}", four.neither), ("Agreement, %", share.percent), ("  95% from", 100 * share.low), ("  to", 100 * share.high),
        ("Expected by chance, %", 100 * four.chance), ("Cohen's kappa", four.kappa), ("  95% from ", bounds[0]), ("  to ", bounds[1]),
        ("Kappa if both tags were as frequent (2 × agreement - 1)", 2 * four.agreement - 1),
    )  # fmt: skip
    note = "Interval of kappa: large-sample standard error, which is rough for few items. The last row: PABAK of Byrt, Bishop and Carlin."
    return Table(name="kappa", title="Agreement", columns=("Of the two rows", "Value"), rows=rows, note=note)


def items_part(items: Sequence[str], first: str, second: str) -> Table:
    rows = tuple(
        (str(n), item[:300], a, b, None if a == b else "≠") for n, (item, a, b) in enumerate(zip(items, first, second, strict=True), 1)
    )
    note = "Where they differ, the written rule is missing or unclear: these items are what to talk about."
    return Table(name="items", title="The items", columns=("No.", "Item", "First", "Second", "Differ"), rows=rows, note=note)


def curve_part(right: float) -> Picture:
    fours = [expected(step / 100, right) for step in STEPS]
    low = expected(RARE / 100, right)
    return Picture(
        name="curve", title=f"Two people who are each right in {right:.0%}: agreement and kappa", chart="lines", label="Items that "
        "are r, %", unit="",
        labels=tuple(str(step) for step in STEPS),
        series=(
            Series(title="Agreement", values=tuple(each.agreement for each in fours)),
            Series(title="Expected by chance", values=tuple(each.chance for each in fours)),
            Series(title="Kappa", values=tuple(each.kappa for each in fours)),
        ),
        marks=(Mark(title="no agreement beyond chance", value=0),),
        says=f"At {RARE}% kappa is {low.kappa or 0:.2f}, at half {expected(0.5, right).kappa or 0:.2f}; the agreement is "
        f"{low.agreement:.0%} at both.",
    )  # fmt: skip


def table_part(right: float) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for step in (RARE, 20, 50):
        four, always = expected(step / 100, right), Four(0, 0, step / 100, 1 - step / 100)
        rows.append((f"{step}%", 100 * four.agreement, four.kappa, 100 * always.agreement, always.kappa))
    columns = ("Items that are r", "Two people agree, %", "Their kappa", "Who always says n agrees with the truth, %", "Its kappa")
    return Table(name="rare", title="A rare tag", columns=columns, rows=tuple(rows))


# --- What is found ---


def findings(four: Four, right: float, inside: Share, runs: int) -> Iterator[Finding]:
    kappa, bounds = four.kappa, interval(four)
    if kappa is None:
        for name in ("chance", "wide"):
            yield Finding(id=name, held=None, found="Only one tag was used: kappa has no value.")
    else:
        told = f"They agree in {four.agreement:.0%}, chance would give {four.chance:.0%}: kappa {kappa:.2f}."
        yield Finding(id="chance", held=four.agreement - kappa > 0.1, found=told)
    if kappa is not None and bounds is None:
        told = (
            f"Kappa {kappa:.2f} with {four.n:.0f} items. In such a table the formula finds no error at all, which is no sign of certainty."
        )
        yield Finding(id="wide", held=None, found=told)
    if kappa is not None and bounds is not None:
        told = f"Kappa {kappa:.2f}, 95% from {bounds[0]:.2f} to {bounds[1]:.2f}, with {four.n:.0f} items."
        yield Finding(id="wide", held=bounds[1] - bounds[0] > 0.4, found=told)
    rare, half = expected(RARE / 100, right), expected(0.5, right)
    told = (
        f"At {RARE}% they agree in {rare.agreement:.0%} with kappa {rare.kappa or 0:.2f}, at half in {half.agreement:.0%} with "
        f"{half.kappa or 0:.2f}."
    )
    kept = abs(rare.agreement - half.agreement) < 0.01 and (rare.kappa or 0) < (half.kappa or 0) / 2
    yield Finding(id="rare", held=kept, found=told)
    always = Four(0, 0, RARE / 100, 1 - RARE / 100)
    told = f"Agreement {always.agreement:.0%}, kappa {always.kappa or 0:.2f}."
    yield Finding(id="always", held=always.kappa is not None and abs(always.kappa) < 1e-9, found=told)
    told = f"The true kappa lay in the interval in {inside}."
    if inside.of < runs:
        told += f" {runs - inside.of} more sets give no interval."
    yield Finding(id="covers", held=0.85 <= (inside.value or 0) <= 0.99, found=told)
