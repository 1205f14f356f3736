"""What the lab *few-shot* asks and shows: the reviews, the answers to them, what is found in them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.lab import Cell, Finding, Picture, Series, Table

if TYPE_CHECKING:
    from greenroom.labs.model import Model
    from greenroom.labs.transformer import Transformer

FILE = "reviews.json"
SHOWN = 24
"""Digits of a hash in the table."""
RAW, CHAT, AGAIN, TRAINED = "raw", "chat", "again", "trained"


class Review(NamedTuple):
    text: str
    label: str


class Asked(NamedTuple):
    """A way of asking and what came of it. ``p``: of each review, the probability of each label as the next word, in the order of
    ``labels``; ``right``: how many answers are."""

    how: str
    shots: int
    p: tuple[tuple[float, float], ...]
    right: int

    @property
    def title(self) -> str:
        examples = {0: "no example", 1: "1 example"}.get(self.shots, f"{self.shots} examples")
        return {
            RAW: f"as a text, {examples}", CHAT: f"as a chat turn, {examples}", AGAIN: f"as a text, {examples}, again",
            TRAINED: f"as a text, {examples}, trained",
        }[self.how]  # fmt: skip

    @property
    def on_labels(self) -> float:
        """The probability that both labels have together, the mean over the reviews."""
        return math.fsum(map(math.fsum, self.p)) / len(self.p)


@cache
def shipped() -> tuple[tuple[Review, ...], tuple[Review, ...]]:
    """Examples and items. They take turns in their labels: any even number of items is half positive."""
    said = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    examples, items = (tuple(Review(*each) for each in said[name]) for name in ("examples", "items"))
    return examples, items


@cache
def labels() -> tuple[str, str]:
    said = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    return said["labels"][0], said["labels"][1]


def likelier(pair: Sequence[float]) -> int:
    return max(range(len(pair)), key=lambda n: pair[n])


def size(transformer: Transformer) -> int:
    """Weights of the model; a matrix that serves twice counts once."""
    tied = transformer.unembedding is transformer.embedding
    blocks = sum(each.size for block in transformer.blocks for each in block)
    return int(blocks + transformer.embedding.size + transformer.final_norm.size + (0 if tied else transformer.unembedding.size))


# --- What is shown ---


def prompts_part(examples: Sequence[Review], shots: int) -> Table:
    rows = [(f"example {n}", each.text, each.label) for n, each in enumerate(examples[:shots], 1)]
    note = "In the prompt each stands as “Review: … Sentiment: …”; then comes the review that is asked, up to “Sentiment:”."
    return Table(name="prompts", title="The examples", columns=("In the prompt", "Review", "Sentiment"), rows=tuple(rows), note=note)


def answers_part(found: Sequence[Asked]) -> Picture:
    last = found[-1]
    return Picture(
        name="answers", title="How much of the probability the two labels get", chart="bars", label="Asked", unit="%",
        labels=tuple(each.title for each in found),
        series=(Series(title="Both labels together", values=tuple(100 * each.on_labels for each in found)),),
        says=f"{last.title.capitalize()}: {last.on_labels:.0%}, and {last.right} of {len(last.p)} answers are right.",
        note="The mean over the reviews. What is not on the labels is on other words: the model does not answer in the wanted form.",
    )  # fmt: skip


def right_part(found: Sequence[Asked]) -> Picture:
    best = max(found, key=lambda each: each.right)
    return Picture(
        name="right", title="Right answers", chart="bars", label="Asked", unit="", labels=tuple(each.title for each in found),
        series=(Series(title="Right", values=tuple(each.right for each in found)),),
        says=f"Most: {best.title}, {best.right} of {len(best.p)}. By chance half of them would be right.",
        note="The answer is the likelier of the two labels.",
    )  # fmt: skip


def hashes_part(model: Model, hashes: tuple[str, str, str], steps: int) -> Table:
    changed = model.transformer.final_norm.size
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Before", hashes[0][:SHOWN], 0), ("After all prompts", hashes[1][:SHOWN], 0),
        (f"A copy, after {steps} training steps", hashes[2][:SHOWN], changed),
    )  # fmt: skip
    note = (
        f"SHA-256 of all {size(model.transformer):,} weights in memory. Trained was a copy, and of it only the last norm; "
        "the model stays as it is."
    )
    return Table(
        name="hashes",
        title="The weights",
        columns=("When", f"Hash of all weights, first {SHOWN} digits", "Weights trained"),
        rows=rows,
        note=note,
    )


def items_part(found: Sequence[Asked], items: Sequence[Review]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for n, each in enumerate(items):
        rows.append((each.text, each.label, *(f"{labels()[likelier(one.p[n])]} {max(one.p[n]):.0%}" for one in found)))
    columns = ("Review", "It is", *(each.title.capitalize() for each in found))
    return Table(name="items", title="Every answer", columns=columns, rows=tuple(rows), note="The likelier label, with its probability.")


# --- What is found ---


def findings(found: Sequence[Asked], hashes: tuple[str, str, str]) -> Iterator[Finding]:
    by_way = {(each.how, each.shots): each for each in found}
    most = max(each.shots for each in found)
    none, shots, again, trained = by_way[RAW, 0], by_way[RAW, most], by_way[AGAIN, 0], by_way[TRAINED, 0]
    before, after, other = hashes
    prompts = len(none.p) * sum(each.how != TRAINED for each in found)
    says = f"Before {before[:12]}…, after {prompts:,} prompts {after[:12]}…; the trained copy {other[:12]}…."
    yield Finding(id="unchanged", held=before == after != other, found=says)
    apart = max(abs(a - b) for one, two in zip(none.p, again.p, strict=True) for a, b in zip(one, two, strict=True))
    yield Finding(id="gone", held=apart == 0, found=f"Largest difference of {2 * len(none.p)} probabilities: {apart:.1g}.")
    says = f"The labels get {none.on_labels:.1%} with no example and {shots.on_labels:.1%} with {most}; right are {none.right} and "
    yield Finding(id="examples", held=shots.on_labels >= 2 * none.on_labels, found=f"{says}{shots.right} of {len(none.p)}.")
    yield _chat(by_way.get((CHAT, most)), shots)
    says = f"Without an example in the prompt the labels get {trained.on_labels:.1%}, before the training {none.on_labels:.1%}; right "
    yield Finding(id="stays", held=trained.on_labels > none.on_labels, found=f"{says}{trained.right} and {none.right} of {len(none.p)}.")


def _chat(chat: Asked | None, shots: Asked) -> Finding:
    if chat is None:
        return Finding(id="chat", held=None, found="This model has no chat template.")
    says = (
        f"With {shots.shots} examples the labels get {chat.on_labels:.1%} in the chat turn and {shots.on_labels:.1%} in the text; right "
        f"are {chat.right} and {shots.right} of {len(shots.p)}."
    )
    return Finding(id="chat", held=chat.on_labels < shots.on_labels, found=says)
