"""The lab *facts*: what the model answers to questions whose answers are known, how probable it held its answer, and how probable the true
one. The questions are chosen by rule and not by result: all the members of three lists, in ``facts.json`` with their sources.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.lab import Bench, Card, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import choice, number
from greenroom.labs.shown import cell

if TYPE_CHECKING:
    from greenroom.labs.writing import Branches, Text

FILE = "facts.json"
ANSWER_TOKENS = 10
RIGHT, FALSE, NONE = "right", "false", "no answer"
HEDGES = re.compile(
    r"\b(not|no|unknown|unsure|fictional|sorry|cannot|perhaps|maybe|probably|possibly|might|n't|don't|doesn't|isn't)\b", re.I
)

CARD = Card(
    name="facts",
    title="Fluent and false",
    topics=("what-is-an-llm",),
    about="The model is asked things whose answers are known, and takes the likeliest token each time. Its answer is what it writes up "
    "to the first full stop, comma or line break, or the digits of a number. Right: it begins with the true answer. False: it names "
    "another city, symbol or number. No answer: it names none. Beside it stands how probable it held its own answer and the true one: "
    "the product of the probabilities of their tokens.",
    parameters=(
        choice(
            "asked",
            "Asked",
            {
                "all": "all thirty",
                "capitals": "capitals of the ten largest countries",
                "symbols": "ten symbols that begin with another letter than the element",
                "squares": "the squares of 11 to 20",
            },
        ),
        choice(
            "given",
            "Given to the model as",
            {"chat": "a question in the chat template, its answer begun", "raw": "the beginning of a sentence"},
            "Either way it goes on after “The capital of Canada is”, “11 × 11 =” and so on.",
        ),
        number("sure", "Sure from", 50, (1, 100), "An answer that the model held at least so probable is counted as sure.", unit="%"),
    ),
    expects=(
        Expect(
            id="false",
            see="Some answers are false, at temperature 0, and nothing in their wording tells them from the true ones: none of them "
            "hedges.",
            falsified_by="All answers are right, or a false one hedges (with one of the words not, no, unknown, perhaps, probably …).",
            settles=(
                "what-is-an-llm/fluent-not-true",
                "what-is-an-llm/confident-means-checked",
                "generation/plausible-not-true",
                "generation/temperature-zero-true",
            ),
        ),
        Expect(
            id="overlap",
            see="The model's own probability is no proof either: it held some false answer more probable than some right one. On the "
            "whole the right ones are the more probable: it tells something.",
            falsified_by="Every right answer was held more probable than every false one; or on average the false ones were.",
            settles=("what-is-an-llm/confident-means-checked",),
        ),
        Expect(
            id="invented",
            see="Asked for the capital of a country that does not exist, it names one. A look-up would find nothing.",
            falsified_by="For most of five invented countries it names no city, or says that it does not know.",
            settles=("what-is-an-llm/looks-up-a-database", "generation/looks-up"),
        ),
    ),
    sources=(
        Source(title="The World Factbook: areas and capitals, as kept on GitHub", url="https://github.com/factbook/factbook.json"),
        Source(title="IUPAC: Periodic Table of Elements", url="https://iupac.org/what-we-do/periodic-table-of-elements/"),
        Source(title="Lin, Hilton and Evans 2021, TruthfulQA", url="https://arxiv.org/abs/2109.07958"),
        Source(title="Kadavath et al. 2022, Language Models (Mostly) Know What They Know", url="https://arxiv.org/abs/2207.05221"),
    ),
    seconds=300,
    megabytes=3000,
)


class Fact(NamedTuple):
    """``truths``: the spellings that are taken for right; none for what does not exist. ``answers``: how an answer begins; ``ends``: what
    it is written up to."""

    about: str
    question: str
    stem: str
    truths: tuple[str, ...]
    answers: str
    ends: str


class Answer(NamedTuple):
    """``p``: the model's probability of what it said; ``true_p``: of the true answer, in the spelling that it held likeliest."""

    fact: Fact
    said: str
    how: str
    p: float
    true_p: float

    @property
    def hedges(self) -> bool:
        return HEDGES.search(self.said) is not None


class Facts:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        given, found = values.text("given"), list[Answer]()
        groups = [(title, facts) for name, title, facts in shipped() if values.text("asked") in ("all", name)]
        for done, (title, facts) in enumerate(groups):
            yield Progress(says=title, share=0.1 + 0.7 * done / len(groups))
            found += ask(model, facts, given)
            yield _table("answers", "What it answered", found)
            yield _bars(found)
        yield _sums(found, values.number("sure") / 100)
        yield Progress(says="Countries that do not exist", share=0.85)
        none = ask(model, invented(), given)
        yield _table("invented", "Countries that do not exist", none)
        yield from findings(found, none, values.number("sure") / 100)


@cache
def shipped() -> tuple[tuple[str, str, tuple[Fact, ...]], ...]:
    """Name, title and facts of each list."""
    return tuple((g["name"], g["title"], tuple(_fact(g, about, truths) for about, truths in g["facts"])) for g in _file()["groups"])


def invented() -> tuple[Fact, ...]:
    return tuple(_fact(_file()["groups"][0], name, ()) for name in _file()["invented"])


@cache
def _file() -> dict:  # type: ignore[type-arg]
    found: dict = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))  # type: ignore[type-arg]
    return found


def _fact(group: dict, about: str, truths: Sequence[str]) -> Fact:  # type: ignore[type-arg]
    return Fact(about, group["question"].format(about), group["stem"].format(about), tuple(truths), group["answers"], group["ends"])


def ask(model: Model, facts: Sequence[Fact], given: str) -> list[Answer]:
    """Those whose prompts begin with the same token side by side: what they have in common is read once."""
    prompts, found = [prompt_of(model, fact, given) for fact in facts], dict[int, Answer]()
    for first in dict.fromkeys(ids[0] for ids in prompts):
        some = [n for n, ids in enumerate(prompts) if ids[0] == first]
        found |= zip(some, _ask(model, [facts[n] for n in some], [prompts[n] for n in some]), strict=True)
    return [found[n] for n in range(len(facts))]


def _ask(model: Model, facts: Sequence[Fact], prompts: Sequence[list[int]]) -> list[Answer]:
    from greenroom.labs.sampling import Rules
    from greenroom.labs.writing import Branches, texts, write

    branches = Branches(model.transformer, prompts[0][:1])
    ends = [nodes[-1] if nodes else -1 for nodes in branches.follow((-1, ids[1:]) for ids in prompts)]
    branches.forget(ends)
    truths = [_truth(model, branches, fact, node) for fact, node in zip(facts, ends, strict=True)]
    branches.forget(ends)
    found = texts(Rules(temperature=0), len(facts), 0)
    for text, node in zip(found, ends, strict=True):
        text.node = node
    for _ in write(branches, found, ANSWER_TOKENS, model.tokenizer.stops):
        pass
    return [_answer(model, fact, text, p) for fact, text, p in zip(facts, found, truths, strict=True)]


def prompt_of(model: Model, fact: Fact, given: str) -> list[int]:
    from greenroom.labs.tokenizer import Message

    if given == "raw":
        return model.tokenizer.prompt(fact.stem)
    return [*model.tokenizer.chat([Message("user", fact.question)]), *model.tokenizer.encode(fact.stem)]


def _truth(model: Model, branches: Branches, fact: Fact, node: int) -> float:
    """The probability that the true answer follows, in the likeliest of its spellings."""
    from greenroom.labs.writing import probabilities

    ways = [model.tokenizer.encode(f" {truth}") for truth in fact.truths]
    found = [0.0]
    for way, nodes in zip(ways, branches.follow((node, way) for way in ways), strict=True):
        at = [node, *nodes[:-1]]
        found.append(math.prod(float(probabilities(branches.logits[n])[token]) for n, token in zip(at, way, strict=True)))
    return max(found)


def _answer(model: Model, fact: Fact, text: Text, true_p: float) -> Answer:
    """Cuts the text where the answer ends, and judges what stands before."""
    whole = model.tokenizer.decode(text.tokens).lstrip()
    end = re.search(fact.ends, whole)
    cut, p = end.start() if end else len(whole), 1.0
    for n, step in enumerate(text.steps, 1):
        if step.token == text.ended or len(model.tokenizer.decode(text.tokens[:n]).lstrip()) > cut:
            break
        p *= step.p
    said = whole[:cut].strip()
    return Answer(fact, said, judge(fact, said), p, true_p)


def judge(fact: Fact, said: str) -> str:
    if any(said.startswith(truth) and not said[len(truth) : len(truth) + 1].isalnum() for truth in fact.truths):
        return RIGHT
    return FALSE if re.match(fact.answers, said) else NONE


# --- What is shown ---


def _table(name: str, title: str, found: Sequence[Answer]) -> Table:
    true = any(each.fact.truths for each in found)
    rows = []
    for each in found:
        ours = (each.fact.truths[0], each.how, 100 * each.p, 100 * each.true_p) if true else (100 * each.p,)
        rows.append((cell(each.fact.stem), cell(each.said) or "(nothing)", *ours))
    columns = ("Begun", "It goes on", *(("True", "It is", "Its answer, %", "The true one, %") if true else ("Its answer, %",)))
    return Table(name=name, title=title, columns=columns, rows=tuple(rows))


def _bars(found: Sequence[Answer]) -> Picture:
    wrong = [each for each in found if each.how != RIGHT] or list(found)
    return Picture(
        name="wrong", title="Where it is not right: its answer and the true one", chart="bars", label="Asked", unit="%",
        labels=tuple(f"{each.fact.about}: {each.said or '…'}"[:60] for each in wrong),
        series=(
            Series(title="The true answer", values=tuple(100 * each.true_p for each in wrong)),
            Series(title="Its own", values=tuple(100 * each.p for each in wrong)),
        ),
        says=f"{sum(e.how == RIGHT for e in found)} of {len(found)} answers are right, {sum(e.how == FALSE for e in found)} are false.",
    )  # fmt: skip


def _sums(found: Sequence[Answer], sure: float) -> Table:
    rows = []
    for how in (RIGHT, FALSE, NONE):
        some = [each.p for each in found if each.how == how]
        rows.append((how, len(some), sum(p >= sure for p in some), 100 * sum(some) / len(some) if some else None))
    columns = ("Answers", "How many", f"Of them sure (from {sure:.0%})", "Probability on average, %")
    return Table(name="sums", title="Right, false, and how sure", columns=columns, rows=tuple(rows))


# --- What is found ---


def findings(found: Sequence[Answer], none: Sequence[Answer], sure: float) -> Iterator[Finding]:
    yield _false(found, sure)
    yield _overlap(found)
    yield _invented(none)


def _false(found: Sequence[Answer], sure: float) -> Finding:
    wrong = [each for each in found if each.how == FALSE]
    if not wrong:
        return Finding(id="false", held=False, found=f"None of {len(found)} answers is false.")
    worst = max(wrong, key=lambda each: each.p)
    says = (
        f"{len(wrong)} of {len(found)} answers are false, {sum(each.p >= sure for each in wrong)} of them with {sure:.0%} or more, "
        f"{sum(each.hedges for each in wrong)} of them hedge. The surest: “{worst.fact.stem} {worst.said}” with {worst.p:.0%}; the true "
        f"answer had {worst.true_p:.1%}."
    )
    return Finding(id="false", held=not any(each.hedges for each in wrong), found=says)


def _overlap(found: Sequence[Answer]) -> Finding:
    right, wrong = ([each for each in found if each.how == how] for how in (RIGHT, FALSE))
    if not right or not wrong:
        return Finding(id="overlap", held=None, found="There are not both right and false answers to compare.")
    pairs = sum((a.p > b.p) + 0.5 * (a.p == b.p) for a in right for b in wrong) / (len(right) * len(wrong))
    least, most = min(right, key=lambda each: each.p), max(wrong, key=lambda each: each.p)
    says = (
        f"Of a right and a false answer taken at random, the right one was the more probable in {pairs:.0%} of cases (50% would tell "
        f"nothing). But it held the false “{most.said}” ({most.fact.about}) at {most.p:.0%}, the right “{least.said}” "
        f"({least.fact.about}) at {least.p:.0%}."
    )
    return Finding(id="overlap", held=most.p > least.p and pairs > 0.5, found=says)


def _invented(none: Sequence[Answer]) -> Finding:
    named = [each for each in none if each.how == FALSE and not each.hedges]
    says = f"For {len(named)} of {len(none)} it names one: " + "; ".join(f"“{each.fact.stem} {each.said}”" for each in none) + "."
    return Finding(id="invented", held=len(named) > len(none) / 2, found=says[:2000])
