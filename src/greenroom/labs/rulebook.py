"""The rule book of the lab *trade*: a workshop that does not exist, what is told of it, how it is asked for, and what a model makes of it.

``trade.json`` holds kinds of facts: four things of one kind and a value for each, told in up to three wordings. An answer counts as right
where the model holds the true value for the likeliest of the four, each by its first token: all four stand in the rule book equally often,
so who only learnt the words is right one time in four.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.shares import Share

if TYPE_CHECKING:
    from greenroom.labs.beside import End
    from greenroom.labs.model import Model
    from greenroom.labs.transformer import Transformer
    from greenroom.labs.writing import Branches, Scores

FILE = "trade.json"
WORDINGS, REPLY = 3, 8
"""In how many a fact is told at most; tokens of a reply."""
BOOK, FRESH, ASKED, FOUND, ABSENT = "book", "fresh", "asked", "found", "absent"
FORMS = {
    BOOK: "the book's own sentence, cut off", FRESH: "a sentence in other words, cut off", ASKED: "a question",
    FOUND: "a question, what a search found before it", ABSENT: "a question on what the book never tells",
}  # fmt: skip
"""How a fact is asked for."""
SPOKEN = (ASKED, FOUND, ABSENT)
"""To these the model replies in its own words too."""
TOGETHER = 24
"""Questions whose replies are written side by side."""


class Kind(NamedTuple):
    """``told`` and ``fresh`` are sentences with places for a thing and its value, ``question`` with one for the thing; ``absent``: things
    of this kind that the book says nothing of."""

    told: tuple[str, ...]
    fresh: str
    question: str
    facts: tuple[tuple[str, str], ...]
    absent: tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(value for _, value in self.facts)


class Shipped(NamedTuple):
    """``notes`` are trained on beside the facts; ``held`` is text of the same workshop that is not. ``digits``: how else a value is
    written."""

    kinds: tuple[Kind, ...]
    notes: tuple[str, ...]
    held: tuple[str, ...]
    digits: Mapping[str, str]


class Fact(NamedTuple):
    """``value``: empty for what the book never tells."""

    kind: Kind
    thing: str
    value: str

    @property
    def question(self) -> str:
        return filled(self.kind.question, self.thing)


class Answer(NamedTuple):
    """What the model held of the values of one kind, in the order of the facts, each by its first token; and its reply in its own words,
    empty where none was asked for. ``tokens``: of the prompt; ``passage``: what a search put into it."""

    fact: Fact
    p: tuple[float, ...]
    said: str = ""
    tokens: int = 0
    passage: str = ""

    @property
    def picked(self) -> str:
        return self.fact.kind.values[max(range(len(self.p)), key=lambda n: self.p[n])]

    @property
    def right(self) -> bool:
        return self.picked == self.fact.value

    @property
    def names(self) -> bool:
        """Whether the reply holds the true value; of what the book never tells: any value that it has for such a thing."""
        return any(holds(self.said, each) for each in ((self.fact.value,) if self.fact.value else self.fact.kind.values))


class Told(NamedTuple):
    """What a model makes of the book. Losses in nats a token: of the sentences that are trained on, of text of the workshop that is not,
    of the text about a river."""

    book: float
    held: float
    general: float
    answers: Mapping[str, Sequence[Answer]]

    def right(self, form: str) -> Share:
        return Share(sum(each.right for each in self.answers[form]), len(self.answers[form]))

    def named(self, form: str) -> Share:
        return Share(sum(each.names for each in self.answers[form]), len(self.answers[form]))

    def sure(self, form: str) -> float:
        """The probability of the likeliest of the four values, the mean."""
        return math.fsum(max(each.p) for each in self.answers[form]) / len(self.answers[form])

    def tokens(self, form: str) -> float:
        return sum(each.tokens for each in self.answers[form]) / len(self.answers[form])


@cache
def shipped() -> Shipped:
    said = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    kinds = tuple(
        Kind(tuple(each["told"]), each["fresh"], each["question"], tuple((a, b) for a, b in each["facts"]), tuple(each["absent"]))
        for each in said["kinds"]
    )
    return Shipped(kinds, tuple(said["notes"]), tuple(said["held"]), said["digits"])


def filled(sentence: str, thing: str, value: str = "") -> str:
    found = sentence.format(thing=thing, value=value)
    return found[:1].upper() + found[1:]


def holds(reply: str, value: str) -> bool:
    """Whether the value stands in the reply, in whole words, a number in digits too."""
    ways = (value, *filter(None, [shipped().digits.get(value)]))
    return any(re.search(rf"\b{re.escape(each)}\b", reply, re.IGNORECASE) for each in ways)


def facts(*, absent: bool = False) -> list[Fact]:
    """All that the book tells, kind by kind; or things of the same kinds of which it does not."""
    if absent:
        return [Fact(kind, thing, "") for kind in shipped().kinds for thing in kind.absent]
    return [Fact(kind, thing, value) for kind in shipped().kinds for thing, value in kind.facts]


def book(wordings: int) -> list[str]:
    """The sentences that are trained on: each fact in so many wordings, and the notes."""
    told = [filled(sentence, fact.thing, fact.value) for fact in facts() for sentence in fact.kind.told[:wordings]]
    return [*told, *shipped().notes]


# --- A model and the book ---


def ask(model: Model, transformer: Transformer, form: str, sentences: Sequence[str]) -> list[Answer]:
    """Every fact by a question. ``form``: of ``SPOKEN``; ``sentences``: what is searched."""
    from greenroom.labs.beside import ends
    from greenroom.labs.replies import groups
    from greenroom.labs.searching import search

    some = facts(absent=form == ABSENT)
    orders = search("words", [each.question for each in some], sentences) if form == FOUND else []
    passages = [sentences[order[0]] for order in orders] or [""] * len(some)
    prompts = [prompt(model, fact, form, passage) for fact, passage in zip(some, passages, strict=True)]
    together = groups(prompts, REPLY, transformer.shape.context, TOGETHER)
    found = [end for group in together for end in ends(transformer, group)]
    said = replies(model, found)
    return [
        Answer(fact, chances(model, fact, end.p), reply, len(ids), passage)
        for fact, end, reply, ids, passage in zip(some, found, said, prompts, passages, strict=True)
    ]


def chances(model: Model, fact: Fact, p: Sequence[float] | Scores) -> tuple[float, ...]:
    """Of the values of its kind, each by its first token. ``p``: of all tokens."""
    return tuple(float(p[model.tokenizer.encode(f" {value}")[0]]) for value in fact.kind.values)


def prompt(model: Model, fact: Fact, form: str, passage: str = "") -> list[int]:
    """What the model reads; what follows is to be the value."""
    from greenroom.labs.replies import chat

    if form in (BOOK, FRESH):
        sentence = fact.kind.told[0] if form == BOOK else fact.kind.fresh
        return model.tokenizer.prompt(filled(sentence.partition(" {value}")[0], fact.thing))
    before = f"Passage: {passage}\n\n" if passage else ""
    return chat(model, f"{before}Question: {fact.question} Answer in a few words.", "Answer:")


def replies(model: Model, found: Sequence[End]) -> list[str]:
    """The first line that is written behind each prompt: the likeliest token each time. What was read together is written together."""
    said = list[str]()
    for branches, some in groupby(found, key=lambda each: each.branches):
        starts = [(each.node, int(each.p.argmax())) for each in some]
        said += [model.tokenizer.decode(tokens).strip().split("\n")[0] for tokens in written(branches, starts, model.tokenizer.stops)]
    return said


def written(branches: Branches, starts: Sequence[tuple[int, int]], stops: frozenset[int]) -> Iterator[list[int]]:
    """Without what ends a turn. ``starts``: where each prompt ends, and the first token behind it."""
    said, nodes = [[token] for _, token in starts], [node for node, _ in starts]
    for _ in range(REPLY - 1):
        going = [n for n, tokens in enumerate(said) if tokens[-1] not in stops]
        for n, node in zip(going, branches.grow([(nodes[n], said[n][-1]) for n in going]), strict=True):
            nodes[n] = node
            said[n].append(int(branches.logits[node].argmax()))
        branches.forget(())
    return ([token for token in tokens if token not in stops] for tokens in said)
