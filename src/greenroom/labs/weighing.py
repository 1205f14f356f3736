"""How the checks of the lab *second-opinion* do, shown and found: what each lets through of the model's answers and of planted ones, and
whether two of them miss the same.

Six questions are about one passage, so their answers are no six independent cases. Whether a difference can be chance is therefore counted
by passage: each passage's part of the difference could as well have had the other sign, and all ways to choose the signs are counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from greenroom.labs.lab import Cell, Finding, Picture, Series, Table
from greenroom.labs.opinions import CHECKS, OTHER, RULE, SELF, Checked, Set
from greenroom.labs.shares import COLUMNS, Share
from greenroom.labs.shown import cell

SURE = 0.05
ALL = "All three"
TOO_FEW = "Too few passages to tell: whatever came out, chance could do it."


class Both(NamedTuple):
    """Of ``of`` wrong answers: passed by one check, by the other, by both. ``parts``: of each passage, by how many more pass both than
    the product says; they add up to all of them less ``product``."""

    one: int
    other: int
    both: int
    of: int
    parts: tuple[float, ...]

    @property
    def product(self) -> float:
        """How many would pass both if the two missed independently of each other."""
        return self.one * self.other / self.of if self.of else 0.0

    @property
    def p(self) -> float:
        """How probable it is that so many more pass both, or still more, if the two had nothing to do with each other, by passage."""
        return flipped(self.parts)

    def __str__(self) -> str:
        return f"{self.both} of {self.of} pass both, {self.product:.1f} would if they missed independently (p = {self.p:.2g}, by passage)"


def flipped(parts: Sequence[float]) -> float:
    """How probable a sum as large as that of the parts, or larger, is if each of them could as well have the other sign: all ways are
    counted, two to the number of parts."""
    sums = [0.0]
    for part in parts:
        sums = [each + way for each in sums for way in (part, -part)]
    return sum(each >= math.fsum(parts) - 1e-9 for each in sums) / len(sums)


def least(parts: Sequence[float]) -> float:
    """The smallest that ``flipped`` can be with so many parts: all of them on one side."""
    return 0.5 ** len(parts)


def by_passage(some: Sequence[Checked], parts: Sequence[float]) -> tuple[float, ...]:
    """The parts of answers on one passage taken together."""
    found = dict[str, float]()
    for each, part in zip(some, parts, strict=True):
        found[each.item.passage] = found.get(each.item.passage, 0.0) + part
    return tuple(found.values())


LEAST_STOPPED = 5
"""Wrong answers that the rule has to stop for its price to be told."""


def through(some: Sequence[Checked], *checks: str) -> Share:
    return Share(sum(each.passes(*checks) for each in some), len(some))


def both(some: Sequence[Checked], one: str, other: str) -> Both:
    first, second = through(some, one), through(some, other)
    parts = [(each.passes(one) - (first.value or 0)) * (each.passes(other) - (second.value or 0)) for each in some]
    return Both(first.cases, second.cases, through(some, one, other).cases, len(some), by_passage(some, parts))


def gates() -> Mapping[str, tuple[str, ...]]:
    return {each: (each,) for each in CHECKS} | {ALL: CHECKS}


# --- What is shown ---


def passes_part(found: Set) -> Picture:
    kinds = {"Right answers": found.right, "Wrong answers": found.wrong}
    shares = {title: [through(some, *checks) for checks in gates().values()] for title, some in kinds.items()}
    told = zip(gates(), *shares.values(), strict=True)
    return Picture(
        name="passes", title="What each check lets through of the model's answers", chart="bars", label="Check", unit="%",
        labels=tuple(gates()),
        series=tuple(Series(title=title, values=tuple(each.percent for each in some)) for title, some in shares.items()),
        says="; ".join(f"{name}: {right} of the right ones, {wrong} of the wrong ones" for name, right, wrong in told) + ".",
        note="A check that tells nothing lets through as much of the one as of the other.",
    )  # fmt: skip


def shares_part(found: Set) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, checks in gates().items():
        kinds = (("right", found.right), ("wrong", found.wrong))
        rows += [(f"{name}: {kind} let through", *through(some, *checks).cells) for kind, some in kinds]
    note = (
        "The intervals are Wilson's, and a little too narrow: six answers are about the same passage. “Yes” of the model itself leads by "
        "more than it does on average over its answers: it says no to nearly all of them."
    )
    return Table(name="shares", title="With intervals", columns=("Answers", *COLUMNS), rows=tuple(rows), note=note)


def planted_part(found: Set) -> Picture:
    kinds = {"The true value": found.true, "Another value of the passage": found.swapped, "A value from elsewhere": found.foreign}
    shares = {kind: {name: through(some, name) for name in CHECKS if name != SELF or seen(some)} for kind, some in kinds.items()}
    return Picture(
        name="planted", title="Planted answers: what each check lets through", chart="bars", label="Planted", unit="%", labels=tuple(kinds),
        series=tuple(
            Series(title=name, values=tuple(each[name].percent if name in each else None for each in shares.values())) for name in CHECKS
        ),
        says="; ".join(f"{kind}: " + ", ".join(f"{name.lower()} {n}" for name, n in each.items()) for kind, each in shares.items()) + ".",
        note="One of each for every question. Values from elsewhere were not shown to the model itself, to save time. What the rule does "
        "with these follows from how they were made.",
    )  # fmt: skip


def seen(some: Sequence[Checked]) -> bool:
    """Whether the model itself was asked about them."""
    return all(each.lead is not None for each in some)


def together_part(found: Set) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for title, some, checks in _groups(found):
        for one, other in combinations(checks, 2):
            pair = both(some, one, other)
            rows.append((f"{title}: {one.lower()} and {other.lower()}", pair.of, pair.one, pair.other, pair.both, pair.product, pair.p))
    columns = ("Wrong answers", "Of", "Pass the first", "Pass the second", "Pass both", "If independent", "p")
    note = (
        "p: how probable it is that so many more pass both than the product says, if the two checks had nothing to do with each other; six "
        "answers are about one passage, so it is counted by passage: the passage's part could as well have had the other sign (one-sided). "
        "The planted ones are half of either kind, which is our mixture: the two miss together because both miss one kind. Of the model's "
        "own wrong answers there are few, and a check that is near a coin misses independently of any other."
    )
    return Table(name="together", title="Do two checks miss the same?", columns=columns, rows=tuple(rows), note=note)


def _groups(found: Set) -> Iterator[tuple[str, Sequence[Checked], Sequence[str]]]:
    """Wrong answers, and the checks that saw all of them."""
    yield "The model's", found.wrong, CHECKS
    yield "Planted", (*found.swapped, *found.foreign), (OTHER, RULE)


def answers_part(found: Set) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in found.live:
        item = each.item
        marks = ("✓" if each.passes(name) else "✗" for name in CHECKS)
        rows.append((item.question, item.answer, f"{'✓' if each.right else '✗'} {cell(each.value)}", *marks, each.lead, each.made))
    columns = ("Question", "True value", "The model's answer", *CHECKS, "Lead of yes", "Made by a sentence")
    note = "✓ under a check: it lets the answer through."
    return Table(name="answers", title="Every answer", columns=columns, rows=tuple(rows), note=note)


# --- What is found ---


def findings(found: Set) -> Iterator[Finding]:
    yield _itself(found)
    yield _smaller(found)
    yield _alike(found)
    yield _price(found)
    yield _agree(found)


def _itself(found: Set) -> Finding:
    own, wrote = prefers(found, SELF), Share(len(found.right), len(found.live))
    told = (
        f"It wrote {wrote} of the answers rightly, and put the true value before another one of the passage in {own}. Of its right answers "
        f"it stops {Share(price(found, SELF)[0], wrote.cases)}, of its wrong ones {Share(price(found, SELF)[1], len(found.wrong))}."
    )
    return Finding(id="itself", held=3 * own.cases < 2 * own.of and own.cases * wrote.of <= wrote.cases * own.of, found=told)


def _smaller(found: Set) -> Finding:
    own, other = ([a > b for a, b in zip(*scores(found, each), strict=True)] for each in (SELF, OTHER))
    ahead, behind = (sum(a and not b for a, b in pairs) for pairs in (zip(other, own, strict=True), zip(own, other, strict=True)))
    parts = by_passage(found.true, [a - b for a, b in zip(other, own, strict=True)])
    p = min(1.0, 2 * flipped(parts))
    told = (
        f"The true value before another one of the passage: the other network in {Share(sum(other), len(other))}, the model itself in "
        f"{Share(sum(own), len(own))}. Only the other network {ahead}, only the model itself {behind}; by passage the other network is "
        f"ahead in {sum(part > 0 for part in parts)} of {len(parts)} and behind in {sum(part < 0 for part in parts)}, p = {p:.2g}."
    )
    if 2 * least(parts) >= SURE:
        return Finding(id="smaller", held=None, found=f"{told} {TOO_FEW}")
    return Finding(id="smaller", held=ahead > behind and p < SURE, found=told)


def scores(found: Set, check: str) -> tuple[list[float], list[float]]:
    """What a network's check makes of the true values, and of the other ones of the passage."""
    true, swapped = ([(each.lead or 0.0) if check == SELF else each.made for each in some] for some in (found.true, found.swapped))
    return true, swapped


def prefers(found: Set, check: str) -> Share:
    """Of the questions: for how many the true value is held for better than another one of the passage."""
    true, swapped = scores(found, check)
    return Share(sum(a > b for a, b in zip(true, swapped, strict=True)), len(true))


def _alike(found: Set) -> Finding:
    """Over the planted answers, which both checks saw."""
    swapped, foreign = through(found.swapped, OTHER), through(found.foreign, OTHER)
    pair = both((*found.swapped, *found.foreign), OTHER, RULE)
    told = (
        f"The other network lets through {swapped} of the other values of the passage and {foreign} of those from elsewhere. It and the "
        f"rule, of the planted errors: {pair}. Of the model's own wrong answers: {both(found.wrong, OTHER, RULE)}."
    )
    if least(pair.parts) >= SURE:
        return Finding(id="alike", held=None, found=f"{told} {TOO_FEW}")
    return Finding(id="alike", held=pair.both > pair.product and pair.p < SURE, found=told)


def price(found: Set, check: str) -> tuple[int, int]:
    """Right and wrong answers of the model that a check stops."""
    right, wrong = (sum(not each.passes(check) for each in some) for some in (found.right, found.wrong))
    return right, wrong


def _price(found: Set) -> Finding:
    stops = {name: price(found, name) for name in CHECKS}
    told = "; ".join(f"{name}: {wrong} wrong and {right} right" for name, (right, wrong) in stops.items())
    told = f"Stopped of {len(found.wrong)} wrong and {len(found.right)} right answers: {told}."
    if stops[RULE][1] < LEAST_STOPPED:
        return Finding(id="price", held=None, found=f"{told} The rule stops too few wrong answers here to have a price.")
    each = {name: right / wrong if wrong else math.inf for name, (right, wrong) in stops.items()}
    return Finding(id="price", held=each[RULE] < min(each[SELF], each[OTHER]), found=told)


def _agree(found: Set) -> Finding:
    """Wrong ones among what two checks that are not the model itself agree on, and all three."""
    told, shares = list[str](), list[Share]()
    for title, checks in (("The other network and the rule", (OTHER, RULE)), (ALL, CHECKS)):
        passed = [each for each in found.live if each.passes(*checks)]
        shares.append(Share(sum(not each.right for each in passed), len(passed)))
        told.append(f"{title} agree on {len(passed)} of {len(found.live)} answers; wrong are {shares[-1]}.")
    held = None if not shares[0].of else 20 * shares[0].cases > shares[0].of
    return Finding(id="agree", held=held, found=" ".join(told))
