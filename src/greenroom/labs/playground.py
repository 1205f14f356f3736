"""The lab *playground*: the live model with nothing to prove. Your text as it reads it, what it held likely at every place, where every
head looks, and what it writes on.

One pass over the whole text, written tokens included, gives both the probabilities and the attention, so that they belong together.
"""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from greenroom.errors import InputError, TooLargeError
from greenroom.labs.lab import (
    MOST_WEIGHTS,
    Attention,
    Bench,
    Card,
    Example,
    Likely,
    Part,
    Picture,
    Progress,
    Series,
    Source,
    Token,
    Tokens,
    Values,
    visible,
)
from greenroom.labs.model import Model, opened
from greenroom.labs.parameter import choice, number, text, whole
from greenroom.labs.shown import CHAT, piece

if TYPE_CHECKING:
    from greenroom.labs.transformer import Array
    from greenroom.labs.writing import Scores

TEXT_GROUP, WRITE_GROUP, LOOK_GROUP = "Your text", "Writing on", "What is shown first"
MOST, ODDS, NEXT = 138, 6, 10
"""Tokens in all; likeliest tokens that are kept at each place; and after the last."""
EVERY = 4
"""Tokens between two looks at the text that is being written."""
TITLE = "The text, token by token"

CARD = Card(
    name="playground",
    title="The playground: type, and watch it read",
    topics=("what-is-an-llm", "generation", "attention"),
    about="Type anything, and the model reads it token by token: each is coloured by how likely it was, given what stands before it. Look "
    "at a token to see what else could have stood there; choose it to see where every head of every layer looks from it. Then let it "
    "write on.",
    parameters=(
        text("text", "Text", "The capital of France is Paris. The capital of Italy is", 4000, f"At most {MOST} tokens in all.",
             group=TEXT_GROUP, lines=6),
        choice("given", "Given to the model as", CHAT, group=TEXT_GROUP),
        whole("write", "Tokens to write on", 12, (0, 64), "0: it only reads.", group=WRITE_GROUP),
        number("temperature", "Temperature", 0.7, (0, 5), "0: always the likeliest.", group=WRITE_GROUP),
        whole("top_k", "Top-k", 0, (0, 1000), "0: off.", group=WRITE_GROUP),
        number("top_p", "Top-p", 1, (0.01, 1), "1: off.", group=WRITE_GROUP),
        number("min_p", "Min-p", 0, (0, 1), "0: off.", group=WRITE_GROUP),
        whole("seed", "Seed", 0, (0, 2**31 - 1), "The same seed writes the same.", group=WRITE_GROUP),
        whole("token", "Token that looks", 0, (0, MOST), "Counted from 1; 0: the last.", group=LOOK_GROUP),
        whole("layer", "Layer", -1, (-1, 63), "-1: the mean of all. SmolLM2 has 0 to 29.", group=LOOK_GROUP),
        whole("head", "Head", -1, (-1, 255), "-1: the mean of all. SmolLM2 has 0 to 8.", group=LOOK_GROUP),
    ),
    expects=(),
    examples=(
        Example(title="One word that surprises", set={"text": "The cat sat on the mat. The cat sat on the parliament.", "write": 0}),
        Example(
            title="A head that finds the word after the earlier one",
            set={"text": "Anna plays the piano. Tom plays the drums. Anna plays the", "write": 4, "temperature": 0, "layer": 18, "head": 6},
        ),
        Example(title="A question, in the chat template", set={"text": "What is a token?", "given": "chat", "write": 40}),
        Example(title="A word that there is not", set={"text": "The flumbergast slept. Nobody dared to wake the flumbergast", "write": 8}),
    ),
    sources=(
        Source(title="Ben Allal et al. 2025, SmolLM2", url="https://arxiv.org/abs/2502.02737"),
        Source(title="Vaswani et al. 2017, Attention Is All You Need", url="https://arxiv.org/abs/1706.03762"),
        Source(title="Xiao et al. 2023, Efficient Streaming Language Models with Attention Sinks", url="https://arxiv.org/abs/2309.17453"),
    ),
    seconds=180,
    megabytes=3000,
)  # fmt: skip


class Opened(NamedTuple):
    """A text that was read: its tokens, logits (T, V) and attention (L, H, T, T); ``own``: where what the model wrote begins."""

    ids: list[int]
    own: int
    logits: Array
    maps: Array


class Playground:
    card = CARD

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        model = yield from opened(bench)
        yield from self.parts(values, model)

    def parts(self, values: Values, model: Model) -> Iterator[Part]:
        """Of a model that is open."""
        given = _read(model, values)
        ids, most = list(given), max(1, values.whole("write"))
        yield Progress(says="Reading", share=0.2)
        for ids in _write(model, given, values):
            if done := len(ids) - len(given):
                yield Tokens(name="text", title=TITLE, says=f"{done} tokens so far.", tokens=_plain(model, ids), own=len(given))
            yield Progress(says=f"{done} tokens written", share=0.2 + 0.6 * done / most)
        yield Progress(says="Looking at every place", share=0.85)
        found = _open(model, ids, len(given))
        yield tokens_part(model, found)
        yield attention_part(model, found, values)
        yield next_part(model, found)


def _read(model: Model, values: Values) -> list[int]:
    """Raises InputError for nothing to read or a place that this model has not, TooLargeError for more than can be shown."""
    from greenroom.labs.tokenizer import Message

    typed, shape = values.text("text"), model.transformer.shape
    ids = model.tokenizer.chat([Message("user", typed)]) if values.text("given") == "chat" else model.tokenizer.prompt(typed)
    if not ids or not typed.strip():
        raise InputError("There is nothing to read.", "Write at least one word.")
    for name, there in (("layer", shape.layers), ("head", shape.heads)):
        if values.whole(name) >= there:
            raise InputError(f"{model.name} has the {name}s 0 to {there - 1}; {values.whole(name)} is not one of them.", "Choose another.")
    most = min(MOST, shape.context, int((2 * MOST_WEIGHTS / (shape.layers * shape.heads)) ** 0.5) - 1)
    if (total := len(ids) + values.whole("write")) > most:
        raise TooLargeError(
            f"The text has {len(ids)} tokens; with those to be written, {total}. {most} can be shown with their attention.",
            "Shorten it, or let it write fewer.",
        )
    return ids


def _write(model: Model, given: Sequence[int], values: Values) -> Iterator[list[int]]:
    """The text so far, after the first token that was written and after each few."""
    from greenroom.labs.sampling import Rules
    from greenroom.labs.writing import draw, left

    dice = random.Random(values.whole("seed"))  # noqa: S311 - no secret
    rules = Rules(values.number("temperature"), values.whole("top_k"), values.number("top_p"), values.number("min_p"))
    ids = list(given)
    written = model.transformer.write(given, values.whole("write"), model.tokenizer.stops, lambda logits: draw(left(logits, rules), dice))
    for n, token in enumerate(written, 1):
        ids.append(token)
        if n == 1 or n % EVERY == 0:
            yield list(ids)
    yield ids


def _open(model: Model, ids: list[int], own: int) -> Opened:
    """One pass over everything."""
    import numpy as np

    from greenroom.labs.looks import Record

    record = Record("attention")
    logits = model.transformer.forward(ids, look=record)
    return Opened(ids, own, logits, np.stack([record["attention", layer] for layer in range(model.transformer.shape.layers)]))


def _plain(model: Model, ids: Sequence[int]) -> tuple[Token, ...]:
    return tuple(Token(text=piece(model, token)) for token in ids)


def tokens_part(model: Model, found: Opened) -> Tokens:
    """Every token with its probability; the first has none, for nothing stands before it."""
    import numpy as np

    from greenroom.labs.writing import probabilities

    tokens, bits = [Token(text=piece(model, found.ids[0]))], []
    for token, logits in zip(found.ids[1:], found.logits[:-1], strict=True):
        p = probabilities(logits)
        bits.append(-np.log2(max(float(p[token]), 1e-300)))
        tokens.append(Token(text=piece(model, token), value=100 * float(p[token]), others=_likeliest(model, p, token)))
    says = "One token."
    if bits:
        odd = int(np.argmax(bits))
        mean = float(np.mean(bits))
        says = (
            f"{len(tokens)} tokens, {mean:.1f} bits each on average: as unsure as among {2**mean:.1f} equally likely ones. The least "
            f"expected is “{tokens[odd + 1].text.strip() or '␣'}” with {tokens[odd + 1].value:.2g}%."
        )
    own = found.own if found.own < len(tokens) else None
    return Tokens(name="text", title=TITLE, says=says, tokens=tuple(tokens), own=own)


def _likeliest(model: Model, p: Scores, token: int) -> tuple[Likely, ...]:
    """A token that is none of the likeliest stands last among them."""
    from greenroom.labs.writing import likeliest

    found = likeliest(p, ODDS)
    own = () if token in dict(found) else ((token, float(p[token])),)
    return tuple(Likely(text=piece(model, each), value=100 * share) for each, share in (*found, *own))


def next_part(model: Model, found: Opened) -> Picture:
    """What could come after the last token."""
    from greenroom.labs.writing import entropy, likeliest, probabilities

    p = probabilities(found.logits[-1])
    most = likeliest(p, NEXT)
    rest = 1 - sum(share for _, share in most)
    return Picture(
        name="next", title="What could come next", chart="bars", label="Token", unit="%",
        labels=tuple(visible(piece(model, token)) for token, _ in most),
        series=(Series(title="Probability", values=tuple(100 * share for _, share in most)),),
        says=f"After the last token: “{visible(piece(model, most[0][0]))}” with {most[0][1]:.1%}; the {len(p) - len(most):,} tokens that "
        f"are not drawn have {max(0.0, rest):.1%} together. Entropy {entropy(p):.1f} bits.",
    )  # fmt: skip


def attention_part(model: Model, found: Opened, values: Values) -> Attention:
    import numpy as np

    layers, heads, length, _ = found.maps.shape
    rows = np.tril_indices(length)
    packed = np.rint(found.maps[:, :, rows[0], rows[1]] * 255).astype(np.uint8)  # (L, H, T (T + 1) / 2)
    at = values.whole("token")
    if at > length:
        raise InputError(f"The text has {length} tokens; there is no token {at}.", "Choose another, or 0 for the last.")
    return Attention(
        name="attention", title="Where it looks", words=tuple(piece(model, each) for each in found.ids), layers=layers,
        heads=heads, weights=b64encode(packed.tobytes()).decode("ascii"), token=(at or length) - 1, layer=values.whole("layer"),
        head=values.whole("head"), note="To half a percent. A weight says where a head looks, not why the model writes what it writes.",
    )  # fmt: skip
