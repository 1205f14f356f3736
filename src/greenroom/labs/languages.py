"""The lab *languages*: the same sentences in several languages, counted in tokens and read by the live model.

A loss a token cannot be compared between languages: where a character is cut into bytes, half of the tokens are easy to guess. What can be
compared is the loss of a whole sentence, for it says the same in each.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from greenroom.errors import InputError, TooLargeError
from greenroom.labs import passage
from greenroom.labs.lab import Bench, Card, Cell, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import text, whole

FILE, SENTENCES, MOST_LANGUAGES, MOST_TOKENS = "languages.json", 4, 14, 600
PIECES = 60
"""Tokens of a sentence that are shown."""

CARD = Card(
    name="languages",
    title="The same sentence in other languages",
    topics=("ethics", "future"),
    about="Sentences that say the same in eleven languages: how many tokens each takes, and how little the model expected it. Tokens are "
    "what is paid for, what fills the context and what takes time. The loss is that of whole sentences, in nats, because they say the "
    "same; beside it stands the loss a token, which misleads here. Translated for this lab, in plain words.",
    parameters=(
        whole("sentences", "Sentences", SENTENCES, (1, SENTENCES), "Of the shipped ones."),
        text(
            "own",
            "Your own",
            "",
            4000,
            f"A line for each language, such as “Dutch: Ik ben hier.”; 2 to {MOST_LANGUAGES} lines. The first is what the others are held "
            "against. Empty: the shipped ones.",
            lines=4,
        ),
    ),
    expects=(
        Expect(
            id="tokens",
            see="The same content takes more tokens in every other language, and several times as many in some: its speakers pay more, "
            "wait longer, and fit less into the context.",
            falsified_by="Some language takes no more tokens than the first, or none takes three times as many.",
            settles=("ethics/tokenizer-fairness", "future/multilingual", "future/multilingual-is-translation"),
        ),
        Expect(
            id="loss",
            see="The model knows the other languages less: the whole sentences, which say the same, are less expected in each of them.",
            falsified_by="The sentences of some other language have a loss as low as those of the first.",
            settles=("future/multilingual", "future/multilingual-is-translation", "ethics/measure-groups"),
        ),
        Expect(
            id="misleads",
            see="The loss a token says otherwise, and misleads: in some language it is lower than in the first, because a character cut "
            "into bytes makes tokens that are easy to guess.",
            falsified_by="No language has a lower loss a token and a higher loss of the sentences.",
            settles=("ethics/measure-groups",),
        ),
        Expect(
            id="back",
            see="The numbers of the tokens turn back into the very same text, by a table that everybody has: a tokenizer hides nothing.",
            falsified_by="A sentence that was turned into tokens and back is another one.",
            settles=("ethics/tokenizer-anonymises",),
        ),
    ),
    examples=(
        Example(title="One sentence only", set={"sentences": 1}),
        Example(title="A name and a number", set={"own": "English: Call Ana at 555 0199.\nSpanish: Llama a Ana al 555 0199."}),
    ),
    sources=(
        Source(title="Petrov et al. 2023, Language Model Tokenizers Introduce Unfairness Between Languages", url="https://arxiv.org/abs/2305.15425"),
        Source(title="Ahia et al. 2023, Do All Languages Cost the Same?", url="https://arxiv.org/abs/2305.13707"),
        Source(title="Allal et al. 2025, SmolLM2 (trained on English for the most part)", url="https://arxiv.org/abs/2502.02737"),
    ),
    seconds=300,
    megabytes=3000,
)  # fmt: skip


class Language(NamedTuple):
    name: str
    sentences: tuple[str, ...]


class Read(NamedTuple):
    """A language as the model read it. ``nats``: the loss of all its sentences together, each after a line break; ``back``: every sentence
    came back from its tokens as it was."""

    language: Language
    tokens: int
    nats: float
    back: bool

    @property
    def characters(self) -> int:
        return sum(map(len, self.language.sentences))

    @property
    def bytes(self) -> int:
        return sum(len(each.encode()) for each in self.language.sentences)

    @property
    def a_token(self) -> float:
        return self.nats / max(1, self.tokens)


class Languages:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        given(values)
        model = yield from opened(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        languages, found = given(values), list[Read]()
        for done, language in enumerate(languages):
            yield Progress(says=language.name, share=0.1 + 0.9 * done / len(languages))
            found.append(read(model, language))
            yield _tokens(found)
        yield _losses(found)
        yield _table(found, model.transformer.shape.context)
        yield _pieces(model, languages)
        yield from findings(found)


@cache
def shipped() -> tuple[Language, ...]:
    said = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    return tuple(Language(each["name"], tuple(each["sentences"])) for each in said["languages"])


def given(values: Values) -> tuple[Language, ...]:
    """The languages that are read. Raises InputError for lines that name none."""
    lines = [line for line in values.text("own").split("\n") if line.strip()]
    if not lines:
        return tuple(Language(name, sentences[: values.whole("sentences")]) for name, sentences in shipped())
    found = [Language(name.strip()[:40], (sentence.strip(),)) for name, _, sentence in (line.partition(":") for line in lines)]
    names = {each.name for each in found}
    if not all(each.name and each.sentences[0] for each in found) or len(names) < len(lines) or not 2 <= len(lines) <= MOST_LANGUAGES:
        cure = f"Give 2 to {MOST_LANGUAGES} lines such as “Dutch: Ik ben hier.”, each of another language."
        raise InputError("Your own sentences cannot be read.", cure)
    return tuple(found)


def read(model: Model, language: Language) -> Read:
    """Each sentence by itself. Raises TooLargeError for a very long one."""
    before, tokens, nats, back = model.tokenizer.prompt("\n"), 0, list[float](), True
    for sentence in language.sentences:
        ids = model.tokenizer.encode(sentence)
        if len(ids) > MOST_TOKENS:
            raise TooLargeError(f"{language.name}: {len(ids)} tokens; this lab takes at most {MOST_TOKENS}.", "Shorten it.")
        tokens += len(ids)
        nats += model.transformer.surprise([*before, *ids])[-len(ids) :].tolist()
        back = back and model.tokenizer.decode(ids).lstrip(" ") == sentence
    return Read(language, tokens, math.fsum(nats), back)


# --- What is shown ---


def times(found: Sequence[Read], each: Read) -> float:
    """Tokens against those of the first language."""
    return each.tokens / max(1, found[0].tokens)


def _tokens(found: Sequence[Read]) -> Picture:
    most = max(found, key=lambda each: each.tokens)
    return Picture(
        name="tokens", title="Tokens for the same sentences", chart="bars", label="Language", unit="tokens",
        labels=tuple(each.language.name for each in found),
        series=(Series(title="Tokens", values=tuple(each.tokens for each in found)),),
        says=f"{found[0].language.name} takes {found[0].tokens}, {most.language.name} {most.tokens}: {times(found, most):.1f} times.",
    )  # fmt: skip


def _losses(found: Sequence[Read]) -> Picture:
    least, most = (pick(found, key=lambda each: each.nats) for pick in (min, max))
    return Picture(
        name="losses", title="How little the model expected the same sentences", chart="bars", label="Language", unit="nats",
        labels=tuple(each.language.name for each in found),
        series=(Series(title="All sentences together", values=tuple(each.nats for each in found)),),
        says=f"Least in {least.language.name} with {least.nats:.0f} nats, most in {most.language.name} with {most.nats:.0f}.",
        note="The loss of the sentences, not that of a token: they say the same. Each stands after a line break.",
    )  # fmt: skip


def _table(found: Sequence[Read], context: int) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        room = context // max(1, math.ceil(each.tokens / len(each.language.sentences)))
        sizes = (each.characters, each.bytes, each.tokens, times(found, each))
        rows.append((each.language.name, *sizes, each.nats, each.a_token, room))
    first = found[0].language.name
    columns = (
        "Language",
        "Characters",
        "Bytes",
        "Tokens",
        f"Times {first}",
        "Loss of all, nats",
        "Loss a token, nats",
        "Fit into the context",
    )
    note = (
        f"Fit into the context: how many sentences of this length go into {context:,} tokens. Where tokens are paid for, the price of the "
        f"same content is as many times that of {first} as its tokens are."
    )
    return Table(name="languages", title="Each language", columns=columns, rows=tuple(rows), note=note)


def _pieces(model: Model, languages: Sequence[Language]) -> Table:
    rows = []
    for each in languages:
        ids = model.tokenizer.encode(each.sentences[0])
        words = " ".join(passage.words(model, ids[:PIECES])) + (" …" if len(ids) > PIECES else "")
        rows.append((each.name, each.sentences[0][:480], len(ids), words[:480]))
    note = "A dot: it goes on the word before it. �: a part of a character, which by itself is none."
    columns = ("Language", "The first sentence", "Tokens", "Cut into")
    return Table(name="pieces", title="How the first sentence is cut", columns=columns, rows=tuple(rows), note=note)


# --- What is found ---


def findings(found: Sequence[Read]) -> Iterator[Finding]:
    first, others = found[0], found[1:]
    least, most = (pick(others, key=lambda each: each.tokens) for pick in (min, max))
    says = (
        f"{first.language.name} {first.tokens} tokens; of the others {least.language.name} takes the fewest, {times(found, least):.2f} "
        f"times as many, and {most.language.name} the most, {times(found, most):.2f} times."
    )
    yield Finding(id="tokens", held=first.tokens < least.tokens and times(found, most) >= 3, found=says)
    low, high = (pick(others, key=lambda each: each.nats) for pick in (min, max))
    says = (
        f"{first.language.name} {first.nats:.0f} nats; the least of the others {low.language.name} {low.nats:.0f}, the most "
        f"{high.language.name} {high.nats:.0f}."
    )
    yield Finding(id="loss", held=first.nats < low.nats, found=says)
    yield _misleads(first, others)
    lost = [each.language.name for each in found if not each.back]
    count = sum(len(each.language.sentences) for each in found)
    said = f"Not in {', '.join(lost)}." if lost else f"All {count} sentences came back as they were."
    yield Finding(id="back", held=not lost, found=said[:2000])


def _misleads(first: Read, others: Sequence[Read]) -> Finding:
    lower = [each for each in others if each.a_token < first.a_token and each.nats > first.nats]
    best = min(lower or others, key=lambda each: each.a_token)
    says = (
        f"{len(lower)} of {len(others)}. {best.language.name}: {best.a_token:.2f} nats a token and {best.nats:.0f} for the sentences, "
        f"{first.language.name} {first.a_token:.2f} and {first.nats:.0f}."
    )
    return Finding(id="misleads", held=bool(lower), found=says)
