"""What the lab *lora* learns from, shows and finds."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.asked import SHOWN, Asked, Review, items_part, labels, size
from greenroom.labs.lab import Cell, Finding, Part, Picture, Series, Table

if TYPE_CHECKING:
    from greenroom.labs.transformer import Transformer

FILE = "tuning.json"
LITTLE_SHARE, SAME, GENTLE = 0.05, 0.001, 0.05
"""Of the weights, below which few are trained; of a probability, below which two are the same; nats a token by which a loss has risen."""


class Shipped(NamedTuple):
    """``general``: a text that has nothing to do with reviews."""

    train: tuple[Review, ...]
    general: str


class Look(NamedTuple):
    """One training step: its loss, and how long it took."""

    step: int
    loss: float
    seconds: float


@dataclass
class Course:
    """One run as it goes on. ``asked``: with 0, 1 and 5 examples, then tuned. ``hashes``: before, prompted, tuned, merged. ``start``: the
    largest change of a score by adapters that were not trained yet; ``apart``: the largest difference of a probability between adapters
    beside the weights and merged; ``general``: loss on the other text, base and tuned."""

    base: Transformer
    asked: list[Asked] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    trained: int = 0
    start: float = math.inf
    apart: float = math.inf
    general: list[float] = field(default_factory=list)
    merged: Transformer | None = None


@cache
def shipped() -> Shipped:
    """The reviews take turns in their labels: any even number of them is half positive."""
    said = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    return Shipped(tuple(Review(*each) for each in said["train"]), said["general"])


# --- What is shown ---


def answers_part(course: Course) -> Picture:
    last = course.asked[-1]
    return Picture(
        name="answers", title="Right answers", chart="bars", label="Asked", unit="%", labels=tuple(each.title for each in course.asked),
        series=(
            Series(title="Right", values=tuple(100 * each.right / len(each.p) for each in course.asked)),
            Series(title="Probability on the two labels", values=tuple(100 * each.on_labels for each in course.asked)),
        ),
        says=f"{last.title.capitalize()}: {last.right} of {len(last.p)} right. By chance half of them would be.",
        note="The answer is the likelier of the two labels. These reviews are in no prompt's examples and were never trained on.",
    )  # fmt: skip


def losses_part(course: Course) -> Picture:
    losses = [each.loss if math.isfinite(each.loss) else None for each in course.looks]
    return Picture(
        name="loss", title="The loss of the labels while it is tuned", chart="lines", label="Step", unit="nats a label",
        labels=tuple(str(each.step) for each in course.looks), series=(Series(title="Of the step's reviews", values=tuple(losses)),),
        says=f"{course.looks[0].loss:.2f} at the first step, {course.looks[-1].loss:.2f} at step {course.looks[-1].step}.",
        note="Before the weights are moved. A gap: no number any more.",
    )  # fmt: skip


def closing(course: Course, items: Sequence[Review]) -> Iterator[Part]:
    yield hashes_part(course)
    yield weights_part(course)
    yield items_part(course.asked, items)
    yield from findings(course, items)


def hashes_part(course: Course) -> Table:
    whens = {
        "before": "Before", "prompted": "After all prompts", "tuned": f"The base, after {len(course.looks)} LoRA steps",
        "merged": "A copy with the adapters added in",
    }  # fmt: skip
    rows = tuple((title, course.hashes[when][:SHOWN]) for when, title in whens.items())
    note = f"SHA-256 of all {size(course.base):,} base weights in memory, the memory that the training computes with."
    columns = ("When", f"Hash of all weights, first {SHOWN} digits")
    return Table(name="hashes", title="The weights", columns=columns, rows=rows, note=note)


def weights_part(course: Course) -> Table:
    whole = size(course.base)
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Weights of the base", whole), ("Weights trained", course.trained), ("Trained, % of the base", 100 * course.trained / whole),
        ("Seconds a step, here", sorted(each.seconds for each in course.looks)[len(course.looks) // 2]),
        ("Loss on the text about a river, base", course.general[0]), ("Loss on it, tuned", course.general[1]),
    )  # fmt: skip
    note = "Seconds: the middle one of all steps, on this machine, with whatever else it does. Losses in nats a token."
    return Table(name="figures", title="What it took", columns=("What", "Figure"), rows=rows, note=note)


# --- What is found ---


def findings(course: Course, items: Sequence[Review]) -> Iterator[Finding]:
    before, prompted, tuned, merged = (course.hashes[when] for when in ("before", "prompted", "tuned", "merged"))
    says = f"Before {before[:12]}…, after the prompts {prompted[:12]}…, after tuning {tuned[:12]}…; merged into a copy {merged[:12]}…."
    yield Finding(id="base", held=before == prompted == tuned != merged, found=says)
    yield _share(course)
    yield Finding(id="start", held=course.start == 0, found=f"Largest difference of a score before the first step: {course.start:.1g}.")
    yield _learns(course.asked[0], course.asked[-1], items)
    yield Finding(id="merged", held=course.apart < SAME, found=f"Largest difference of a label's probability: {course.apart:.1g}.")
    base, other = course.general
    says = f"The text about a river: {base:.3f} nats a token with the base, {other:.3f} with the adapters, {other - base:+.3f}."
    yield Finding(id="forgets", held=other - base > GENTLE, found=says)


def _share(course: Course) -> Finding:
    whole, after = size(course.base), size(course.merged) if course.merged else 0
    says = f"{course.trained:,} weights are trained, {course.trained / whole:.2%} of {whole:,}; merged, the model has {after:,}."
    return Finding(id="share", held=course.trained < LITTLE_SHARE * whole and after == whole, found=says)


def _learns(before: Asked, after: Asked, items: Sequence[Review]) -> Finding:
    losses = [label_loss(each, items) for each in (before, after)]
    says = (
        f"With no example {before.right} of {len(before.p)} were right before tuning and {after.right} after; the loss of the right label "
        f"went from {losses[0]:.2f} to {losses[1]:.2f}."
    )
    return Finding(id="learns", held=after.right > before.right and losses[1] < losses[0], found=says)


def label_loss(asked: Asked, items: Sequence[Review]) -> float:
    """-log of the right label's probability, the mean over the reviews."""
    right = [pair[labels().index(each.label)] for pair, each in zip(asked.p, items, strict=True)]
    return -math.fsum(math.log(max(p, 1e-12)) for p in right) / len(right)
