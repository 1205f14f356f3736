"""The lab *attention-maps*: where each head of the live model looks, for a text of yours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from greenroom.labs.figures import about
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import switch, text, whole

if TYPE_CHECKING:
    from greenroom.labs.passage import Passage
    from greenroom.labs.transformer import Array, Look

MOST, OTHERS, NAMED = 60, 3, 4
"""Tokens that a map may have; other tokens that are tried in the first place; heads that are named for each measure."""

TEXT = "The trophy did not fit into the brown suitcase because it was too big."

CARD = Card(
    name="attention-maps",
    title="Where each head looks",
    topics=("attention",),
    about="Your text goes through the model once, and every attention weight is kept: of each head in each layer, how much each token "
    "takes from itself and from each token before it.",
    parameters=(
        text("text", "Text", TEXT, 600, f"At most {MOST} tokens.", lines=3),
        whole("layer", "Layer", 16, (0, 199), "SmolLM2 has 0 to 29."),
        whole("head", "Head", 0, (0, 199), "SmolLM2 has 0 to 8 in each layer."),
        switch("future", "See what comes after", False, "Yes: without the causal mask."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the tokens that are tried in the first place."),
    ),
    expects=(
        Expect(
            id="weights",
            see="What a token takes adds up to 1 in every head: softmax makes shares. From tokens that come after it, it takes exactly "
            "nothing: the causal mask.",
            falsified_by="A row does not add up to 1, or a later token gets some weight.",
            settles=("attention/qkv", "attention/causal-mask"),
            set={"future": False},
        ),
        Expect(
            id="sink",
            see="Much of the weight lies on the first token, and it stays there when a random token stands in the first place: it is a "
            "place to put what is not needed, not the reason for anything.",
            falsified_by="The first token gets less than twice an even share, or less than half as much when another token stands there.",
        ),
        Expect(
            id="differ",
            see="The heads of one layer look at different tokens: several ways of looking side by side.",
            falsified_by="Even the two heads that differ most have more than seven tenths of their weight on the same tokens.",
            settles=("attention/heads",),
        ),
    ),
    examples=(
        Example(title="A head that looks one token back", set={"layer": 16, "head": 0}),
        Example(
            title="A head that finds the word after the earlier one",
            set={"layer": 18, "head": 6, "text": "Anna plays the piano. Tom plays the drums. Anna plays the piano. Tom plays the drums."},
        ),
        Example(title="Without the causal mask", set={"future": True}),
    ),
    sources=(
        Source(title="Vaswani et al. 2017, Attention Is All You Need", url="https://arxiv.org/abs/1706.03762"),
        Source(title="Xiao et al. 2023, Efficient Streaming Language Models with Attention Sinks", url="https://arxiv.org/abs/2309.17453"),
        Source(title="Clark et al. 2019, What Does BERT Look At?", url="https://arxiv.org/abs/1906.04341"),
    ),
    seconds=600,
    megabytes=2048,
)  # fmt: skip


class AttentionMaps:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from look_inside(values, model)


def look_inside(values: Values, model: Model) -> Iterator[Part]:
    from greenroom.labs import passage
    from greenroom.labs.looks import without_mask

    layer, head = passage.place(model, values)
    read = passage.read(model, values.text("text"), MOST, least=3)
    yield Progress(says="Reading the text", share=0.4)
    look = without_mask if values.yes("future") else None
    maps = passage.look_at(model, read.ids, look).maps
    yield map_of(maps[layer, head], read, f"Layer {layer}, head {head}")
    yield from _summaries(maps)
    yield _named(maps)
    yield weights(maps)
    yield Progress(says="Trying other tokens in the first place", share=0.6)
    yield sink(maps, _with_others_first(model, read.ids, values.whole("seed"), look), future=values.yes("future"))
    yield differ(maps[layer], layer)


def map_of(weights: Array, read: Passage, title: str) -> Picture:
    """(T, T): a row for each token that looks. What the mask hides is left out."""
    seen = [[float(w) if k <= n or w > 0 else None for k, w in enumerate(row)] for n, row in enumerate(weights)]
    n, k = max(((n, k) for n in range(1, len(seen)) for k in range(1, len(seen))), key=lambda at: seen[at[0]][at[1]] or 0)
    return Picture(
        name="map", title=title, chart="heat", label="Token that looks", across="token it takes from", labels=read.words, full=1,
        series=tuple(Series(title=word, values=tuple(row[at] for row in seen)) for at, word in enumerate(read.words)),
        says=f"A row is what one token takes from each token; it adds up to 1. The largest that is not from the first token: "
        f"“{read.words[n]}” takes {seen[n][k]:.0%} from “{read.words[k]}”.",
        note="“·” begins a token that goes on the word before it.",
    )  # fmt: skip


def by_head(name: str, title: str, figures: Array, says: str, full: float | None = None, note: str = "") -> Picture:
    """(L, H) as a matrix: layers across, heads down."""
    layers, heads = figures.shape
    return Picture(
        name=name, title=title, chart="heat", label="Head", across="layer", labels=tuple(map(str, range(heads))), full=full, says=says,
        series=tuple(Series(title=str(n), values=tuple(map(float, figures[n]))) for n in range(layers)), note=note,
    )  # fmt: skip


def on_first(maps: Array) -> Array:
    """Of what each token but the first takes, the mean share from the first token: (L, H)."""
    found: Array = maps[:, :, 1:, 0].mean(-1)
    return found


def on_previous(maps: Array) -> Array:
    """Of what each token but the first two takes, the mean share from the token before: (L, H)."""
    found: Array = maps.diagonal(-1, 2, 3)[:, :, 1:].mean(-1)
    return found


def spread(maps: Array) -> Array:
    """How evenly each token takes from those it may see: its entropy as a share of the largest there could be, the mean over all tokens
    but the first: 0 is all from one, 1 is the same from each. (L, H)."""
    import numpy as np

    logs = np.log(np.where(maps > 0, maps, 1))
    bits = -(maps * logs).sum(-1)[:, :, 1:]
    most = np.log((maps[0, 0] > 0).sum(-1)[1:].clip(2))
    found: Array = (bits / most).mean(-1)
    return found


def _summaries(maps: Array) -> Iterator[Picture]:
    first, previous, even = on_first(maps), on_previous(maps), spread(maps)
    share = f"{(first > 0.5).sum()} of {first.size} heads give it more than half."
    yield by_head("first", "How much goes to the first token", first, f"{first.mean():.0%} on average; {share}", full=1)
    most = int(previous.argmax())
    where = f"most, {previous.max():.0%}, in layer {most // previous.shape[1]}, head {most % previous.shape[1]}"
    yield by_head("previous", "How much goes to the token before", previous, f"{previous.mean():.0%} on average; {where}.", full=1)
    says = (
        f"0: all from one token; 1: the same from each that it may see. {even.mean():.2f} on average, {even.min():.2f} to {even.max():.2f}."
    )
    yield by_head("spread", "How evenly it is spread", even, says, full=1)


def _named(maps: Array) -> Table:
    """The heads that stand out."""
    import numpy as np

    first, previous, even = on_first(maps), on_previous(maps), spread(maps)
    rows: list[tuple[Cell, ...]] = []
    for what, order in (("one token back", -previous), ("the first token", -first), ("all alike", -even)):
        for at in np.argsort(order, axis=None, kind="stable")[:NAMED]:
            layer, head = divmod(int(at), first.shape[1])
            figures = (float(each[layer, head]) for each in (previous, first, even))
            rows.append((f"layer {layer}, head {head}", f"looks at {what}", *figures))
    columns = ("Head", "Stands out because it", "Token before", "First token", "Evenness")
    return Table(name="named", title="Heads that stand out", columns=columns, rows=tuple(rows))


def weights(maps: Array) -> Finding:
    import numpy as np

    off, later = float(np.abs(maps.sum(-1) - 1).max()), float(np.triu(maps, 1).max())
    sums = f"{maps.shape[0]} layers with {maps.shape[1]} heads: a row adds up to 1 within {about(off)}"
    says = f"{sums}; the largest weight on a later token is "
    return Finding(id="weights", held=off < 1e-4 and later == 0, found=says + (f"{later:.2f}." if later else "exactly 0."))


def _with_others_first(model: Model, ids: list[int], seed: int, look: Look | None) -> list[tuple[str, float]]:
    """Random tokens put into the first place: each with the mean share that it then gets."""
    import numpy as np

    from greenroom.labs import passage

    dice = np.random.default_rng(seed)
    drawn = [int(each) for each in dice.integers(0, model.transformer.shape.vocabulary, OTHERS)]
    found = [float(on_first(passage.look_at(model, [each, *ids[1:]], look).maps).mean()) for each in drawn]
    return list(zip(passage.words(model, drawn), found, strict=True))


def sink(maps: Array, others: list[tuple[str, float]], *, future: bool = False) -> Finding:
    """``future``: each token sees all of them, so an even share is smaller."""
    import numpy as np

    share, length = float(on_first(maps).mean()), maps.shape[2]
    even = 1 / length if future else float(np.mean([1 / (n + 1) for n in range(1, length)]))
    told = ", ".join(f"“{word}” {found:.0%}" for word, found in others)
    says = f"The first token gets {share:.0%} on average over all heads and tokens; the same for each would be {even:.0%}. "
    held = share >= 2 * even and all(found >= share / 2 for _, found in others)
    return Finding(id="sink", held=held, found=f"{says}With random tokens in its place: {told}.")


def differ(maps: Array, layer: int) -> Finding:
    """(H, T, T). How far two heads are apart: the share of their weight that lies on different tokens, without the first token's row."""
    import numpy as np

    apart = {(a, b): float(np.abs(maps[a, 1:] - maps[b, 1:]).sum(-1).mean() / 2) for a in range(len(maps)) for b in range(a + 1, len(maps))}
    if not apart:
        return Finding(id="differ", held=None, found="The layer has one head.")
    (a, b), far = max(apart.items(), key=lambda each: each[1])
    near = min(apart.values())
    says = (
        f"In layer {layer}, heads {a} and {b} differ most: {far:.0%} of their weight lies on different tokens; the nearest two, {near:.0%}."
    )
    return Finding(id="differ", held=far >= 0.3, found=says)
