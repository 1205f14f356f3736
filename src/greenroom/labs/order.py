"""The lab *word-order*: what the live model knows of the order of words, where it has that from, and what the causal mask is for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs import passage
from greenroom.labs.figures import about
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import text, whole

if TYPE_CHECKING:
    import numpy as np

    from greenroom.labs.transformer import Array, Look

MOST, NOISE = 60, 40
"""Tokens of a text; tokens of the random text."""
SAME = 1e-4
"""Nats between two predictions that differ by rounding only."""

CARD = Card(
    name="word-order",
    title="Word order, positions and the causal mask",
    topics=("attention", "architecture"),
    about="The tokens of your text are shuffled (all but the last), with the model's rotary positions on and off, with the causal mask on "
    "and off: what does it notice? And why is a lower loss without the mask no good news?",
    parameters=(
        text(
            "text", "Text", "The trophy did not fit into the brown suitcase because it was too big. The doctor told the nurse that she "
            "should",
            600, f"At most {MOST} tokens.", lines=3,
        ),
        whole("shuffles", "Shuffles", 3, (1, 10), "The figures are means over these."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "The same seed shuffles the same."),
    ),
    expects=(
        Expect(
            id="blind",
            see="Attention by itself is blind to order: with neither positions nor mask, the same words in another order give the same "
            "prediction. With the positions on they give another one.",
            falsified_by="Without positions and mask the prediction still moves when the words are shuffled, or with both it does not.",
            settles=("attention/order-blind", "attention/gives-order", "architecture/attention-knows-the-order"),
        ),
        Expect(
            id="leak",
            see="The causal mask by itself gives away a little of the order: without positions, but masked, shuffling moves the "
            "prediction, less than with positions.",
            falsified_by="With the mask alone it moves as little as with neither, or as much as with positions.",
        ),
        Expect(
            id="positions",
            see="This model was trained with positions and needs them: with the words in order and the positions off, the loss rises.",
            falsified_by="The loss stays as it is or falls.",
            settles=("architecture/positions",),
        ),
        Expect(
            id="cheating",
            see="Without the mask the loss falls, and that is cheating: each token sees the very token that it is to predict. It falls on "
            "random tokens too, which nobody can predict. When the model writes, nothing lies ahead to be copied.",
            falsified_by="The loss does not fall without the mask, or on random tokens it falls by less than 1 nat.",
            settles=("attention/causal-mask",),
        ),
    ),
    examples=(Example(title="Dog bites man", set={"text": "The dog bit the man and then the man"}),),
    sources=(
        Source(title="Su et al. 2021, RoFormer (rotary positions)", url="https://arxiv.org/abs/2104.09864"),
        Source(title="Haviv et al. 2022, Transformers without Positional Encodings Still Learn Positions", url="https://arxiv.org/abs/2203.16634"),
        Source(title="Vaswani et al. 2017, Attention Is All You Need, section 3.2.3 (the mask)", url="https://arxiv.org/abs/1706.03762"),
    ),
    seconds=600,
    megabytes=2048,
)  # fmt: skip


class WordOrder:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from look_inside(values, model)


class Way(NamedTuple):
    """A way to read. ``moved``: nats between the predictions after the text and after the shuffled one (Kullback-Leibler), their mean;
    ``loss`` and ``shuffled``: nats a token of the text in order and shuffled."""

    title: str
    moved: float
    loss: float
    shuffled: float


def ways() -> list[tuple[str, Look | None]]:
    from greenroom.labs.looks import together, without_mask, without_positions

    neither = together(without_mask, without_positions)
    return [("As it is", None), ("Without positions", without_positions), ("Without the mask", without_mask), ("Without both", neither)]


def look_inside(values: Values, model: Model) -> Iterator[Part]:
    import numpy as np

    read = passage.read(model, values.text("text"), MOST, least=4)
    dice = np.random.default_rng(values.whole("seed"))
    shuffled = [shuffle(read.ids, dice) for _ in range(values.whole("shuffles"))]
    found = list[Way]()
    for done, (title, look) in enumerate(ways(), 1):
        yield Progress(says=title, share=0.1 + 0.7 * done / 4)
        found.append(way(model, title, read.ids, shuffled, look))
        yield from _pictures(found)
    yield Table(
        name="shuffled", title="What was read", columns=("Order", "Text", "It goes on"),
        rows=tuple(_read(model, n, ids) for n, ids in enumerate([read.ids, *shuffled])),
    )  # fmt: skip
    if shuffled[0] == read.ids:
        for name in ("blind", "leak"):
            yield Finding(id=name, held=None, found="All tokens but the last are the same: they have no other order.")
    else:
        yield blind(found)
        yield leak(found)
    yield positions(found)
    yield Progress(says="Random tokens, with the mask and without", share=0.9)
    noise = [int(each) for each in dice.integers(0, model.transformer.shape.vocabulary, NOISE)]
    random = tuple(passage.loss(model, noise, look) for _, look in (ways()[0], ways()[2]))
    guess = math.log(model.transformer.shape.vocabulary)
    yield _cheat(found, random, guess)
    yield cheating(found, random, guess)


def shuffle(ids: list[int], dice: np.random.Generator) -> list[int]:
    """All tokens but the last in another order; the same text only where there is no other."""
    while True:
        found = [*(ids[int(n)] for n in dice.permutation(len(ids) - 1)), ids[-1]]
        if found != ids or len(set(ids[:-1])) == 1:
            return found


def way(model: Model, title: str, ids: list[int], shuffled: list[list[int]], look: Look | None) -> Way:
    """Each text is read once: its loss, and what is predicted after it."""
    from greenroom.labs.transformer import log_softmax

    texts = [ids, *shuffled]
    rows = [log_softmax(model.transformer.forward(each, look=look)) for each in texts]  # (T, V) each
    moved = [_apart(rows[0][-1], each[-1]) for each in rows[1:]]
    losses = [-float(each[range(len(text) - 1), text[1:]].mean()) for text, each in zip(texts, rows, strict=True)]
    return Way(title, math.fsum(moved) / len(moved), losses[0], math.fsum(losses[1:]) / len(moved))


def _apart(one: Array, other: Array) -> float:
    """How far the one prediction lies from the other, in nats; log-probabilities (V,)."""
    import numpy as np

    p, q = one.astype(np.float64), other.astype(np.float64)
    return max(0.0, float((np.exp(p) * (p - q)).sum()))


def _read(model: Model, n: int, ids: list[int]) -> tuple[Cell, ...]:
    return "in order" if n == 0 else f"shuffle {n}", model.tokenizer.decode(ids)[:500], passage.goes_on(model, ids, 8)[:200]


def _pictures(found: list[Way]) -> Iterator[Picture]:
    titles, least = tuple(way.title for way in found), min(found, key=lambda way: way.moved)
    says = f"{found[0].moved:.2f} nats as it is; least, {about(least.moved)}, {least.title.lower()}."
    yield Picture(
        name="moved", title="How far shuffling moves the prediction after the last token", chart="bars", label="The model", labels=titles,
        unit="nats", series=(Series(title="Moved by", values=tuple(way.moved for way in found)),), says=says,
        note="Kullback-Leibler divergence of the prediction after the shuffled text from that after the text. The last token keeps its "
        "place.",
    )  # fmt: skip
    yield Picture(
        name="losses", title="The loss in order and shuffled", chart="bars", label="The model", labels=titles, unit="nats a token",
        series=(
            Series(title="In order", values=tuple(way.loss for way in found)),
            Series(title="Shuffled", values=tuple(way.shuffled for way in found)),
        ),
        says="; ".join(f"{way.title.lower()}: {way.loss:.2f} in order, {way.shuffled:.2f} shuffled" for way in found) + ".",
        note="Without the mask each token sees the one it is to predict: that loss says nothing about how well it would write.",
    )  # fmt: skip


def blind(found: list[Way]) -> Finding:
    plain, neither = found[0].moved, found[3].moved
    says = f"Shuffling moves the prediction by {plain:.2f} nats as the model is, and by {about(neither)} without positions and mask."
    return Finding(id="blind", held=neither < SAME < plain / 100, found=says)


def leak(found: list[Way]) -> Finding:
    plain, mask, neither = found[0].moved, found[1].moved, found[3].moved
    says = f"{mask:.3f} nats with the mask alone, {plain:.2f} with positions too, {about(neither)} with neither."
    return Finding(id="leak", held=max(SAME, 10 * neither) < mask < plain, found=says)


def positions(found: list[Way]) -> Finding:
    says = f"{found[0].loss:.2f} nats a token with positions, {found[1].loss:.2f} without."
    return Finding(id="positions", held=found[1].loss > found[0].loss + 0.1, found=says)


def _cheat(found: list[Way], random: tuple[float, ...], guess: float) -> Picture:
    return Picture(
        name="cheat", title="The mask off: a lower loss that is worth nothing", chart="bars", label="Text", unit="nats a token",
        labels=("yours", f"{NOISE} random tokens"),
        series=(
            Series(title="With the mask", values=(found[0].loss, random[0])),
            Series(title="Without it", values=(found[2].loss, random[1])),
            Series(title="Blind guessing", values=(guess, guess)),
        ),
        says=f"Your text: {found[0].loss:.2f} with the mask, {found[2].loss:.2f} without. Random tokens: {random[0]:.2f} and "
        f"{random[1]:.2f}. Whoever guesses blindly among all tokens pays {guess:.2f}.",
    )  # fmt: skip


def cheating(found: list[Way], random: tuple[float, ...], guess: float) -> Finding:
    says = (
        f"Your text: {found[0].loss:.2f} nats a token with the mask, {found[2].loss:.2f} without. Random tokens: {random[0]:.2f} with it, "
        f"{random[1]:.2f} without; nobody who does not see them can get below {guess:.2f} on average."
    )
    return Finding(id="cheating", held=found[2].loss < found[0].loss and random[1] < random[0] - 1, found=says)
