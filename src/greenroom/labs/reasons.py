"""The lab *weights-or-reasons*: does the largest attention weight say why the live model wrote what it wrote? Looked at, and tested."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs import passage
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import text, whole

if TYPE_CHECKING:
    from greenroom.labs.transformer import Array

MOST = 30

CARD = Card(
    name="weights-or-reasons",
    title="Does the largest weight say why?",
    topics=("attention",),
    about="The model goes on with a token. Which words made it so? First what the attention maps suggest: how much the last token takes "
    "from each. Then the test: each word is replaced, and the change is measured.",
    parameters=(
        text("text", "Text to go on", "The capital of France is", 300, f"At most {MOST} tokens."),
        whole("replacements", "Random tokens tried in each place", 4, (1, 20)),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws those tokens."),
    ),
    expects=(
        Expect(
            id="apart",
            see="The word with the largest weight is not the word that matters most.",
            falsified_by="Replacing the word with the largest weight changes the answer more than replacing any other.",
            settles=("attention/weights-explain", "attention/weights-not-reasons"),
        ),
        Expect(
            id="even",
            see="In most heads another map gives the same answer: with the head's weights spread evenly over all tokens it may see, the "
            "likeliest token stays.",
            falsified_by="In a tenth of the heads or more the likeliest token changes.",
            settles=("attention/weights-explain",),
        ),
    ),
    examples=(
        Example(title="A pronoun", set={"text": "The trophy did not fit into the suitcase because the trophy was too"}),
        Example(title="A saying", set={"text": "The quick brown fox jumps over the lazy"}),
    ),
    sources=(
        Source(title="Jain and Wallace 2019, Attention is not Explanation", url="https://arxiv.org/abs/1902.10186"),
        Source(title="Wiegreffe and Pinter 2019, Attention is not not Explanation", url="https://arxiv.org/abs/1908.04626"),
    ),
    seconds=600,
    megabytes=2048,
)


class WeightsOrReasons:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from look_inside(values, model)


class Word(NamedTuple):
    """``weight``: what the last token takes from it, the mean over all heads, 0 to 1. ``effect``: by how many nats the answer becomes less
    likely with random tokens in its place, their mean; None for the last token, which is not replaced."""

    word: str
    weight: float
    effect: float | None


def look_inside(values: Values, model: Model) -> Iterator[Part]:
    import numpy as np

    from greenroom.labs.transformer import log_softmax

    read = passage.read(model, values.text("text"), MOST, least=3)
    yield Progress(says="Looking", share=0.1)
    seen = passage.look_at(model, read.ids)
    weights, row = seen.maps[:, :, -1].mean((0, 1)), log_softmax(seen.scores)  # (T,), (V,)
    answer = int(row.argmax())
    said = model.tokenizer.decode([answer])
    found, dice = [Word(read.words[-1], float(weights[-1]), None)], np.random.default_rng(values.whole("seed"))
    for n in range(len(read.ids) - 1):
        drawn = dice.integers(0, model.transformer.shape.vocabulary, values.whole("replacements"))
        after = [_log(model, [*read.ids[:n], int(each), *read.ids[n + 1 :]], answer) for each in drawn]
        found.insert(n, Word(read.words[n], float(weights[n]), float(row[answer]) - sum(after) / len(after)))
        yield Progress(says=f"Replacing “{read.words[n]}”", share=0.1 + 0.3 * (n + 1) / len(read.ids))
    yield _bars(found, said)
    yield _table(found, said, float(np.exp(row[answer])))
    yield apart(found, said)
    yield from _even(model, read.ids, answer, said)


def _log(model: Model, ids: Sequence[int], answer: int) -> float:
    from greenroom.labs.transformer import log_softmax

    return float(log_softmax(model.transformer.forward(ids, last=True)[0])[answer])


def _bars(found: list[Word], said: str) -> Picture:
    total = sum(abs(word.effect or 0) for word in found) or 1
    heaviest, strongest = _first(found)
    return Picture(
        name="bars", title=f"Looked at and tested: why “{said.strip()}”?", chart="bars", label="Word", unit="%",
        labels=tuple(word.word for word in found),
        series=(
            Series(title="Share of the attention weight", values=tuple(100 * word.weight for word in found)),
            Series(
                title="Share of all effects of replacing a word",
                values=tuple(None if word.effect is None else 100 * abs(word.effect) / total for word in found),
            ),
        ),
        says=f"The largest weight lies on “{heaviest.word}”; replacing “{strongest.word}” changes the answer most.",
        note="Weights: what the last token takes, the mean over all layers and heads. The last token itself is not replaced.",
    )  # fmt: skip


def _table(found: list[Word], said: str, likely: float) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple((word.word, 100 * word.weight, word.effect) for word in found)
    columns = ("Word", "Attention weight, %", "“" + said.strip()[:80] + "” becomes less likely by, nats")
    note = f"The model goes on with “{said.strip()}”, {likely:.0%}. One nat less: 37% of the likelihood is left."
    return Table(name="words", title="Each word", columns=columns, rows=rows, note=note)


def _first(found: list[Word]) -> tuple[Word, Word]:
    """The word with the largest weight and the one whose replacement changes most, the last one left out."""
    tested = [word for word in found if word.effect is not None]
    return max(tested, key=lambda word: word.weight), max(tested, key=lambda word: abs(word.effect or 0))


def apart(found: list[Word], said: str) -> Finding:
    heaviest, strongest = _first(found)
    says = (
        f"“{heaviest.word}” has the largest weight, {heaviest.weight:.0%}; replaced, it makes “{said.strip()}” less likely by "
        f"{heaviest.effect:.2f} nats. “{strongest.word}” has {strongest.weight:.0%} and changes most: {strongest.effect:.2f} nats."
    )
    return Finding(id="apart", held=heaviest is not strongest, found=says)


def _even(model: Model, ids: list[int], answer: int, said: str) -> Iterator[Part]:
    """Each head in turn looks at all alike."""
    again, heads = passage.Again(model, ids), model.transformer.shape.heads
    changed = list[tuple[int, int, str]]()
    for layer in range(again.layers):
        for head in range(heads):

            def look(place: str, at: int, value: Array, head: int = head) -> Array | None:
                return spread_evenly(value, head) if place == "attention" and at == 0 else None

            best = int(again.logits(layer, look, last=True)[0].argmax())
            if best != answer:
                changed.append((layer, head, model.tokenizer.decode([best])))
        yield Progress(says=f"Other maps in layer {layer}", share=0.4 + 0.6 * (layer + 1) / again.layers)
    if changed:
        rows = tuple((f"layer {layer}, head {head}", other) for layer, head, other in changed[:50])
        yield Table(name="changed", title="Heads whose map decides the answer", columns=("Head", "It then goes on with"), rows=rows)
    yield even(len(changed), again.layers * heads, said)


def spread_evenly(attention: Array, head: int) -> Array:
    """(H, T, S) with the same weight on every token that each may see, in one head."""
    found = attention.copy()
    seen = found[head] > 0
    found[head] = seen / seen.sum(-1, keepdims=True)
    return found


def even(changed: int, heads: int, said: str) -> Finding:
    says = f"In {heads - changed} of {heads} heads an even map leaves “{said.strip()}” the likeliest token."
    return Finding(id="even", held=changed < heads / 10, found=says)
