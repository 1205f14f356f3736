"""The lab *continuation*: the same words given to the model as they stand, and as a message in its chat template. Token by token."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from greenroom.labs.lab import Bench, Card, Example, Expect, Finding, Part, Picture, Progress, Series, Source, Table, Values, visible
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import text, whole
from greenroom.labs.shown import piece, prompt, text_part, written

if TYPE_CHECKING:
    from greenroom.labs.writing import Scores, Text

BARS, ODDS, EVERY = 6, 6, 4
WORD = re.compile(r"\w+(?:['’-]\w+)*")
TITLES = {"raw": "As it stands", "chat": "In the chat template"}

CARD = Card(
    name="continuation",
    title="Continued, or answered",
    topics=("what-is-an-llm", "generation"),
    about="A language model continues text. What makes it answer is a frame around your words, the chat template, in which it was "
    "trained on conversations. Here the same words are given to it both ways, and the likeliest token is taken each time. The model is "
    "an instruct model in both: a base model, which never saw such a frame, is one that you bring yourself (GREENROOM_LABS_MODEL).",
    parameters=(
        text("prompt", "Your words", "Name the capital of Kyrgyzstan", 1000, lines=2),
        whole("tokens", "Tokens at most", 48, (4, 120)),
    ),
    expects=(
        Expect(
            id="conditioning",
            see="Same network, same words, another frame: most of the probability of the first token lies elsewhere, and the text is "
            "another one.",
            falsified_by="Less than half of the probability lies elsewhere, or both texts are the same.",
            settles=("what-is-an-llm/post-training", "generation/conditioning"),
        ),
        Expect(
            id="stopping",
            see="In the template the text ends by itself: at some step a mark that ends a turn is the likeliest token. Nothing else ends "
            "it but a limit.",
            falsified_by="It is cut off by the limit of tokens (give it room), or goes on after the mark.",
            settles=("generation/stopping",),
            set={"prompt": "What is the capital of France?"},
        ),
        Expect(
            id="tokens",
            see="What the model reads are tokens, numbers of pieces of text: common words are one, rarer ones are several.",
            falsified_by="Every word of your text is one token.",
            settles=("what-is-an-llm/tokens", "generation/tokens"),
            set={"prompt": "How do I descale a kettle?"},
        ),
    ),
    examples=(
        Example(title="A question", set={"prompt": "What is the capital of France?"}),
        Example(title="The beginning of a sentence", set={"prompt": "The old lighthouse keeper opened the door and"}),
        Example(title="An order", set={"prompt": "Write a two-line poem about rain."}),
    ),
    sources=(
        Source(title="Ouyang et al. 2022, Training language models to follow instructions with human feedback", url="https://arxiv.org/abs/2203.02155"),
        Source(title="Allal et al. 2025, SmolLM2", url="https://arxiv.org/abs/2502.02737"),
    ),
    seconds=300,
    megabytes=3000,
)  # fmt: skip


class Side(NamedTuple):
    """One of the two ways: the tokens given, the probabilities of the first token, and the text."""

    ids: list[int]
    first: Scores
    text: Text


class Continuation:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        from greenroom.labs.sampling import Rules
        from greenroom.labs.writing import Branches, probabilities, texts, write

        most, words, sides = values.whole("tokens"), values.text("prompt"), dict[str, Side]()
        for n, how in enumerate(TITLES if model.tokenizer.answers else ("raw",)):
            ids = prompt(model, words, how)
            yield Progress(says=f"Reading it {TITLES[how].lower()}", share=0.1 + 0.45 * n)
            branches = Branches(model.transformer, ids)
            sides[how] = Side(ids, probabilities(branches.logits[-1]), texts(Rules(temperature=0), 1, 0, ODDS)[0])
            for done in write(branches, [sides[how].text], most, model.tokenizer.stops):
                if done == 1 or done % EVERY == 0:
                    yield text_part(model, how, TITLES[how], sides[how].text.steps, ids)
                    yield Progress(says=f"{TITLES[how]}: token {done}", share=0.1 + 0.45 * (n + done / most))
            yield text_part(model, how, TITLES[how], sides[how].text.steps, ids)
        yield _both(model, sides)
        if len(sides) == len(TITLES):
            yield _first(model, sides)
        yield _words(model, words)
        yield from findings(model, sides, words)


# --- What is shown ---


def _first(model: Model, sides: dict[str, Side]) -> Picture:
    from greenroom.labs.writing import likeliest

    both = list(dict.fromkeys(token for side in sides.values() for token, _ in likeliest(side.first, BARS)))
    return Picture(
        name="first", title="The first token, both ways", chart="bars", label="Token", unit="%",
        labels=tuple(visible(piece(model, token)) for token in both),
        series=tuple(
            Series(title=TITLES[how], values=tuple(100 * float(side.first[token]) for token in both)) for how, side in sides.items()
        ),
        says=f"{apart(sides['raw'].first, sides['chat'].first):.0%} of the probability lies elsewhere in the template.",
        note="The likeliest tokens of either way. ␣ is a blank, ⏎ a line break.",
    )  # fmt: skip


def _both(model: Model, sides: dict[str, Side]) -> Table:
    rows = []
    for how, side in sides.items():
        mean = math.exp(side.text.log / len(side.text.steps)) if side.text.steps else None
        end = "the limit of tokens" if side.text.ended is None else model.tokenizer.decode([side.text.ended])
        given = visible(model.tokenizer.decode(side.ids)).replace("␣", " ")
        rows.append((TITLES[how], given[:480], written(model, side.text.tokens), end, None if mean is None else 100 * mean))
    columns = ("Given", "What the model read", "What it wrote", "Ended by", "Probability a token, %")
    note = (
        "The model reads the frame too: a system message of its makers, your words, and the mark after which it is to speak. Probability "
        "a token: geometric mean."
    )
    return Table(name="both", title="Side by side", columns=columns, rows=tuple(rows), note=note)


def pieces_by_word(model: Model, words: str) -> list[tuple[str, list[str]]]:
    """Each word of a text, without its punctuation, with its tokens, as they are behind a blank."""
    ids = [(word, model.tokenizer.encode(word if n == 0 else f" {word}")) for n, word in enumerate(WORD.findall(words))]
    return [(word, [piece(model, token) for token in tokens]) for word, tokens in ids]


def _words(model: Model, words: str) -> Table:
    rows = tuple(
        (word[:80], len(pieces), " | ".join(visible(each) for each in pieces)[:480]) for word, pieces in pieces_by_word(model, words)[:60]
    )
    note = f"Of {model.tokenizer.size:,} tokens in the vocabulary. ␣ is a blank: it belongs to the token that follows."
    return Table(name="words", title="What it reads", columns=("Word", "Tokens", "Which"), rows=rows, note=note)


# --- What is found ---


def apart(a: Scores, b: Scores) -> float:
    """The share of probability that lies elsewhere, 0 to 1 (total variation)."""
    return float(abs(a - b).sum() / 2)


def findings(model: Model, sides: dict[str, Side], words: str) -> Iterator[Finding]:
    if "chat" in sides:
        yield _conditioning(model, sides["raw"], sides["chat"])
        yield _stopping(model, sides)
    else:
        for name in ("conditioning", "stopping"):
            yield Finding(id=name, held=None, found="This model has no chat template: it continues text, and there is nothing to compare.")
    split = [(word, pieces) for word, pieces in pieces_by_word(model, words) if len(pieces) > 1]
    count = len(WORD.findall(words))
    first = f", such as “{split[0][0]}”: {' | '.join(map(visible, split[0][1]))}" if split else ""
    yield Finding(
        id="tokens", held=bool(split) if count else None, found=f"{len(split)} of {count} words are several tokens{first}."[:2000]
    )


def _conditioning(model: Model, raw: Side, chat: Side) -> Finding:
    elsewhere = apart(raw.first, chat.first)
    says = (
        f"{elsewhere:.0%} of the first token's probability lies elsewhere. As it stands: “{_begin(model, raw)}”; in the template: "
        f"“{_begin(model, chat)}”."
    )
    return Finding(id="conditioning", held=elsewhere >= 0.5 and raw.text.tokens != chat.text.tokens, found=says)


def _begin(model: Model, side: Side) -> str:
    shown = written(model, side.text.tokens)
    return shown if len(shown) <= 60 else f"{shown[:59]}…"


def _stopping(model: Model, sides: dict[str, Side]) -> Finding:
    said = []
    for how, side in sides.items():
        steps = side.text.steps
        if side.text.ended is None:
            said.append(f"{TITLES[how]}: cut off after {len(steps)} tokens")
        else:
            said.append(f"{TITLES[how]}: {model.tokenizer.decode([side.text.ended])} is token {len(steps)}, with {steps[-1].p:.0%}")
    return Finding(id="stopping", held=sides["chat"].text.ended is not None, found="; ".join(said) + ".")
