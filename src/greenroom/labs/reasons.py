"""The lab *weights-or-reasons*: does the largest attention weight say why the live model wrote what it wrote? Looked at, and tested."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs import passage
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import text, whole
from greenroom.labs.shares import Share

if TYPE_CHECKING:
    from greenroom.labs.transformer import Array

MOST, LONGEST = 30, 200
"""Tokens of the text to go on, and of one of the prompts."""
LIMIT = 0.75
"""A map from which one could read the word that matters would be right in three prompts of four at least."""
PROMPTS = (
    "The capital of France is",
    "The opposite of hot is",
    "My dog likes to chase the neighbour's",
    "She poured the milk into the",
    "The sun rises in the",
    "Romeo fell in love with",
    "The quick brown fox jumps over the lazy",
    "He unlocked the door with his",
    "In winter the lake is covered with",
    "Two plus two makes",
    "The author of Hamlet is William",
    "Bees make honey and cows give",
    "The baby began to cry because she was",
    "Monday, Tuesday, Wednesday,",
    "They crossed the river by",
    "The doctor examined the patient in the",
    "Water freezes at zero degrees",
    "The police arrested the thief after the",
    "The teacher wrote on the",
    "After the rain the streets were",
    "Please close the window, it is",
    "The pilot landed the plane on the",
    "The bread was baked in the",
    "Once upon a time there was a",
)
"""Written before any was run; none was taken out afterwards."""

CARD = Card(
    name="weights-or-reasons",
    title="Does the largest weight say why?",
    topics=("attention",),
    about="The model continues a text. Which word made it choose what it chose? First we look: how much attention the last token pays to "
    "each word. Then we test: we replace each word with random tokens and measure the change. The first word is left out. Heads park the "
    "attention they have no use for there, whatever it says (an attention sink), so its weight says nothing about this text. "
    f"The claim is counted over {len(PROMPTS)} prompts; your text is shown in detail.",
    parameters=(
        text("text", "Text to go on", "The capital of France is", 300, f"At most {MOST} tokens."),
        whole("replacements", "Random tokens tried in each place", 16, (2, 64)),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "Draws those tokens."),
    ),
    expects=(
        Expect(
            id="apart",
            see="The word with the largest weight is often not the word that matters most: in more than one prompt of four it is another.",
            falsified_by=f"It is the same word in three prompts of four or more. Over the {len(PROMPTS)} prompts this is decided only if "
            "the whole 95% interval lies on one side, and the test names the same word when it is repeated; otherwise it is undecided.",
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
        Source(title="Xiao et al. 2023, Efficient Streaming Language Models with Attention Sinks", url="https://arxiv.org/abs/2309.17453"),
    ),
    seconds=900,
    megabytes=2048,
)


class WeightsOrReasons:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from look_inside(values, model)


class Word(NamedTuple):
    """``weight``: what the last token takes from it, the mean over all heads, 0 to 1. ``drops``: by how many nats the answer becomes less
    likely with each random token in its place; none for the first token, which is left out, and the last, which does the looking."""

    word: str
    weight: float
    drops: tuple[float, ...] = ()

    def effect(self, start: int = 0, step: int = 1) -> float:
        """The mean change over these draws, up or down."""
        some = self.drops[start::step]
        return abs(sum(some) / len(some))


class Tested(NamedTuple):
    """A prompt, the token that follows, how likely that is, and the words of the prompt."""

    prompt: str
    said: str
    likely: float
    words: tuple[Word, ...]

    @property
    def compared(self) -> tuple[Word, ...]:
        return tuple(word for word in self.words if word.drops)

    @property
    def heaviest(self) -> Word:
        return max(self.compared, key=lambda word: word.weight)

    def strongest(self, start: int = 0, step: int = 1) -> Word:
        """The word whose replacement changes most, by every ``step``-th draw from ``start`` on."""
        return max(self.compared, key=lambda word: word.effect(start, step))

    @property
    def same(self) -> bool:
        return self.heaviest is self.strongest()


def look_inside(values: Values, model: Model) -> Iterator[Part]:
    draws, seed = values.whole("replacements"), values.whole("seed")
    yield Progress(says="Your text", share=0.05)
    own = passage.read(model, values.text("text"), MOST, least=4)
    shown = tested(model, values.text("text"), own, draws, seed)
    yield _bars(shown)
    yield _table(shown)
    found = list[Tested]()
    for n, prompt in enumerate(PROMPTS):
        yield Progress(says=f"Prompt {n + 1} of {len(PROMPTS)}", share=0.1 + 0.5 * n / len(PROMPTS))
        found.append(tested(model, prompt, passage.read(model, prompt, LONGEST, least=4), draws, seed))
    yield _prompts(found)
    yield apart(found)
    yield from _even(model, own.ids, shown.said)


def tested(model: Model, prompt: str, read: passage.Passage, draws: int, seed: int) -> Tested:
    import numpy as np

    from greenroom.labs.transformer import log_softmax

    seen = passage.look_at(model, read.ids)
    weights, row = seen.maps[:, :, -1].mean((0, 1)), log_softmax(seen.scores)  # (T,), (V,)
    answer, dice = int(row.argmax()), np.random.default_rng(seed)
    words = [Word(word, float(weight)) for word, weight in zip(read.words, weights, strict=True)]
    for n in range(1, len(read.ids) - 1):
        drawn = dice.integers(0, model.transformer.shape.vocabulary, draws)
        after = _logs(model, read.ids, n, [int(each) for each in drawn], answer)
        words[n] = words[n]._replace(drops=tuple(float(row[answer]) - log for log in after))
    return Tested(prompt, model.tokenizer.decode([answer]).strip(), float(np.exp(row[answer])), tuple(words))


def _logs(model: Model, ids: Sequence[int], place: int, drawn: Sequence[int], answer: int) -> list[float]:
    """The answer's log-probability with each of these tokens in that place: what stands before it is read once."""
    from greenroom.labs.transformer import log_softmax
    from greenroom.labs.writing import Branches

    branches = Branches(model.transformer, ids[:place])
    ends = [nodes[-1] for nodes in branches.follow(((-1, [each, *ids[place + 1 :]]) for each in drawn), ends=True)]
    return [float(log_softmax(branches.logits[node])[answer]) for node in ends]


def _bars(shown: Tested) -> Picture:
    some = shown.compared
    weights, effects = (sum(each) or 1 for each in ([w.weight for w in some], [w.effect() for w in some]))
    return Picture(
        name="bars", title=f"Looked at and tested: why “{shown.said}”?", chart="bars", label="Word", unit="%",
        labels=tuple(word.word for word in some),
        series=(
            Series(title="Share of the attention on these words", values=tuple(100 * word.weight / weights for word in some)),
            Series(title="Share of the effects of replacing them", values=tuple(100 * word.effect() / effects for word in some)),
        ),
        says=f"The largest weight lies on “{shown.heaviest.word}”; replacing “{shown.strongest().word}” changes the answer most.",
        note="Attention: what the last token takes, the mean over all layers and heads. "
        f"Left out: “{shown.words[0].word}”, the first word, which gets {shown.words[0].weight:.0%} (an attention sink), and "
        f"“{shown.words[-1].word}”, the last, which does the looking.",
    )  # fmt: skip


def _table(shown: Tested) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (word.word, 100 * word.weight, sum(word.drops) / len(word.drops) if word.drops else None) for word in shown.words
    )
    columns = ("Word", "Attention weight, %", f"“{shown.said[:80]}” becomes less likely by, nats")
    note = f"The model goes on with “{shown.said}”, {shown.likely:.0%}. One nat less: 37% of the likelihood is left."
    return Table(name="words", title="Each word", columns=columns, rows=rows, note=note)


def _prompts(found: Sequence[Tested]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{each.prompt} → {each.said}"[:200], 100 * each.words[0].weight, f"{each.heaviest.word} ({each.heaviest.weight:.0%})",
            f"{each.strongest().word} ({each.strongest().effect():.1f} nats)", "yes" if each.same else "no",
        )
        for each in found
    )  # fmt: skip
    return Table(
        name="prompts", title="Every prompt",
        columns=("Prompt → answer", "First word, %", "Heaviest other word", "Replacing this one changes most", "The same?"),
        rows=rows,
        note="A word is a token; one that goes on the word before it begins with a dot. The first and the last token are left out.",
    )  # fmt: skip


def apart(found: Sequence[Tested]) -> Finding:
    """A noisy test would name other words by chance: so half of the draws is held against the other half."""
    count = len(found)
    share = Share(sum(each.same for each in found), count)
    again = Share(sum(each.strongest(0, 2) is each.strongest(1, 2) for each in found), count)
    chance = sum(1 / len(each.compared) for each in found)
    sinks = sum(each.words[0].weight == max(word.weight for word in each.words) for each in found)
    above, why = share.above(LIMIT), ""
    if above is None:
        why = "Undecided: three prompts in four lies within the interval. "
    elif not above and again.cases < LIMIT * count:
        above, why = None, "Undecided: the test is too noisy, try more random tokens. "
    says = (
        f"{why}The heaviest word is the one that matters most in {share} of the prompts; a word picked at random would be in {chance:.1f}. "
        f"Left out is the first word: it is the heaviest of all in {sinks} of {count}. "
        f"The test by itself: two halves of the random tokens name the same word in {again}."
    )
    return Finding(id="apart", held=None if above is None else not above, found=says)


def _even(model: Model, ids: list[int], said: str) -> Iterator[Part]:
    """Each head in turn looks at all alike."""
    again, heads = passage.Again(model, ids), model.transformer.shape.heads
    answer = int(again.logits(again.layers - 1, last=True)[0].argmax())
    changed = list[tuple[int, int, str]]()
    for layer in range(again.layers):
        for head in range(heads):

            def look(place: str, at: int, value: Array, head: int = head) -> Array | None:
                return spread_evenly(value, head) if place == "attention" and at == 0 else None

            best = int(again.logits(layer, look, last=True)[0].argmax())
            if best != answer:
                changed.append((layer, head, model.tokenizer.decode([best])))
        yield Progress(says=f"Other maps in layer {layer}", share=0.6 + 0.4 * (layer + 1) / again.layers)
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
    says = f"In {heads - changed} of {heads} heads an even map leaves “{said}” the likeliest token."
    return Finding(id="even", held=changed < heads / 10, found=says)
