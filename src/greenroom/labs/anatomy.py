"""The lab *anatomy*: the live model taken apart. Its parameters and operations by component, counted from its own tensors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import whole

if TYPE_CHECKING:
    from greenroom.labs.transformer import Shape

SHORT = 16
"""Tokens of the text whose numbers are counted in a real pass, and again with twice as many."""
LENGTHS = (128, 512, 2048, 8192, 32_768, 131_072)

CARD = Card(
    name="anatomy",
    title="What the model is made of",
    topics=("architecture", "attention"),
    about="Every tensor of the loaded model, with its shape, its share of the parameters and of the work. Counted from the tensors "
    "themselves and from the numbers that arise in a real pass.",
    parameters=(whole("tokens", "Tokens that are read", 512, (1, 1_000_000), "The work of attention depends on them."),),
    expects=(
        Expect(
            id="share",
            see="Most parameters of a block are in its MLP, not in its attention.",
            falsified_by="The MLP holds half of a block's parameters or less.",
            settles=("architecture/parameter-share", "architecture/attention-is-the-whole-model"),
        ),
        Expect(
            id="tied",
            see="One table serves at both ends: its rows are the embeddings, and the scores of the next token are products with the same "
            "rows.",
            falsified_by="The model has two tables, one for each end.",
            settles=("architecture/embeddings", "architecture/output-head"),
        ),
        Expect(
            id="width",
            see="More heads at the same width are no more parameters: the heads share the width among them.",
            falsified_by="The heads together are wider than the stream.",
            settles=("attention/more-heads-more-parameters", "architecture/more-heads-more-parameters"),
        ),
        Expect(
            id="square",
            see="Twice the text, four times the comparisons in attention; everything else only doubles.",
            falsified_by="The scores of a text twice as long are not four times as many.",
            settles=("attention/quadratic-cost",),
        ),
        Expect(
            id="cache",
            see="What is kept of the text grows in step with it: a key and a value for each token, layer and shared head. Heads that "
            "share keys and values make it smaller.",
            falsified_by="Twice the text keeps other than twice the numbers, or as many as without sharing.",
            settles=("attention/kv-cache", "attention/cheaper-variants", "architecture/modern-variants"),
        ),
    ),
    examples=(Example(title="A chat turn", set={"tokens": 100}), Example(title="A book", set={"tokens": 100_000})),
    sources=(
        Source(title="Vaswani et al. 2017, Attention Is All You Need", url="https://arxiv.org/abs/1706.03762"),
        Source(title="Ainslie et al. 2023, GQA (heads that share keys and values)", url="https://arxiv.org/abs/2305.13245"),
        Source(title="Press and Wolf 2017, Using the Output Embedding (one table at both ends)", url="https://arxiv.org/abs/1608.05859"),
        Source(title="Allal et al. 2025, SmolLM2", url="https://arxiv.org/abs/2502.02737"),
    ),
    seconds=600,
    megabytes=2048,
)  # fmt: skip


class Anatomy:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from look_inside(values, model)


class Organ(NamedTuple):
    """A component over all layers. ``shape`` of one of it; ``operations`` to read the text: a multiplication and an addition are two."""

    name: str
    group: str
    shape: str
    parameters: int
    operations: int


class Counted(NamedTuple):
    """Numbers that arose in a pass, over all layers."""

    scores: int
    hidden: int
    kept: int


def look_inside(values: Values, model: Model) -> Iterator[Part]:
    tokens = values.whole("tokens")
    found = organs(model, tokens)
    yield Progress(says="Counting", share=0.3)
    yield _shares(found, tokens)
    yield _table(found, tokens)
    yield _growth(model)
    yield _sizes(model.transformer.shape)
    yield Progress(says="Reading a short text and one twice as long", share=0.6)
    short, long = count(model, SHORT), count(model, 2 * SHORT)
    yield _counted(short, long)
    shape = model.transformer.shape
    yield share(found)
    yield tied(model.transformer.embedding is model.transformer.unembedding, shape)
    yield width(shape)
    yield square(short, long)
    yield cache(short, long, shape)


def organs(model: Model, tokens: int) -> list[Organ]:
    """The components, from the tensors in memory. The norms' few operations are left out."""
    transformer, s = model.transformer, model.transformer.shape
    q, kv = s.heads * s.head_width, s.kv_heads * s.head_width
    found = [Organ("Embedding", "Embedding and unembedding", _size(s.vocabulary, s.width), transformer.embedding.size, 0)]
    for name, group, shape, sizes in (
        ("Queries", "Attention", _size(q, s.width), [q * block.qkv.shape[1] for block in transformer.blocks]),
        ("Keys", "Attention", _size(kv, s.width), [kv * block.qkv.shape[1] for block in transformer.blocks]),
        ("Values", "Attention", _size(kv, s.width), [kv * block.qkv.shape[1] for block in transformer.blocks]),
        ("Output of the heads", "Attention", _size(s.width, q), [block.output.size for block in transformer.blocks]),
        ("Gate", "MLP", _size(s.hidden, s.width), [block.gate_up.size // 2 for block in transformer.blocks]),
        ("Up", "MLP", _size(s.hidden, s.width), [block.gate_up.size // 2 for block in transformer.blocks]),
        ("Down", "MLP", _size(s.width, s.hidden), [block.down.size for block in transformer.blocks]),
    ):
        found.append(Organ(name, group, f"{s.layers} × {shape}", sum(sizes), 2 * sum(sizes) * tokens))
    pairs = 4 * s.layers * s.heads * s.head_width * tokens * tokens
    found.append(Organ("Comparing and mixing", "Scores", f"{s.layers} × {s.heads} × {tokens:,} × {tokens:,}", 0, pairs))
    norms = transformer.final_norm.size + sum(block.attention_norm.size + block.mlp_norm.size for block in transformer.blocks)
    found.append(Organ("Norms", "Norms", f"{2 * s.layers + 1} × {s.width}", norms, 0))
    own = 0 if transformer.unembedding is transformer.embedding else transformer.unembedding.size
    work = 2 * transformer.unembedding.size * tokens
    return [*found, Organ("Unembedding", "Embedding and unembedding", _size(s.vocabulary, s.width), own, work)]


def _size(rows: int, columns: int) -> str:
    return f"{rows:,} × {columns:,}"


GROUPS = ("Embedding and unembedding", "Attention", "MLP", "Scores", "Norms")


def _shares(found: list[Organ], tokens: int) -> Picture:
    parameters, operations = sum(each.parameters for each in found), sum(each.operations for each in found)
    sums = {
        group: (
            100 * sum(each.parameters for each in found if each.group == group) / parameters,
            100 * sum(each.operations for each in found if each.group == group) / operations,
        )
        for group in GROUPS
    }
    return Picture(
        name="shares", title="Where the parameters are, and where the work is", chart="stack", label="Of the", unit="%",
        labels=(f"{parameters:,} parameters", f"{operations / 1e9:,.1f} billion operations on {tokens:,} tokens"),
        series=tuple(Series(title=group, values=shares) for group, shares in sums.items()),
        says="; ".join(f"{group}: {a:.1f}% of the parameters, {b:.1f}% of the operations" for group, (a, b) in sums.items()) + ".",
        note="Scores: comparing each token with each (queries · keys) and mixing the values; no parameters, only work.",
    )  # fmt: skip


def _table(found: list[Organ], tokens: int) -> Table:
    parameters, operations = sum(each.parameters for each in found), sum(each.operations for each in found)
    rows: list[tuple[Cell, ...]] = [
        (
            each.name,
            each.shape,
            each.parameters,
            100 * each.parameters / parameters,
            each.operations / 1e6,
            100 * each.operations / operations,
        )
        for each in found
    ]
    rows.append(("All", "", parameters, 100.0, operations / 1e6, 100.0))
    return Table(
        name="organs", title=f"Component by component, reading {tokens:,} tokens", rows=tuple(rows),
        columns=("Component", "Shape", "Parameters", "Of all, %", "Operations, millions", "Of all, %"),
        note="A multiplication and an addition are two operations; norms, rotations and softmax are left out. Every pair of tokens is "
        "counted, the masked half too, as this program computes it; likewise scores for every token, though writing needs only the last "
        "one's.",
    )  # fmt: skip


def _growth(model: Model) -> Picture:
    shares = []
    for tokens in LENGTHS:
        found = organs(model, tokens)
        shares.append(100 * sum(each.operations for each in found if each.group == "Scores") / sum(each.operations for each in found))
    return Picture(
        name="growth", title="The share of the pairs in the work", chart="lines", label="Tokens that are read", unit="%",
        labels=tuple(f"{tokens:,}" for tokens in LENGTHS), series=(Series(title="Comparing and mixing", values=tuple(shares)),),
        says=f"{shares[0]:.1f}% of the operations at {LENGTHS[0]} tokens, {shares[3]:.0f}% at {LENGTHS[3]:,}, {shares[-1]:.0f}% at "
        f"{LENGTHS[-1]:,}.",
        note=f"{model.name} was made to read {model.transformer.shape.context:,} tokens; beyond that it is arithmetic only.",
    )  # fmt: skip


def _sizes(s: Shape) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Layers", s.layers), ("Width of the stream", s.width), ("Heads that ask, a layer", s.heads),
        ("Heads that are asked, a layer", s.kv_heads), ("Width of a head", s.head_width), ("Width inside the MLP", s.hidden),
        ("Tokens in the vocabulary", s.vocabulary), ("Tokens it was made to read", s.context),
    )  # fmt: skip
    return Table(name="sizes", title="Its sizes", columns=("Size", "Value"), rows=rows)


def count(model: Model, tokens: int) -> Counted:
    """The numbers that arise while that many tokens are read."""
    from greenroom.labs.looks import Record

    kept = Record("scores", "mlp_hidden", "keys", "values")
    model.transformer.forward([n % model.transformer.shape.vocabulary for n in range(tokens)], look=kept, last=True)
    sizes = {
        place: sum(each.size for (at, _), some in kept.seen.items() if at == place for each in some) for place in ("scores", "mlp_hidden")
    }
    stored = sum(each.size for (at, _), some in kept.seen.items() if at in ("keys", "values") for each in some)
    return Counted(sizes["scores"], sizes["mlp_hidden"], stored)


def _counted(short: Counted, long: Counted) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Scores of attention", short.scores, long.scores, long.scores / short.scores),
        ("Numbers inside the MLPs", short.hidden, long.hidden, long.hidden / short.hidden),
        ("Keys and values that are kept", short.kept, long.kept, long.kept / short.kept),
    )
    return Table(
        name="counted", title="Counted in a real pass", rows=rows,
        columns=("Numbers", f"{SHORT} tokens", f"{2 * SHORT} tokens", "Times as many"),
    )  # fmt: skip


def share(found: list[Organ]) -> Finding:
    attention, mlp = (sum(each.parameters for each in found if each.group == group) for group in ("Attention", "MLP"))
    share = mlp / (mlp + attention)
    says = f"In the blocks, {mlp:,} parameters are in the MLPs and {attention:,} in attention: {share:.1%} and {1 - share:.1%}."
    return Finding(id="share", held=mlp > attention, found=says)


def tied(same: bool, s: Shape) -> Finding:
    table = f"{s.vocabulary:,} rows of {s.width:,}, {s.vocabulary * s.width:,} parameters"
    return Finding(id="tied", held=same, found=f"One table for both ends: {table}." if same else f"Two tables, each of {table}.")


def width(s: Shape) -> Finding:
    says = (
        f"{s.heads} heads of {s.head_width} are {s.heads * s.head_width} wide, the stream is {s.width}: the queries' matrix has "
        f"{s.heads * s.head_width * s.width:,} parameters a layer. One head of {s.heads * s.head_width} would have as many."
    )
    return Finding(id="width", held=s.heads * s.head_width <= s.width, found=says)


def square(short: Counted, long: Counted) -> Finding:
    says = (
        f"{short.scores:,} scores for {SHORT} tokens, {long.scores:,} for {2 * SHORT}: {long.scores / short.scores:g} times. Inside the "
        f"MLPs {long.hidden / short.hidden:g} times."
    )
    return Finding(id="square", held=long.scores == 4 * short.scores and long.hidden == 2 * short.hidden, found=says)


def cache(short: Counted, long: Counted, s: Shape) -> Finding:
    each, unshared = short.kept // SHORT, 2 * s.layers * s.heads * s.head_width
    says = (
        f"{each:,} numbers are kept of a token ({4 * each:,} bytes in fp32), {long.kept / short.kept:g} times as many for twice the text. "
        f"Without sharing, {s.heads} heads would keep {unshared:,}: {unshared / each:g} times as many."
    )
    return Finding(id="cache", held=long.kept == 2 * short.kept and each < unshared, found=says)
