"""The lab *attention-filter*: a false sentence before the question, repeated. Is a word likelier because it was claimed, or because it was
there? Beside the claim stand its denial and sentences about something else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import mean, median
from typing import TYPE_CHECKING, NamedTuple

from greenroom.errors import InputError
from greenroom.labs import passage
from greenroom.labs.figures import figure
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import text, whole
from greenroom.labs.shares import Share

if TYPE_CHECKING:
    from greenroom.labs.transformer import Array

MOST, IS = 400, " is"


class Statement(NamedTuple):
    """``begins``: up to “is”."""

    begins: str
    right: str
    wrong: str


STATEMENTS = (
    Statement("The capital of France is", "Paris", "Berlin"),
    Statement("The capital of Italy is", "Rome", "Madrid"),
    Statement("The capital of Japan is", "Tokyo", "Beijing"),
    Statement("The capital of Russia is", "Moscow", "Vienna"),
    Statement("The colour of the sky is", "blue", "green"),
    Statement("The colour of grass is", "green", "red"),
    Statement("The colour of snow is", "white", "black"),
    Statement("The colour of blood is", "red", "blue"),
    Statement("Two plus two is", "four", "nine"),
    Statement("Ten minus three is", "seven", "four"),
    Statement("The first month of the year is", "January", "June"),
    Statement("The day after Monday is", "Tuesday", "Friday"),
    Statement("The opposite of hot is", "cold", "wet"),
    Statement("The opposite of up is", "down", "left"),
    Statement("The largest planet is", "Jupiter", "Mars"),
    Statement("The language of Brazil is", "Portuguese", "French"),
    Statement("The author of Hamlet is", "Shakespeare", "Dickens"),
    Statement("The main ingredient of bread is", "flour", "sugar"),
)
"""Written before any was run; none was taken out afterwards."""
CLAIM, DENIAL, REWORDED, REDENIED = "the false claim", "its denial", "the claim in other words", "the denial in other words"
WITH, WITHOUT, TRUE = "another sentence with the word", "another sentence without it", "the true claim"
SHOWN = (CLAIM, DENIAL, WITH, WITHOUT)
"""What stands before the beginning; the last line: what the picture shows."""

CARD = Card(
    name="attention-filter",
    title="Does attention filter out what is wrong?",
    topics=("attention",),
    about="A false sentence stands before the question, once or many times, and the false word becomes likelier. Does the model believe "
    "the sentence, or does it only repeat a word that it has just read? The controls tell: the same sentence denied, and a sentence about "
    f"something else, with the word and without it. Your sentence is shown in detail; the claims are counted over {len(STATEMENTS)} "
    "statements. All of this is about what stands in the context. It says nothing about training data, which attention never cleans.",
    parameters=(
        text("text", "The sentence begins", "The capital of France is", 200, "It ends in “is”, so that it can be denied."),
        text("right", "It truly goes on", "Paris", 40),
        text("wrong", "The false sentence says", "Berlin", 40),
        whole("times", "Sentences before it, at most", 5, (1, 12)),
    ),
    expects=(
        Expect(
            id="primes",
            see="Repetition primes: a word becomes likelier when it stood before, even in a denial, even in a sentence about something "
            "else. So a likelier word does not show that the model believes what it read.",
            falsified_by="After the repeated denial, or after the other sentence with the word, the word is likelier in no more than half "
            f"of the {len(STATEMENTS)} statements. Where a 95% interval reaches over one half, it is undecided.",
        ),
        Expect(
            id="word",
            see="It is the word that does it, not repetition as such: the other sentence raises the word more with the word in it than "
            "without.",
            falsified_by="With the word in it, it raises the word more in no more than half of the statements. Where the 95% interval "
            "reaches over one half, it is undecided.",
        ),
        Expect(
            id="weighs",
            see="The false sentence gets about the weight that the true one gets in its place: the weights do not tell what is right.",
            falsified_by="In one of the statements the false sentence gets less than three quarters of the weight of the true one.",
            settles=("attention/cleans-data",),
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


def look_inside(values: Values, model: Model) -> Iterator[Part]:
    own = Statement(*(values.text(name).strip() for name in ("text", "right", "wrong")))
    if not (own.right and own.wrong and own.begins.endswith(IS)):
        raise InputError("A word is empty, or the sentence does not end in “is”.", "Write for instance “The capital of France is”.")
    if _token(model, own.right) == _token(model, own.wrong):
        raise InputError("The true and the false word begin with the same token.", "Choose words that differ early.")
    times = values.whole("times")
    likely: dict[str, list[float]] = {kind: [] for kind in SHOWN}
    for n in range(times + 1):
        yield Progress(says=f"Your sentence, {n} before it", share=0.05 + 0.25 * n / times)
        for kind, some in likely.items():
            some.append(_sigmoid(log_odds(model, own, sentences(own)[kind] * n)))
        yield _lines(likely, own.wrong)
    found, weights = list[dict[str, float]](), list[dict[str, float]]()
    for n, each in enumerate(STATEMENTS):
        yield Progress(says=each.begins, share=0.3 + 0.7 * n / len(STATEMENTS))
        found.append(raised(model, each, times))
        weights.append({kind: weight(model, each, sentences(each)[kind]) for kind in (CLAIM, TRUE, WITHOUT)})
    yield _side(model, own, times, found, weights)
    yield _statements(found)
    yield primes(found)
    yield word(found)
    yield weighs(weights)


def sentences(of: Statement) -> dict[str, str]:
    """By kind, each with a blank at its end. In other words, the false word stands first, so that no end can be copied."""
    rest, first = of.begins.removesuffix(IS), of.wrong[:1].upper() + of.wrong[1:]
    subject = rest[:1].lower() + rest[1:]
    return {
        CLAIM: f"{of.begins} {of.wrong}. ",
        DENIAL: f"{of.begins} not {of.wrong}. ",
        REWORDED: f"{first} is {subject}. ",
        REDENIED: f"{first} is not {subject}. ",
        WITH: f"She wrote {of.wrong} on a card. ",
        WITHOUT: "The lamp stands by the window. ",
        TRUE: f"{of.begins} {of.right}. ",
    }


def _token(model: Model, word: str) -> int:
    return model.tokenizer.encode(f" {word}")[0]


def log_odds(model: Model, of: Statement, before: str) -> float:
    """Of the false word."""
    import numpy as np

    read = passage.read(model, before + of.begins, MOST)
    scores = model.transformer.forward(read.ids, last=True)[0].astype(np.float64)
    token = _token(model, of.wrong)
    others = np.delete(scores, token)
    return float(scores[token] - others.max() - np.log(np.exp(others - others.max()).sum()))


def _sigmoid(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def raised(model: Model, of: Statement, times: int) -> dict[str, float]:
    """By kind: how much higher the log-odds of the false word are after so many of these sentences than after none."""
    none = log_odds(model, of, "")
    return {kind: log_odds(model, of, sentence * times) - none for kind, sentence in sentences(of).items()}


def weight(model: Model, of: Statement, before: str) -> float:
    """Of what the last token takes, the share from one sentence before."""
    read = passage.read(model, before + of.begins, MOST)
    seen = passage.look_at(model, read.ids)
    return on_what_stands_before(seen.maps, len(read.ids) - len(model.tokenizer.encode(f" {of.begins}")))


def on_what_stands_before(maps: Array, length: int) -> float:
    """Of what the last token takes, the share from the tokens before the beginning but the first; the mean over all heads."""
    return float(maps[:, :, -1, 1 : max(1, length)].sum(-1).mean())


# --- What is shown ---


def _lines(likely: Mapping[str, Sequence[float]], wrong: str) -> Picture:
    last = "; ".join(f"{kind} {some[-1]:.1%}" for kind, some in likely.items())
    count = len(likely[CLAIM])
    return Picture(
        name="likely", title=f"How likely “{wrong}” becomes", chart="lines", label="Sentences before it", unit="%",
        labels=tuple(map(str, range(count))),
        series=tuple(Series(title=kind.capitalize(), values=tuple(100 * p for p in some)) for kind, some in likely.items()),
        says=f"“{wrong}” with nothing before it: {likely[CLAIM][0]:.2%}. After {count - 1} times {last}.",
    )  # fmt: skip


def _side(model: Model, own: Statement, times: int, found: Sequence[dict[str, float]], weights: Sequence[dict[str, float]]) -> Table:
    """All kinds side by side: on the person's sentence, and over all statements."""
    rows = list[tuple[Cell, ...]]()
    mine = raised(model, own, times)
    for kind, sentence in sentences(own).items():
        goes_on = passage.goes_on(model, passage.read(model, sentence * times + own.begins, MOST).ids, 8)
        some = [each[kind] for each in found]
        takes = 100 * mean(each[kind] for each in weights) if kind in weights[0] else None
        rows.append(
            (kind.capitalize(), sentence.strip()[:300], _times(mine[kind]), goes_on[:200], _times(median(some)), str(_above(some)), takes)
        )
    return Table(
        name="side", title=f"Side by side, {times} times before it", rows=tuple(rows),
        columns=("Before it", "Your sentence", "Odds of the false word, times", "It goes on", "All statements: odds, times (median)",
                 "Likelier in", "Weight on one, %"),
        note="Odds: compared with nothing before it. The claim raises its word more than its denial does, so the “not” counts for "
        "something. But the claim also ends as the answer would, so it can be copied. In other words the false word stands first and there "
        "is no such ending. Weight: what the last token takes from one sentence, the very first token left out; the mean over heads and "
        "statements.",
    )  # fmt: skip


def _statements(found: Sequence[dict[str, float]]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (f"{of.begins} {of.wrong}", *(_times(value) for value in each.values())) for of, each in zip(STATEMENTS, found, strict=True)
    )
    columns = ("Odds of the false word, times", *(kind.capitalize() for kind in found[0]))
    return Table(name="statements", title="Every statement", columns=columns, rows=rows)


def _times(log: float) -> float:
    return math.exp(min(log, 700.0))


def _above(some: Sequence[float]) -> Share:
    return Share(sum(value > 0 for value in some), len(some))


# --- What is found ---


def primes(found: Sequence[dict[str, float]]) -> Finding:
    decided = [_above([each[kind] for each in found]).above(0.5) for kind in (DENIAL, WITH)]
    held = False if False in decided else None if None in decided else True
    told = "; ".join(f"{kind} {figure(_times(median(each[kind] for each in found)))}" for kind in found[0] if kind != TRUE)
    denied, other = (str(_above([each[kind] for each in found])) for kind in (DENIAL, WITH))
    copied = _above([each[REWORDED] - each[WITH] for each in found])
    undecided = "Undecided: an interval reaches over one half. " if held is None else ""
    says = (
        f"{undecided}After the denial the word is likelier in {denied} of the statements, after one about something else in {other}. "
        f"Median factor on its odds: {told}. The claim in other words raises it more than the one about something else in {copied}."
    )
    return Finding(id="primes", held=held, found=says)


def word(found: Sequence[dict[str, float]]) -> Finding:
    share = _above([each[WITH] - each[WITHOUT] for each in found])
    held, without = share.above(0.5), _above([each[WITHOUT] for each in found])
    undecided = "Undecided: the interval reaches over one half. " if held is None else ""
    says = f"{undecided}With the word it raises the word more in {share} of the statements. Without it, the word is likelier in {without}."
    return Finding(id="word", held=held, found=says)


def weighs(found: Sequence[dict[str, float]]) -> Finding:
    shares = [each[CLAIM] / each[TRUE] for each in found]
    false, true, other = (mean(each[kind] for each in found) for kind in (CLAIM, TRUE, WITHOUT))
    says = (
        f"The false sentence gets {false:.1%} of what the last token takes, the true one in its place {true:.1%}: over {len(found)} "
        f"statements between {min(shares):.2f} and {max(shares):.2f} of it. A sentence about something else gets {other:.1%}."
    )
    return Finding(id="weighs", held=min(shares) >= 0.75, found=says)
