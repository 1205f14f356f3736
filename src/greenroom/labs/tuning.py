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
LITTLE_SHARE, SAME, GENTLE, SLOWER, BETTER = 0.05, 0.001, 0.05, 5, 1 / 8
"""Of the weights, below which few are trained; of a probability, below which two are the same; nats a token by which a loss has risen;
times by which a step would be much slower; share of the reviews by which one way is clearly better."""
ALL = "All weights"
KEPT = 12
"""Bytes for each trained weight: a gradient and AdamW's two running means, four bytes each."""


class Shipped(NamedTuple):
    """``general``: a text that has nothing to do with reviews."""

    train: tuple[Review, ...]
    general: str


class Look(NamedTuple):
    """One training step: its loss, and how long it took."""

    step: int
    loss: float
    seconds: float


class Way(NamedTuple):
    """One way of tuning, when it is done. ``general``: loss on the other text afterwards."""

    title: str
    trained: int
    looks: Sequence[Look]
    asked: Asked
    general: float

    @property
    def seconds(self) -> float:
        """The middle one of all steps."""
        return sorted(each.seconds for each in self.looks)[len(self.looks) // 2]


@dataclass
class Course:
    """One run as it goes on. ``asked``: with 0, 1 and 5 examples, then tuned. ``hashes``: before, prompted, tuned, merged. ``start``: the
    largest change of a score by adapters that were not trained yet; ``apart``: the largest difference of a probability between adapters
    beside the weights and merged; ``general``: the base's loss on the other text; ``ways``: first the one that was chosen."""

    base: Transformer
    asked: list[Asked] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    start: float = math.inf
    apart: float = math.inf
    general: float = math.inf
    ways: list[Way] = field(default_factory=list)
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


def ways_part(course: Course, items: Sequence[Review]) -> Table:
    """The one part that the clock has a hand in."""
    rows: list[tuple[Cell, ...]] = []
    for asked in (course.asked[0], course.asked[-2]):
        rows.append((f"The base, {asked.title}", 0, 0, 0, None, asked.right, label_loss(asked, items), course.general))
    for way in course.ways:
        trained = (way.trained, 100 * way.trained / size(course.base), KEPT * way.trained / 1e6, way.seconds)
        rows.append((way.title, *trained, way.asked.right, label_loss(way.asked, items), way.general))
    return Table(
        name="figures", title="Side by side", rows=tuple(rows),
        columns=(
            "How", "Weights trained", "% of the base", "Kept for training, MB", "Seconds a step", f"Right, of {len(items)}",
            "Loss of the right label", "Loss on the river",
        ),
        note="Kept: a gradient and two running means for each trained weight. Seconds: the middle one of all steps, on this machine, with "
        "whatever else it does. What is tuned is asked with no example. Losses in nats; that on the text about a river is a token's.",
    )  # fmt: skip


# --- What is found ---


def findings(course: Course, items: Sequence[Review]) -> Iterator[Finding]:
    before, prompted, tuned, merged = (course.hashes[when] for when in ("before", "prompted", "tuned", "merged"))
    says = f"Before {before[:12]}…, after the prompts {prompted[:12]}…, after tuning {tuned[:12]}…; merged into a copy {merged[:12]}…."
    yield Finding(id="base", held=before == prompted == tuned != merged, found=says)
    yield _share(course)
    yield Finding(id="start", held=course.start == 0, found=f"Largest difference of a score before the first step: {course.start:.1g}.")
    yield _learns(course.asked[0], course.asked[-1], items)
    yield Finding(id="merged", held=course.apart < SAME, found=f"Largest difference of a label's probability: {course.apart:.1g}.")
    base, other = course.general, course.ways[0].general
    says = f"The text about a river: {base:.3f} nats a token with the base, {other:.3f} with the adapters, {other - base:+.3f}."
    yield Finding(id="forgets", held=other - base > GENTLE, found=says)
    yield _full(course.ways)
    yield _ranks(course.ways)


def _full(ways: Sequence[Way]) -> Finding:
    lora, full = ways[0], next((each for each in ways if each.title == ALL), None)
    if full is None:
        return Finding(id="full", held=None, found="Nothing else was trained: set “Beside it” to all weights.")
    slower, more = full.seconds / lora.seconds, full.trained / lora.trained
    says = (
        f"{more:.0f} times as many weights are trained, for which {KEPT * full.trained / 1e6:,.0f} MB are kept instead of "
        f"{KEPT * lora.trained / 1e6:,.0f}; a step took {full.seconds:.2f} s instead of {lora.seconds:.2f}, {slower:.1f} times as long."
    )
    return Finding(id="full", held=slower < min(SLOWER, more), found=says)


def _ranks(ways: Sequence[Way]) -> Finding:
    by_size = sorted((each for each in ways if each.title != ALL), key=lambda each: each.trained)
    if len(by_size) < 2:
        return Finding(id="ranks", held=None, found="No other rank was tried: set “Beside it” to ranks 1 and 32.")
    low, high = by_size[0], by_size[-1]
    says = "; ".join(f"{each.title}: {each.asked.right} of {len(each.asked.p)} right, {each.trained:,} weights" for each in by_size)
    return Finding(id="ranks", held=high.asked.right - low.asked.right < BETTER * len(low.asked.p), found=f"{says}.")


def _share(course: Course) -> Finding:
    whole, trained, after = size(course.base), course.ways[0].trained, size(course.merged) if course.merged else 0
    says = f"{trained:,} weights are trained, {trained / whole:.2%} of {whole:,}; merged, the model has {after:,}."
    return Finding(id="share", held=trained < LITTLE_SHARE * whole and after == whole, found=says)


def _learns(before: Asked, after: Asked, items: Sequence[Review]) -> Finding:
    losses = [label_loss(each, items) for each in (before, after)]
    says = (
        f"The loss of the right label went from {losses[0]:.2f} to {losses[1]:.2f}; both labels together had {before.on_labels:.0%} of "
        f"the probability and have {after.on_labels:.0%}. By the likelier one {before.right} of {len(before.p)} were right, now "
        f"{after.right}."
    )
    return Finding(id="learns", held=losses[0] - losses[1] >= math.log(2), found=says)


def label_loss(asked: Asked, items: Sequence[Review]) -> float:
    """-log of the right label's probability, the mean over the reviews."""
    right = [pair[labels().index(each.label)] for pair, each in zip(asked.p, items, strict=True)]
    return -math.fsum(math.log(max(p, 1e-12)) for p in right) / len(right)
