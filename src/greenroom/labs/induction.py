"""The lab *induction*: a random sequence, repeated. How the live model learns it from the context alone, and which heads do it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from zlib import crc32

from greenroom.labs import passage
from greenroom.labs.attention import by_head, map_of
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import whole

if TYPE_CHECKING:
    import numpy as np

    from greenroom.labs.transformer import Array

NAMED, SHOWN, FEWEST, DRAWS = 10, 30, 200, 7
"""Heads that are named; longest sequence whose map is drawn; words that the vocabulary must have to be drawn from alone; draws of random
heads: a draw may hit one that the others need."""

CARD = Card(
    name="induction",
    title="Learning from the context, no weight changed",
    topics=("attention", "training"),
    about="Random words, then the same words again. The first time nobody can foresee them. The second time the model can copy, if some "
    "of its heads look from a word to what came after it the last time: induction heads.",
    parameters=(
        whole("length", "Words in the sequence", 16, (5, 60)),
        whole("knocked", "Heads to knock out", 8, (1, 60), "The strongest induction heads, and as many random ones."),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws the words, and the random heads."),
    ),
    expects=(
        Expect(
            id="copies",
            see="The second time the loss is less than half of the first time, and no weight has changed: examples in the prompt train "
            "nothing.",
            falsified_by="The second copy is no easier than the first, or a weight changed.",
            settles=("training/few-shot-trains", "training/prompting-is-not-training"),
        ),
        Expect(
            id="heads",
            see="A few heads put most of their weight on the token after the earlier one, in one step over the whole distance; most heads "
            "none.",
            falsified_by="No head puts half of its weight there, or most heads do.",
            settles=("attention/direct-path", "attention/heads"),
        ),
        Expect(
            id="cause",
            see="These heads do it: without them the second copy is lost; without as many others, drawn at random, it mostly is not. The "
            "map was a hint; this is the proof.",
            falsified_by="Without them the second copy is nearer to what it was than to the first; or without random heads, in the middle "
            "of several draws, it suffers at least half as much.",
            settles=("attention/weights-not-reasons",),
        ),
    ),
    examples=(
        Example(title="A longer sequence", set={"length": 40}),
        Example(title="One head is not enough", set={"knocked": 1}),
    ),
    sources=(
        Source(title="Olsson et al. 2022, In-context Learning and Induction Heads", url="https://arxiv.org/abs/2209.11895"),
        Source(
            title="Elhage et al. 2021, A Mathematical Framework for Transformer Circuits",
            url="https://transformer-circuits.pub/2021/framework/index.html",
        ),
    ),
    seconds=600,
    megabytes=2048,
)


class Induction:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from look_inside(values, model)


def look_inside(values: Values, model: Model) -> Iterator[Part]:
    import numpy as np

    from greenroom.labs.looks import without_heads

    length, dice = values.whole("length"), np.random.default_rng(values.whole("seed"))
    before = checksum(model)
    ids = sequence(model, length, dice)
    yield Progress(says="Reading it twice", share=0.2)
    maps, plain = passage.look_at(model, ids).maps, model.transformer.surprise(ids)
    found = scores(maps, length)
    best, layer, head = _best(found)
    yield by_head(
        "scores", "How much goes to the token after the earlier one", found, f"Most, {best:.0%}, in layer {layer}, head {head}.", full=1
    )
    yield _named(found)
    if length <= SHOWN:
        read = passage.Passage(ids, passage.words(model, ids))
        yield map_of(maps[layer, head], read, f"Layer {layer}, head {head}: the strongest")
    yield heads(found, length)
    order = [divmod(int(at), found.shape[1]) for at in (-found).argsort(axis=None, kind="stable")]
    count = min(values.whole("knocked"), found.size // 2)
    yield Progress(says=f"Without the {count} strongest", share=0.4)
    strongest = model.transformer.surprise(ids, without_heads(order[:count]))
    draws: list[Array] = []
    for n in range(DRAWS):
        yield Progress(says=f"Without {count} others, at random", share=0.5 + 0.4 * n / DRAWS)
        some = [order[count + int(at)] for at in dice.permutation(found.size - count)[:count]]
        draws.append(model.transformer.surprise(ids, without_heads(some)))
    draws.sort(key=lambda nats: _halves(nats, length)[1])
    runs = {"As it is": plain, f"{count} strongest gone": strongest, f"{count} random gone": draws[DRAWS // 2]}
    yield _lines(model, ids, runs, length)
    yield copies(plain, length, before == checksum(model))
    yield cause(plain, strongest, draws, length)


def sequence(model: Model, length: int, dice: np.random.Generator) -> list[int]:
    """A mark, then ``length`` different random tokens, then the same again. Whole words where the vocabulary has some."""
    tokenizer, size = model.tokenizer, model.tokenizer.size
    marks = set(tokenizer.marks.values())
    plain = [n for n in range(size) if n not in marks]
    pieces = zip(plain, tokenizer.pieces(plain), strict=True)
    whole_words = [n for n, piece in pieces if piece[:1] == " " and piece[1:].isalpha() and len(piece) > 4]
    pool = whole_words if len(whole_words) >= FEWEST else plain
    drawn = [int(each) for each in dice.choice(pool, min(length, len(pool)), replace=False)]
    begin = tokenizer.begin if tokenizer.begin is not None else min(tokenizer.marks.values(), default=0)
    return [begin, *drawn, *drawn]


def scores(maps: Array, length: int) -> Array:
    """Of what each token of the second copy takes, the share from the token behind its first occurrence; the mean: (L, H)."""
    import numpy as np

    at = np.arange(1 + length, 1 + 2 * length)
    found: Array = maps[:, :, at, at - length + 1].mean(-1)
    return found


def checksum(model: Model) -> int:
    """Of every weight."""
    weights = model.transformer
    found = crc32(weights.embedding.data)
    for part in (weights.final_norm, *(each for block in weights.blocks for each in block)):
        found = crc32(part.data, found)
    return found


def _best(found: Array) -> tuple[float, int, int]:
    layer, head = divmod(int(found.argmax()), found.shape[1])
    return float(found.max()), layer, head


def _named(found: Array) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for at in (-found).argsort(axis=None, kind="stable")[:NAMED]:
        layer, head = divmod(int(at), found.shape[1])
        rows.append((f"layer {layer}, head {head}", 100 * float(found[layer, head])))
    return Table(name="named", title="The strongest induction heads", columns=("Head", "Share of its weight, %"), rows=tuple(rows))


def heads(found: Array, length: int) -> Finding:
    import numpy as np

    best, layer, head = _best(found)
    some, median = int((found > 0.3).sum()), float(np.median(found))
    says = (
        f"Layer {layer}, head {head} puts {best:.0%} of its weight on the one token, {length - 1} back; {some} of {found.size} heads put "
        f"more than 30% there, the median head {median:.1%}."
    )
    return Finding(id="heads", held=best > 0.5 and some < found.size / 4, found=says)


def _halves(nats: Array, length: int) -> tuple[float, float]:
    return float(nats[:length].mean()), float(nats[length:].mean())


def _lines(model: Model, ids: list[int], runs: dict[str, Array], length: int) -> Picture:
    first, second = _halves(runs["As it is"], length)
    return Picture(
        name="loss", title="How surprising each word is", chart="lines", label="Word", unit="nats", labels=passage.words(model, ids[1:]),
        series=tuple(Series(title=title, values=tuple(map(float, nats))) for title, nats in runs.items()),
        says=f"The first time {first:.1f} nats a word, the second time {second:.1f}. From word {length + 1} on it is the same sequence "
        f"again.",
    )  # fmt: skip


def copies(nats: Array, length: int, same: bool) -> Finding:
    first, second = _halves(nats, length)
    weights_ = "every weight is as it was" if same else "a weight has changed"
    says = f"{first:.2f} nats a word the first time, {second:.2f} the second; {weights_} (CRC-32 before and after)."
    return Finding(id="copies", held=second < first / 2 and same, found=says)


def cause(plain: Array, strongest: Array, draws: list[Array], length: int) -> Finding:
    """``draws``: without random heads, the least harmful first."""
    untouched, lost, *chance = (_halves(nats, length)[1] for nats in (plain, strongest, *draws))
    middle, unknown = chance[len(chance) // 2], _halves(plain, length)[0]
    says = (
        f"The second copy: {untouched:.2f} nats a word as it is (the first: {unknown:.2f}), {lost:.2f} without the strongest heads. "
        f"Without as many others, drawn {len(chance)} times: {middle:.2f} in the middle, {chance[0]:.2f} to {chance[-1]:.2f}."
    )
    held = lost - untouched >= (unknown - untouched) / 2 > 0 and middle - untouched < (lost - untouched) / 2
    return Finding(id="cause", held=held, found=says)
