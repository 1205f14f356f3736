"""The lab *attention-filter*: a false sentence before the question. Does attention leave it out?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from greenroom.errors import InputError
from greenroom.labs import passage
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import text, whole

if TYPE_CHECKING:
    from greenroom.labs.transformer import Array

MOST = 400

CARD = Card(
    name="attention-filter",
    title="Does attention filter out what is wrong?",
    topics=("attention",),
    about="The same beginning of a sentence, with nothing before it, with a true sentence, with false ones. If attention were a filter, "
    "the false sentence would get no weight and change nothing.",
    parameters=(
        text("text", "The sentence begins", "The capital of France is", 200),
        text("right", "It truly goes on", "Paris", 40),
        text("wrong", "The false sentence says", "Berlin", 40),
        whole("times", "False sentences, at most", 5, (1, 12)),
    ),
    expects=(
        Expect(
            id="takes",
            see="False sentences make the false word likelier: attention takes in what stands in the context, true or not.",
            falsified_by="With the most false sentences the odds of the false word are not ten times what they are with none.",
            settles=("attention/cleans-data",),
        ),
        Expect(
            id="weighs",
            see="The false sentence gets about the weight that the true one gets in its place: attention weighs by what fits, not by what "
            "is right.",
            falsified_by="The false sentence gets less than three quarters of the weight of the true one.",
            settles=("attention/cleans-data", "attention/content-weighting"),
        ),
    ),
    examples=(
        Example(title="A colour", set={"text": "The colour of the sky is", "right": "blue", "wrong": "green"}),
        Example(title="A sum", set={"text": "Two plus two is", "right": "four", "wrong": "nine"}),
    ),
    sources=(Source(title="Vaswani et al. 2017, Attention Is All You Need, section 3.2", url="https://arxiv.org/abs/1706.03762"),),
    seconds=600,
    megabytes=2048,
)


class AttentionFilter:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from look_inside(values, model)


class Context(NamedTuple):
    """What stands before the beginning, and what follows from it. ``weight``: what the last token takes from the sentences before, without
    the very first token; the mean over all heads."""

    title: str
    right: float
    wrong: float
    weight: float | None
    goes_on: str


def look_inside(values: Values, model: Model) -> Iterator[Part]:
    beginning, right, wrong = (values.text(name).strip() for name in ("text", "right", "wrong"))
    if not (beginning and right and wrong) or _token(model, right) == _token(model, wrong):
        raise InputError("The true and the false word begin with the same token, or a text is empty.", "Choose words that differ early.")
    false, true = f"{beginning} {wrong}. ", f"{beginning} {right}. "
    times = values.whole("times")
    befores = [("nothing", ""), ("a true sentence", true), *((_count(n), false * n) for n in range(1, times + 1))]
    found = list[Context]()
    for done, (title, before) in enumerate(befores, 1):
        yield Progress(says=f"Before it: {title}", share=done / len(befores))
        found.append(context(model, title, before, beginning, (right, wrong)))
        yield _lines(found, right, wrong)
    yield _table(found, right, wrong)
    yield takes(found[0], found[-1], wrong)
    yield weighs(found[1], found[2], true.strip(), false.strip())


def _count(n: int) -> str:
    return "a false sentence" if n == 1 else f"{n} false sentences"


def _token(model: Model, word: str) -> int:
    return model.tokenizer.encode(f" {word}")[0]


def context(model: Model, title: str, before: str, beginning: str, words: tuple[str, str]) -> Context:
    from greenroom.labs.transformer import softmax

    read = passage.read(model, before + beginning, MOST)
    seen = passage.look_at(model, read.ids)
    likely = softmax(seen.scores)
    weight = on_what_stands_before(seen.maps, len(read.ids) - len(model.tokenizer.encode(f" {beginning}")))
    right, wrong = (float(likely[_token(model, word)]) for word in words)
    return Context(title, right, wrong, weight if before else None, passage.goes_on(model, read.ids, 8)[:200])


def on_what_stands_before(maps: Array, length: int) -> float:
    """Of what the last token takes, the share from the tokens before the beginning but the first; the mean over all heads."""
    return float(maps[:, :, -1, 1 : max(1, length)].sum(-1).mean())


def _lines(found: list[Context], right: str, wrong: str) -> Picture:
    shown = [each for n, each in enumerate(found) if n != 1]
    return Picture(
        name="likely", title="What the false sentences do", chart="lines", label="False sentences before it", unit="%",
        labels=tuple(str(n) for n in range(len(shown))),
        series=(
            Series(title=f"“{right}”, true", values=tuple(100 * each.right for each in shown)),
            Series(title=f"“{wrong}”, false", values=tuple(100 * each.wrong for each in shown)),
        ),
        says=f"With {len(shown) - 1} false sentences “{wrong}” has {shown[-1].wrong:.1%} and “{right}” {shown[-1].right:.1%}; with none "
        f"{shown[0].wrong:.2%} and {shown[0].right:.1%}.",
    )  # fmt: skip


def _table(found: list[Context], right: str, wrong: str) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (each.title, 100 * each.right, 100 * each.wrong, None if each.weight is None else 100 * each.weight, each.goes_on) for each in found
    )
    return Table(
        name="contexts", title="What stands before it", columns=("Before it", f"“{right}”, %", f"“{wrong}”, %", "Weight on it, %", "It "
        "goes on"),
        rows=rows,
        note="A true sentence before it lowers the true word too: that a probability moves is no sign of what is true. Attention works in "
        "the context only. The training text it never touches: what is wrong there is learnt into the weights like everything else.",
    )  # fmt: skip


def takes(none: Context, most: Context, wrong: str) -> Finding:
    before, after = (p / max(1 - p, 1e-12) for p in (max(none.wrong, 1e-12), most.wrong))
    says = (
        f"“{wrong}” has {none.wrong:.2%} with nothing before it and {most.wrong:.2%} after {most.title}: its odds are "
        f"{after / before:,.0f} times as high."
    )
    return Finding(id="takes", held=after >= 10 * before, found=says)


def weighs(true: Context, false: Context, one: str, other: str) -> Finding:
    assert true.weight is not None
    assert false.weight is not None
    says = f"“{other}” gets {false.weight:.1%} of what the last token takes; “{one}” in its place {true.weight:.1%}."
    return Finding(id="weighs", held=false.weight >= 0.75 * true.weight, found=says)
