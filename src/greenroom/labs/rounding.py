"""What the lab *precision* measures, shows and finds: a model packed in fewer bits, and a tuned one packed again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.lab import Cell, Finding, Picture, Series, Table

if TYPE_CHECKING:
    from greenroom.labs.transformer import Array

FULL, EIGHT, STEPS, OTHER = "32 bits", "Q8_0", "Q4_1", "Q4_0"
"""Keys of formats; without a format it is the file unpacked."""
FOURS = ("4 bits", OTHER, STEPS)
"""Of 4 bits in blocks of 32."""
UNPACKED = "32 bits (the file, unpacked)"
BASE, APART, MERGED = "The base", "The adapter beside it", "Merged, in 32 bits"
"""Forms of the tuned model; the others are merged and packed."""
NEAR, RUINED, SAME = 0.03, 1.0, 1e-6
"""Nats a token: below which a loss is about the same, above which a model is ruined; share of the squares below which nothing was lost."""
LEAST_TIMES, MOST_TIMES = 4.0, 6.0
"""By which the squared error should grow with each bit less."""
FEW_ZEROS, MANY_ZEROS = 0.02, 0.5
"""Shares of the weights that become 0: few in 8 bits, many with three values."""
HALF = 0.5
"""Of what was learnt: less is little, more is most."""
MUCH = 1.5
"""Times as large as which an error is clearly larger."""
SLOWER = 2.0
"""Times as long as which a product is clearly slower."""


class Packed(NamedTuple):
    """A format, and the model in it. ``key``: the format's; ``bits``: a weight of the matrices, with the share of the scale; ``error``:
    squared, as a share; ``losses`` and ``likeliest``: of each token of the text that is read; ``wrote``: behind the prompt; ``zeros``: the
    share of weights that are 0."""

    key: str
    title: str
    bits: float
    megabytes: float
    error: float
    losses: Array
    likeliest: Array
    wrote: str
    zeros: float

    @property
    def loss(self) -> float:
        return float(self.losses.mean())

    def more(self, full: Packed) -> tuple[float, float]:
        """By how much the loss is higher, and the standard error of that, token by token on the same text."""
        apart = self.losses.astype(float) - full.losses
        return float(apart.mean()), float(apart.std(ddof=1)) / math.sqrt(len(apart)) if len(apart) > 1 else math.inf

    def others(self, full: Packed) -> float:
        """The share of places at which another token is the likeliest."""
        return float((self.likeliest != full.likeliest).mean())


class Repacked(NamedTuple):
    """The tuned model in one form, on the reviews. ``right``: the likeliest next word is the desk's for the label; ``own``: it is one of
    the desk's; ``loss``: of the right word; ``left``: of what was learnt, the part that is still in the weights; ``noise``: the size of
    what the rounding changed beside it, in sizes of what was learnt. None: not measured."""

    title: str
    megabytes: float
    right: int
    own: int
    of: int
    loss: float
    left: float | None = None
    noise: float | None = None


@dataclass
class Course:
    """``times``: how a matrix is kept, its kilobytes, and the milliseconds of its product with one token."""

    packed: list[Packed] = field(default_factory=list)
    times: list[tuple[str, float, float]] = field(default_factory=list)

    def of(self, key: str) -> Packed | None:
        return next((each for each in self.packed if each.key == key), None)


# --- The model as it is: what is shown ---


def loss_part(course: Course) -> Picture:
    full, others = course.packed[0], course.packed[1:]
    worst = max(others, key=lambda each: each.loss, default=full)
    return Picture(
        name="loss", title="The loss, packed", chart="bars", label="Weights in", unit="nats a token",
        labels=tuple(each.title for each in course.packed),
        series=(Series(title="Loss", values=tuple(each.loss for each in course.packed)),),
        says=f"{full.loss:.2f} unpacked; the highest is {worst.loss:.2f}, with {worst.title}.",
        note=f"Of {len(full.losses)} tokens that are read, whatever is packed.",
    )  # fmt: skip


def figures_part(course: Course) -> Table:
    full = course.packed[0]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (each.title, each.bits, each.megabytes, 100 * each.megabytes / full.megabytes, 100 * each.error, 100 * each.zeros, each.loss,
         *each.more(full), 100 * each.others(full))
        for each in course.packed
    )  # fmt: skip
    columns = (
        "Weights in", "Bits a weight", "All weights, MB", "% of 32 bits", "Squared error, %", "Weights that are 0, %", "Loss", "Loss, more",
        "Standard error of that", "Another likeliest token, %",
    )  # fmt: skip
    note = (
        "Bits: of a matrix, with its scales. The table of tokens is in 8 bits in all but the first row, as in the fetched file. Squared "
        "error: of the matrices, as a share of the sum of their squares. Standard error: of the mean difference over the tokens of the "
        "text, each against itself unpacked; another text may differ more. Another likeliest token: at how many places of the text."
    )
    return Table(name="figures", title="Format by format", columns=columns, rows=rows, note=note)


def texts_part(course: Course, prompt: str) -> Table:
    rows = tuple((each.title, each.wrote) for each in course.packed)
    return Table(
        name="texts", title="What it writes", columns=("Weights in", f"After “{prompt}”"[:200]), rows=rows,
        note="The likeliest token each time.",
    )  # fmt: skip


def times_part(course: Course) -> Table:
    note = (
        "The largest matrix of a layer times one token, the middle one of several tries, on this machine. Packed, it has to be unpacked "
        "for each product, since numpy has no product for packed numbers; the unpacker is the plain one of the gguf package, written to be "
        "right and not to be fast. Engines made for packed numbers need none: of them these times say nothing."
    )
    columns = ("Kept in", "Kilobytes", "Milliseconds a product")
    return Table(name="times", title="How fast, without a kernel for it", columns=columns, rows=tuple(course.times), note=note)


# --- What is found ---

ELSEWHERE = "The weights of this file do not stand on the steps of Q4_1: rounding to them changes it."


def findings(course: Course) -> Iterator[Finding]:
    yield _size(course)
    yield _zeros(course)
    yield _eight(course)
    yield _bits(course)
    yield _scale(course)
    yield _again(course)
    yield _flips(course)
    yield _speed(course.times)
    for name in ("swallowed", "apart", "steps"):
        yield Finding(id=name, held=None, found="No tuned model was packed: set “What is packed” to a tuned model.")


def _size(course: Course) -> Finding:
    full, four = course.packed[0], [each for each in course.packed if each.key in FOURS]
    if not four:
        return Finding(id="size", held=None, found="No format of 4 bits in blocks was tried.")
    least, most = (pick(each.bits for each in four) for pick in (min, max))
    says = (
        f"{full.megabytes:,.0f} MB in 32 bits, {', '.join(f'{each.megabytes:,.0f} ({each.title})' for each in four)}. “4 bits” are "
        f"{least:.2f} to {most:.2f} bits a weight."
    )
    held = 4.5 <= least <= most <= 5 and all(each.megabytes < full.megabytes / 4 for each in four)
    return Finding(id="size", held=held, found=says)


def _zeros(course: Course) -> Finding:
    eight, two = course.of(EIGHT), course.of("2 bits")
    if eight is None or two is None:
        return Finding(id="zeros", held=None, found="The two were not both tried.")
    says = f"Of the weights {course.packed[0].zeros:.1%} are 0 unpacked, {eight.zeros:.1%} in 8 bits, {two.zeros:.0%} with three values."
    return Finding(id="zeros", held=eight.zeros < FEW_ZEROS and two.zeros > MANY_ZEROS, found=says)


def _eight(course: Course) -> Finding:
    full, eight = course.packed[0], course.of(EIGHT)
    if eight is None:
        return Finding(id="eight", held=None, found="It was not packed in 8 bits.")
    more, error = eight.more(full)
    says = (
        f"The loss is {full.loss:.4f} unpacked and {eight.loss:.4f} in 8 bits, {more:+.4f} (standard error {error:.4f}, over "
        f"{len(full.losses)} tokens)."
    )
    near, far = abs(more) + 2 * error < NEAR, abs(more) - 2 * error >= NEAR
    return Finding(id="eight", held=near if near or far else None, found=says if near or far else f"{says} Too few tokens to tell.")


def _bits(course: Course) -> Finding:
    """From 6 bits to 3 by one rule."""
    row = [course.of(f"{bits} bits") for bits in (6, 5, 4, 3, 2)]
    some = [each for each in row if each is not None]
    if len(some) < len(row):
        return Finding(id="bits", held=None, found="Not all of 6 to 2 bits were tried.")
    times = [other.error / one.error for one, other in pairwise(some[:4])]
    more = [each.more(course.packed[0])[0] for each in some]
    says = (
        f"From 6 bits to 5, 4 and 3 the squared error grows by {', '.join(f'{each:.1f}' for each in times)} times. The loss is higher by "
        f"{', '.join(f'{each:.3f}' for each in more)} with 6, 5, 4, 3 and 2 bits."
    )
    steps = [b - a for a, b in pairwise(more[1:])]
    rising = steps[0] > 0 and all(a < b for a, b in pairwise(steps))
    held = all(LEAST_TIMES <= each <= MOST_TIMES for each in times) and rising and more[-1] >= RUINED
    return Finding(id="bits", held=held, found=says)


def _scale(course: Course) -> Finding:
    small, large = course.of("4 bits"), course.of("4 bits a row")
    if small is None or large is None:
        return Finding(id="scale", held=None, found="The two were not both tried.")
    says = (
        f"With a scale for 32 weights the squared error is {small.error:.2%} and the loss {small.loss:.3f}; with one for a whole row "
        f"{large.error:.2%} and {large.loss:.3f}."
    )
    return Finding(id="scale", held=large.error > MUCH * small.error and large.loss > small.loss, found=says)


def _again(course: Course) -> Finding:
    full, again, other = course.packed[0], course.of(STEPS), course.of(OTHER)
    if again is None or other is None:
        return Finding(id="again", held=None, found="The two were not both tried.")
    if again.error >= SAME:
        return Finding(id="again", held=None, found=f"{ELSEWHERE} Squared error in Q4_1: {again.error:.2g}.")
    says = (
        f"Squared error: {again.error:.2g} in Q4_1, {other.error:.2g} in Q4_0, which has 4 bits as well. In Q4_1 the loss is "
        f"{again.more(full)[0]:+.4f} off, another token is the likeliest at {again.others(full):.1%} of the places."
    )
    kept = abs(again.more(full)[0]) < NEAR / 10 and again.others(full) == 0
    return Finding(id="again", held=kept and other.error >= SAME, found=says)


def _flips(course: Course) -> Finding:
    full = course.packed[0]
    near = [each for each in course.packed[1:] if abs(each.loss - full.loss) < NEAR and each.error > SAME]
    if not near:
        return Finding(id="flips", held=None, found=f"With no format is the loss within {NEAR} of the unpacked model's.")
    most = max(near, key=lambda each: each.others(full))
    says = (
        f"{most.title}: the loss is {most.more(full)[0]:+.4f} off, and at {most.others(full):.1%} of the places another token is the "
        "likeliest."
    )
    return Finding(id="flips", held=most.others(full) > 0, found=says)


def _speed(times: Sequence[tuple[str, float, float]]) -> Finding:
    if len(times) < 2:
        return Finding(id="speed", held=None, found="No times were taken: set it to yes.")
    (_, kilobytes, plain), *others = times
    says = "; ".join(f"{title}: {other / kilobytes:.0%} of the bytes, {took / plain:.1f} times as long" for title, other, took in others)
    return Finding(id="speed", held=all(took >= SLOWER * plain for _, _, took in others), found=f"{says}.")


# --- The tuned model ---


def tuned_part(found: Sequence[Repacked]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (each.title, each.megabytes, each.right, each.own, each.loss, None if each.left is None else 100 * each.left, each.noise)
        for each in found
    )
    columns = (
        "The model", "All weights, MB", f"Right, of {found[0].of}", "In the desk's words", "Loss of the right word",
        "Of what was learnt left, %", "Noise of the rounding",
    )  # fmt: skip
    note = (
        "Right: the likeliest next word is the one that the desk wants for this review. Left: of the change that the tuning made, the part "
        "that is still in the weights after packing. Noise: the size of what packing changed beside it, 1 is as large as what was learnt."
    )
    return Table(name="tuned", title="A tuned model, packed again", columns=columns, rows=rows, note=note)


def tuned_picture(found: Sequence[Repacked]) -> Picture:
    return Picture(
        name="answers", title="What is left of the tuning", chart="bars", label="The model", unit="%",
        labels=tuple(each.title for each in found),
        series=(
            Series(title="Right", values=tuple(100 * each.right / each.of for each in found)),
            Series(title="In the desk's words", values=tuple(100 * each.own / each.of for each in found)),
        ),
        says="; ".join(f"{each.title}: {each.right} of {each.of} right" for each in found) + ".",
        note="Reviews that it was never trained on.",
    )  # fmt: skip


def tuned_findings(found: Sequence[Repacked], *, stands: bool) -> Iterator[Finding]:
    """``found``: the base, the adapter beside it, merged; then packed in 8 bits, in Q4_1, in Q4_0. ``stands``: whether the base stands on
    the steps of Q4_1."""
    for name in ("size", "zeros", "eight", "bits", "scale", "again", "flips", "speed"):
        yield Finding(id=name, held=None, found="No format was tried: set “What is packed” to the model as it is.")
    base, apart, merged, eight, four, other = found
    says = (
        f"Right: {base.right} of {base.of} before tuning, {merged.right} merged in 32 bits, {eight.right} in 8 bits, {four.right} packed "
        f"in 4 bits again (Q4_1). There {four.left or 0:.0%} of what was learnt is left, in 8 bits {eight.left or 0:.0%}."
    )
    swallowed = (four.left or 0) < HALF and four.right < merged.right <= eight.right
    yield Finding(id="swallowed", held=swallowed if stands else None, found=says if stands else f"{ELSEWHERE} {says}")
    says = (
        f"Beside the base {apart.right} of {apart.of} are right, loss {apart.loss:.2f}; merged in 32 bits {merged.right}, "
        f"{merged.loss:.2f}; merged and packed in 4 bits again {four.right}, {four.loss:.2f}."
    )
    yield Finding(id="apart", held=apart.right >= merged.right and apart.loss < four.loss, found=says)
    says = (
        f"In Q4_0 the rounding changed {other.noise or 0:.0f} times as much as was learnt; {other.left or 0:.0%} of it is left, and "
        f"{other.right} of {other.of} are right, in Q4_1 {four.right}."
    )
    held = (other.left or 0) >= HALF and other.right > four.right
    yield Finding(id="steps", held=held if stands else None, found=says if stands else f"{ELSEWHERE} {says}")
