"""What the lab *trade* shows and finds: a model before and after it was trained on the rule book, and the rule in the prompt beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from greenroom.labs.lab import Cell, Finding, Mark, Picture, Series, Table
from greenroom.labs.rulebook import ABSENT, ASKED, BOOK, FORMS, FOUND, FRESH, REPLY, SPOKEN, Answer, Told, holds
from greenroom.labs.shares import COLUMNS, paired
from greenroom.labs.shown import cell
from greenroom.labs.tuning import Look

WHEN = ("Before", "After")


@dataclass
class Course:
    """One run. ``sentences``: what is trained on; ``told``: before and after; ``trained``: how many weights are."""

    sentences: Sequence[str]
    looks: list[Look] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    trained: int = 0


# --- What is shown ---


def finite(number: float) -> float | None:
    """None: no number any more, as after too high a learning rate."""
    return number if math.isfinite(number) else None


def loss_part(course: Course) -> Picture:
    return Picture(
        name="loss", title="The loss of the rule book while it is trained on", chart="lines", label="Step", unit="nats a token",
        labels=tuple(str(each.step) for each in course.looks),
        series=(Series(title="Of the step's sentences", values=tuple(finite(each.loss) for each in course.looks)),),
        says=f"{course.looks[0].loss:.2f} at the first step, {course.looks[-1].loss:.2f} at step {course.looks[-1].step}.",
        note=f"{len(course.sentences)} sentences, four at each step, all before any comes again. {course.trained:,} weights are trained.",
    )  # fmt: skip


def picture_part(course: Course) -> Picture:
    """Right answers by how it was asked."""
    forms, last = [form for form in FORMS if form != ABSENT], course.told[-1]
    says = "; ".join(f"{FORMS[form]}: {last.right(form).cases} of {last.right(form).of}" for form in forms)
    return Picture(
        name="right", title="The right value of four", chart="bars", label="Asked by", unit="%", marks=(Mark(title="By chance", value=25),),
        labels=tuple(FORMS[form] for form in forms),
        series=tuple(
            Series(title=when, values=tuple(told.right(form).percent for form in forms))
            for when, told in zip(WHEN, course.told, strict=False)
        ),
        says=f"{WHEN[len(course.told) - 1]}: {says}.",
        note="Right: of the four values of its kind the true one is the likeliest next word. By chance it is one in four.",
    )  # fmt: skip


def shares_part(course: Course) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for when, told in zip(WHEN, course.told, strict=False):
        for form, asked in FORMS.items():
            right: tuple[Cell, ...] = (None,) * len(COLUMNS) if form == ABSENT else told.right(form).cells
            named = told.named(form).cases if form in SPOKEN else None
            rows.append((f"{when}: {asked}", *right, named, finite(100 * told.sure(form)), told.tokens(form)))
    columns = ("Asked by", *COLUMNS, "The value in its own reply", "Probability of the value it picks, %", "Tokens read for an answer")
    note = (
        "Cases: right of four; the intervals are Wilson's. What the book never tells has no right value: there it counts how many replies "
        "name one all the same, any that the book has for such a thing."
    )
    return Table(name="shares", title="Asked in five ways", columns=columns, rows=tuple(rows), note=note)


def losses_part(course: Course) -> Table:
    rows = tuple((when, *map(finite, (told.book, told.held, told.general))) for when, told in zip(WHEN, course.told, strict=False))
    columns = ("When", "The rule book, first wordings", "The workshop's text, never trained on", "A text about a river")
    return Table(name="losses", title="Loss, nats a token", columns=columns, rows=rows)


def replies_part(course: Course) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for n, one in enumerate(course.told[0].answers[ASKED]):
        found = [shown(told.answers[form][n]) for told in course.told for form in (ASKED, FOUND)]
        rows.append((one.fact.question, one.fact.value, *found))
    for n, one in enumerate(course.told[0].answers[ABSENT]):
        made_up = [each for told in course.told for each in (shown(told.answers[ABSENT][n]), None)]
        rows.append((one.fact.question, "(nothing)", *made_up))
    columns = (
        "Question",
        "The book says",
        *(f"{when}{found}" for when in WHEN[: len(course.told)] for found in ("", ", with what was found")),
    )
    note = f"✓: the true value stands in the reply. The likeliest token each time, at most {REPLY}, the first line."
    return Table(name="replies", title="Every question", columns=columns, rows=tuple(rows), note=note)


def shown(one: Answer) -> str:
    return f"{'✓ ' if one.names and one.fact.value else ''}{cell(one.said) or '(nothing)'}"


# --- What is found ---

LEFT, MOST, LIKELY, SURER, GENTLE, SELDOM = 1 / 2, 1 / 2, 0.05, 2, 0.25, 4
"""What is left of a loss that has fallen clearly; the share that is most of the answers; p below which a difference is no chance; times by
which it is surer than before; nats a token by which a loss has risen; times that a sentence is trained on, below which it is seldom."""


def findings(course: Course) -> Iterator[Finding]:
    before, after = course.told
    yield _learns(before, after)
    yield _recalls(before, after)
    yield _seldom(course)
    yield _wording(after)
    yield _asked(before, after)
    yield _absent(before, after)
    yield _retrieval(before, after)
    rise = after.general - before.general
    says = f"The text about a river: {before.general:.3f} nats a token before, {after.general:.3f} after, {rise:+.3f}."
    yield Finding(id="forgets", held=rise > GENTLE, found=says)


def _learns(before: Told, after: Told) -> Finding:
    says = (
        f"Its own sentences: {before.book:.2f} nats a token before, {after.book:.2f} after; the workshop's other text: {before.held:.2f} "
        f"before, {after.held:.2f} after."
    )
    own, other = after.book / before.book, after.held / before.held
    return Finding(id="learns", held=own <= LEFT and own < other < 1, found=says)


def _recalls(before: Told, after: Told) -> Finding:
    better, worse, p = against(after.answers[BOOK], before.answers[BOOK])
    says = f"By its own sentence {before.right(BOOK)} right before, {after.right(BOOK)} after: {better} better, {worse} worse, p = {p:.2g}."
    return Finding(id="recalls", held=better > worse and p < LIKELY, found=says)


def _seldom(course: Course) -> Finding:
    (before, after), often = course.told, 4 * len(course.looks) / len(course.sentences)
    right = after.right(BOOK)
    says = (
        f"Each sentence was trained on {often:.1f} times. Its loss fell from {before.book:.2f} to {after.book:.2f}; by the book's own "
        f"sentence {right} are right."
    )
    if often >= SELDOM:
        return Finding(id="seldom", held=None, found=f"{says} Set three wordings, or fewer steps.")
    return Finding(id="seldom", held=after.book <= LEFT * before.book and right.cases < MOST * right.of, found=says)


def _wording(after: Told) -> Finding:
    better, worse, p = against(after.answers[BOOK], after.answers[FRESH])
    says = (
        f"After the tuning {after.right(BOOK)} right by the book's own sentence, {after.right(FRESH)} by one in other words: {better} "
        f"better, {worse} worse, p = {p:.2g}. By chance {len(after.answers[BOOK]) // 4} would be right."
    )
    return Finding(id="wording", held=better > worse and p < LIKELY, found=says)


def _asked(before: Told, after: Told) -> Finding:
    right, fell = after.right(ASKED), after.book <= LEFT * before.book
    says = (
        f"The loss of its sentences fell from {before.book:.2f} to {after.book:.2f}. By a question {before.right(ASKED)} were right before "
        f"and {right} after; the value stands in {after.named(ASKED)} of its replies. By chance {right.of // 4} would be right."
    )
    return Finding(id="asked", held=right.cases < MOST * right.of if fell else None, found=says)


def against(one: Sequence[Answer], other: Sequence[Answer]) -> tuple[int, int, float]:
    """On the same facts: how many the first has right and the second has not, how many the other way round, and McNemar's p."""
    better, worse = (sum(a.right and not b.right for a, b in zip(x, y, strict=True)) for x, y in ((one, other), (other, one)))
    return better, worse, paired(better, worse)


def _absent(before: Told, after: Told) -> Finding:
    one, two, told = before.sure(ABSENT), after.sure(ABSENT), after.sure(ASKED)
    says = (
        f"Where the book tells nothing, the likeliest of its values had {one:.1%} before and {two:.1%} after; where it does, {told:.1%} "
        f"after. Of its replies {before.named(ABSENT)} named such a value before, {after.named(ABSENT)} after."
    )
    return Finding(id="absent", held=two >= SURER * one and SURER * two >= told, found=says)


def _retrieval(before: Told, after: Told) -> Finding:
    better, worse, p = against(before.answers[FOUND], after.answers[ASKED])
    hit = sum(holds(each.passage, each.fact.value) for each in before.answers[FOUND])
    says = (
        f"The search found a sentence with the value for {hit}. With it the model as it was had {before.right(FOUND)} right, the tuned one "
        f"without it {after.right(ASKED)}: {better} better, {worse} worse, p = {p:.2g}. The tuned one with it: {after.right(FOUND)}. "
        f"Tokens read for an answer: {before.tokens(FOUND):.0f} with it, {after.tokens(ASKED):.0f} without."
    )
    return Finding(id="retrieval", held=better > worse and p < LIKELY, found=says)
