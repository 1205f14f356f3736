"""The lab *knock-out*: parts of the live model are taken away, and what it loses is measured. What happens without attention?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs import passage
from greenroom.labs.attention import by_head
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import choice, text, whole

if TYPE_CHECKING:
    from greenroom.labs.transformer import Array, Look

MOST = 60
LITTLE = 0.1
"""Nats a token: a head whose absence changes the loss by less is hardly missed. The loss of this model on plain text is some 3 to 4."""
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)

CARD = Card(
    name="knock-out",
    title="What happens without attention?",
    topics=("attention", "architecture"),
    about="Heads, layers, all attention or all MLPs are silenced in the live model: what they would have added becomes zero. The loss on "
    "your text and what the model writes after it show what was lost.",
    parameters=(
        text("text", "Text", passage.TROPHY, 600, f"At most {MOST} tokens.", lines=3),
        choice(
            "what",
            "Knock out",
            {
                "attention": "all attention",
                "attention_layer": "the attention of the layer",
                "head": "the head of the layer",
                "mlps": "all MLPs",
                "mlp_layer": "the MLP of the layer",
            },
        ),
        whole("layer", "Layer", 0, (0, 199), "SmolLM2 has 0 to 29."),
        whole("head", "Head", 0, (0, 199), "SmolLM2 has 0 to 8 in each layer."),
        choice(
            "sweep",
            "Then, one at a time",
            {"layers": "every layer", "heads": "every layer, every head", "none": "nothing more"},
            "Every head: as many readings of the text as there are heads, each from its layer on.",
        ),
        whole("write", "Tokens to write", 16, (1, 60), "The likeliest each time."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the tokens and heads that are compared with."),
    ),
    expects=(
        Expect(
            id="alone",
            see="Without attention each token is alone: change all the words before it, and its prediction stays the same. The loss rises "
            "far above what it was.",
            falsified_by="The prediction still changes with the words before, or the loss rises by less than 1 nat a token.",
            settles=("attention/no-mixing", "architecture/attention-mixing", "architecture/feed-forward"),
        ),
        Expect(
            id="mlps",
            see="Attention is not the whole model: without the MLPs it is at least as lost as without attention.",
            falsified_by="Without the MLPs the loss stays below what it is without attention.",
            settles=("architecture/attention-is-the-whole-model",),
            set={"what": "mlps"},
        ),
        Expect(
            id="heads",
            see=f"Most heads are hardly missed when they go one at a time: the loss changes by less than {LITTLE} nats a token. "
            "They are no team of specialists with one job each.",
            falsified_by="Half of the heads or more change the loss by more than that.",
            settles=("attention/one-head-one-job",),
            set={"sweep": "heads"},
        ),
    ),
    examples=(
        Example(title="All attention", set={"what": "attention"}),
        Example(title="All MLPs", set={"what": "mlps"}),
        Example(title="Every head, one at a time", set={"sweep": "heads"}),
        Example(title="One head that looks back one token", set={"what": "head", "layer": 16, "head": 0, "sweep": "none"}),
    ),
    sources=(
        Source(title="Michel et al. 2019, Are Sixteen Heads Really Better than One?", url="https://arxiv.org/abs/1905.10650"),
        Source(title="Dong et al. 2021, Attention is Not All You Need", url="https://arxiv.org/abs/2103.03404"),
    ),
    seconds=600,
    megabytes=2048,
)


class KnockOut:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from look_inside(values, model)


class Run(NamedTuple):
    """What goes, and how surprising each token then is, (T - 1,)."""

    title: str
    look: Look | None
    nats: Array

    @property
    def loss(self) -> float:
        return float(self.nats.mean())


def look_inside(values: Values, model: Model) -> Iterator[Part]:
    from greenroom.labs.looks import without

    layer, head = passage.place(model, values)
    read = passage.read(model, values.text("text"), MOST, least=3)
    every = range(model.transformer.shape.layers)
    looks: list[tuple[str, Look | None]] = [("nothing", None), _yours(values, model, layer, head)]
    looks += [("all attention", without("attention_out", every)), ("all MLPs", without("mlp_out", every))]
    runs, rows = list[Run](), list[tuple[Cell, ...]]()
    for done, (title, look) in enumerate(looks):
        if title in [run.title for run in runs]:
            continue
        yield Progress(says=f"Without {title}", share=0.05 + 0.05 * done)
        runs.append(Run(title, look, model.transformer.surprise(read.ids, look)))
        goes_on = passage.goes_on(model, read.ids, values.whole("write"), look)
        rows.append((title, runs[-1].loss, _perplexity(runs[-1].loss), goes_on[:500]))
        yield Table(
            name="runs", title="What it loses", columns=("Knocked out", "Nats a token", "Perplexity", "It goes on"), rows=tuple(rows)
        )
        if len(runs) == 2:
            yield _surprise(read.words, runs[0], runs[1])
    untouched, found = runs[0], {run.title: run for run in runs}
    yield alone(model, read.ids, untouched.loss, found["all attention"], values.whole("seed"))
    yield mlps(untouched.loss, found["all attention"].loss, found["all MLPs"].loss)
    again = passage.Again(model, read.ids)
    if values.text("sweep") != "none":
        yield from _layers(again, untouched.loss)
    if values.text("sweep") == "heads":
        yield from _heads(model, again, untouched.loss, values.whole("seed"))
    else:
        yield Finding(id="heads", held=None, found="Not every head was knocked out: set “one at a time” to every head.")


def _yours(values: Values, model: Model, layer: int, head: int) -> tuple[str, Look]:
    from greenroom.labs.looks import without, without_heads

    every = range(model.transformer.shape.layers)
    return {
        "attention": ("all attention", without("attention_out", every)),
        "attention_layer": (f"the attention of layer {layer}", without("attention_out", [layer])),
        "head": (f"head {head} of layer {layer}", without_heads([(layer, head)])),
        "mlps": ("all MLPs", without("mlp_out", every)),
        "mlp_layer": (f"the MLP of layer {layer}", without("mlp_out", [layer])),
    }[values.text("what")]


def _perplexity(loss: float) -> float:
    return math.exp(min(loss, 700.0))


def _surprise(words: tuple[str, ...], before: Run, after: Run) -> Picture:
    worst = int((after.nats - before.nats).argmax())
    says = (
        f"Without {after.title}, “{words[worst + 1]}” suffers most: from {before.nats[worst]:.1f} to {after.nats[worst]:.1f} nats. "
        f"On average {before.loss:.2f} became {after.loss:.2f}."
    )
    return Picture(
        name="surprise", title="How surprising each token is", chart="lines", label="Token", labels=words[1:], unit="nats", says=says,
        series=(
            Series(title="As it is", values=tuple(map(float, before.nats))),
            Series(title=f"Without {after.title}", values=tuple(map(float, after.nats))),
        ),
        note="0 nats: it was certain of this token. The likelihood it gave is e to the minus that.",
    )  # fmt: skip


def alone(model: Model, ids: list[int], before: float, after: Run, seed: int) -> Finding:
    """``after``: the run without attention. The words before the last token are replaced by random ones, with it and without."""
    import numpy as np

    size = model.transformer.shape.vocabulary
    others = [*map(int, np.random.default_rng(seed).integers(0, size, len(ids) - 1)), ids[-1]]
    moved = []
    for look in (None, after.look):
        one, other = (model.transformer.forward(each, look=look, last=True)[0] for each in (ids, others))
        moved.append(float(np.abs(one - other).max()))
    says = (
        f"With random tokens before the last one, the scores of what comes next change by up to {moved[0]:.2g} as the model is, and by "
        f"{moved[1]:.1g} without attention. The loss went from {before:.2f} to {after.loss:.2f} nats a token, perplexity from "
        f"{_perplexity(before):,.0f} to {_perplexity(after.loss):,.0f}."
    )
    return Finding(id="alone", held=moved[1] < 1e-3 < moved[0] and after.loss > before + 1, found=says)


def mlps(before: float, attention: float, mlp: float) -> Finding:
    says = f"{before:.2f} nats a token as it is, {attention:.2f} without attention, {mlp:.2f} without the MLPs."
    return Finding(id="mlps", held=mlp >= attention, found=says)


def _layers(again: passage.Again, before: float) -> Iterator[Part]:
    """Every layer's attention and MLP, one at a time."""
    from greenroom.labs.looks import without

    found: dict[str, list[float | None]] = {part: [None] * again.layers for part in ("attention_out", "mlp_out")}
    for n in range(again.layers):
        for part, losses in found.items():
            losses[n] = again.loss(n, without(part, [0]))
        yield Progress(says=f"Without layer {n}", share=0.25 + 0.35 * (n + 1) / again.layers)
        if n % 5 == 4 or n + 1 == again.layers:
            yield _by_layer(found["attention_out"], found["mlp_out"], before)


def _by_layer(attention: list[float | None], mlp: list[float | None], before: float) -> Picture:
    named = (("attention", attention), ("MLP", mlp))
    known = [(loss, f"the {what} of layer {n}") for what, some in named for n, loss in enumerate(some) if loss is not None]
    worst, little = max(known), sum(abs(loss - before) < LITTLE for loss, _ in known)
    return Picture(
        name="layers", title="One layer at a time", chart="lines", label="Layer", labels=tuple(map(str, range(len(mlp)))),
        unit="nats a token", series=(
            Series(title="As it is", values=(before,) * len(mlp)),
            Series(title="Without its attention", values=tuple(attention)),
            Series(title="Without its MLP", values=tuple(mlp)),
        ),
        says=f"As it is: {before:.2f}. Worst without {worst[1]}: {worst[0]:.2f}. Without {little} of these {len(known)} parts it changes "
        f"by less than {LITTLE}: the stream goes past every part.",
    )  # fmt: skip


def _heads(model: Model, again: passage.Again, before: float, seed: int) -> Iterator[Part]:
    """Every head, one at a time; then many at once."""
    import numpy as np

    from greenroom.labs.looks import without_heads

    more = np.zeros((again.layers, model.transformer.shape.heads), np.float32)  # nats a token
    for layer, row in enumerate(more):
        for head in range(len(row)):
            row[head] = again.loss(layer, without_heads([(0, head)])) - before
        yield Progress(says=f"Without each head of layer {layer}", share=0.6 + 0.3 * (layer + 1) / again.layers)
        if layer % 5 == 4 or layer + 1 == again.layers:
            yield _by_head(more)
    yield heads(more)
    yield from _many(again, before, more, seed)


def _by_head(more: Array) -> Picture:
    worst = int(more.argmax())
    layer, head = divmod(worst, more.shape[1])
    says = f"Most missed: head {head} of layer {layer}, {more[layer, head]:+.2f} nats a token. Below zero: the text is likelier without it."
    full = max(LITTLE, float(sorted(abs(more).ravel())[-max(1, more.size // 50)]))
    return by_head("heads", "One head at a time: change of the loss", more, says, full=full)


def heads(more: Array) -> Finding:
    little = int((abs(more) < LITTLE).sum())
    order = [divmod(int(at), more.shape[1]) for at in more.argsort(axis=None)[::-1][:3]]
    named = ", ".join(f"head {head} of layer {layer} ({more[layer, head]:+.2f})" for layer, head in order)
    says = f"{little} of {more.size} heads change the loss by less than {LITTLE} nats a token. Most missed: {named}."
    return Finding(id="heads", held=little > more.size / 2, found=says)


def _many(again: passage.Again, before: float, more: Array, seed: int) -> Iterator[Part]:
    """The least missed heads together, and as many random ones."""
    import numpy as np

    from greenroom.labs.looks import without_heads

    order = [divmod(int(at), more.shape[1]) for at in abs(more).argsort(axis=None, kind="stable")]
    dice = [divmod(int(at), more.shape[1]) for at in np.random.default_rng(seed).permutation(more.size)]
    least, chance = [before], [before]
    for done, share in enumerate(SHARES, 1):
        count = round(share * more.size)
        least.append(again.loss(0, without_heads(order[:count])))
        chance.append(again.loss(0, without_heads(dice[:count])))
        yield Progress(says=f"Without {count} heads", share=0.9 + 0.1 * done / len(SHARES))
    yield Picture(
        name="many", title="Many heads at once", chart="lines", label="Heads gone, %", unit="nats a token",
        labels=("0", *(f"{share:.0%}".removesuffix("%") for share in SHARES)),
        series=(Series(title="The least missed first", values=tuple(least)), Series(title="At random", values=tuple(chance))),
        says=f"Without {SHARES[1]:.0%} of the heads, the least missed: {least[2]:.2f} nats a token; at random: {chance[2]:.2f}; "
        f"as it is: {before:.2f}.",
        note="The heads were ranked on this same text, one at a time: on another text the order would differ.",
    )  # fmt: skip
