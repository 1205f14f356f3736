"""The person at the end of the lab *second-opinion*, reckoned: who reads so many answers with care and says yes to the rest.

An assumption, not an observation: of the wrong answers that are read with care a stated share is noticed, and no right one is refused.
Everything is an expectation over the order of answers that the order leaves open, worked out and not drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from greenroom.labs.lab import Cell, Finding, Picture, Series, Table
from greenroom.labs.opinions import GATES, Checked
from greenroom.labs.shown import cell

ORDERS = ("As they come", "Doubtful ones first")


class Person(NamedTuple):
    """``careful``: answers read with care before it becomes a yes to everything. ``notices``: of the wrong ones read, 0 to 1."""

    careful: int
    notices: float


class Outcome(NamedTuple):
    """What goes out and what is held back. ``read``: answers that were read with care; ``caught``: wrong ones refused."""

    right: float
    wrong: float
    kept: float
    read: int
    caught: float

    @property
    def share(self) -> float | None:
        """Wrong ones of what goes out."""
        return self.wrong / (self.right + self.wrong) if self.right + self.wrong else None


def approve(piles: Sequence[Sequence[Checked]], person: Person, kept: Sequence[Checked] = ()) -> Outcome:
    """The piles one after the other, in each the answers as they come. ``kept``: answers that are held back without being read."""
    left, read, caught = person.careful, 0, 0.0
    for pile in piles:
        some = min(left, len(pile))
        left, read = left - some, read + some
        caught += person.notices * some * wrong(pile) / max(1, len(pile))
    all_ = sum(map(len, piles))
    errors = sum(map(wrong, piles))
    return Outcome(all_ - errors, errors - caught, sum(each.right for each in kept), read, caught)


def wrong(pile: Sequence[Checked]) -> int:
    return sum(not each.right for each in pile)


def sorted_out(answers: Sequence[Checked], checks: Sequence[str]) -> tuple[list[Checked], list[Checked]]:
    """What the checks stop, and what they let through."""
    return [each for each in answers if not each.passes(*checks)], [each for each in answers if each.passes(*checks)]


def doubtful(answers: Sequence[Checked]) -> list[list[Checked]]:
    """In piles by how many checks stop them, most first."""
    return [pile for n in (3, 2, 1, 0) if (pile := [each for each in answers if each.stopped == n])]


# --- What is shown ---


def ways(answers: Sequence[Checked], person: Person, gate: str) -> dict[str, Outcome]:
    """What comes of the answers, way by way; those with checks only where an answer has to pass one."""
    title, checks = GATES[gate]
    stopped, passed = sorted_out(answers, checks)
    nobody, always, first = Person(0, 0), "a person who always says yes", f"a person who reads {person.careful} with care"
    found = {
        "Nobody checks": approve([answers], nobody),
        f"No check, then {always}": approve([answers], nobody),
        f"No check, then {first}, as they come": approve([answers], person),
        f"No check, then {first}, the doubtful ones first": approve(doubtful(answers), person),
        "No check, then a person who reads all with care": approve([answers], person._replace(careful=len(answers))),
    }
    return found if not checks else found | {
        f"What passes {title}, the rest held back": approve([passed], nobody, stopped),
        f"What passes {title}, then {always}": approve([passed], nobody, stopped),
        f"What passes {title}, then {first}": approve([passed], person, stopped),
        f"What passes {title} unread, the rest read with care": approve([stopped, passed], person._replace(careful=len(stopped))),
    }  # fmt: skip


def ways_part(found: dict[str, Outcome]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, each in found.items():
        share = None if each.share is None else 100 * each.share
        rows.append(
            (name, each.right + each.wrong, each.wrong, share, each.kept, each.read, each.caught / each.read if each.read else None)
        )
    columns = ("Way", "Go out", "of these wrong", "%", "Right ones held back", "Read with care", "Wrong ones caught a reading")
    note = (
        "Reckoned from the counts of the checks and what is assumed of the person; a part of an answer is an expectation over the order in "
        "which they come. Whoever always says yes has approved each of them: agreement 100%."
    )
    return Table(name="ways", title="What goes out in the end", columns=columns, rows=tuple(rows), note=note)


def reading_part(answers: Sequence[Checked], person: Person) -> Picture:
    steps = sorted({round(len(answers) * n / 12) for n in range(13)})
    orders: tuple[Sequence[Sequence[Checked]], ...] = ([answers], doubtful(answers))
    lines = {title: [approve(piles, person._replace(careful=n)).wrong for n in steps] for title, piles in zip(ORDERS, orders, strict=True)}
    half = len(steps) // 2
    return Picture(
        name="reading", title="Wrong answers that go out, by how many are read with care before it is all yes", chart="lines",
        label="Read with care", labels=tuple(map(str, steps)),
        series=tuple(Series(title=title, values=tuple(values)) for title, values in lines.items()),
        says=f"With {steps[half]} of {len(answers)} read: "
        + ", ".join(f"{title.lower()} {each[half]:.1f}" for title, each in lines.items()) + ".",
        note=f"Assumed: of the wrong ones read with care {person.notices:.0%} are noticed. Doubtful: stopped by more of the three checks.",
    )  # fmt: skip


def mine_part(some: Sequence[Checked], yours: Sequence[bool]) -> Table:
    """The list to decide on; what is true only where something was decided."""
    rows: list[tuple[Cell, ...]] = []
    if not yours:
        rows += [(f"{n}. {cell(each.item.states(each.value))}", each.item.passage) for n, each in enumerate(some, 1)]
        note = "Give y or n for each under “Your decisions”, and run it again with the other values as they are."
        return Table(name="yours", title="For you to decide", columns=("Answer", "Passage"), rows=tuple(rows), note=note)
    decided = list(zip(some, yours, strict=False))
    for n, (each, yes) in enumerate(decided, 1):
        verdict = "✓" if yes == each.right else "✗ let through" if yes else "✗ refused"
        rows.append((f"{n}. {cell(each.item.states(each.value))}", "y" if yes else "n", verdict, each.item.answer))
    wrong_ones, right_ones = ([yes for each, yes in decided if each.right == right] for right in (False, True))
    note = (
        f"Of {len(wrong_ones)} wrong answers among these you let {sum(wrong_ones)} through, of {len(right_ones)} right ones you refused "
        f"{len(right_ones) - sum(right_ones)}."
    )
    columns = ("Answer", "You", "You and the truth", "True value")
    return Table(name="yours", title="What you decided", columns=columns, rows=tuple(rows), note=note)


# --- What is found ---


def findings(answers: Sequence[Checked], person: Person) -> Iterator[Finding]:
    nobody, reads = (approve([answers], person._replace(careful=n)) for n in (0, len(answers)))
    agrees = 1 - reads.caught / len(answers)
    told = (
        f"Wrong ones that go out: {nobody.wrong:.0f} of {len(answers)} with nobody, and with a person who always says yes and agrees with "
        f"the model in 100%; {reads.wrong:.1f} with one who reads all with care and agrees in {agrees:.0%}."
    )
    yield Finding(id="yes", held=agrees < 1 if nobody.wrong else None, found=told)
    drawn, sorted_ = approve([answers], person), approve(doubtful(answers), person)
    told = (
        f"{drawn.read} of {len(answers)} read with care, as they come: {drawn.caught:.1f} of {nobody.wrong:.0f} wrong ones are caught and "
        f"{drawn.wrong:.1f} go out with a yes. The doubtful ones first: {sorted_.caught:.1f} caught, {sorted_.wrong:.1f} go out."
    )
    some = bool(nobody.wrong) and 0 < person.careful < len(answers) and person.notices > 0
    yield Finding(id="tired", held=2 * drawn.wrong > nobody.wrong if nobody.wrong else None, found=told)
    yield Finding(id="first", held=sorted_.caught >= 1.2 * drawn.caught if some else None, found=told)
