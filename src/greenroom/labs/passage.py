"""A person's text as the model reads it, for the labs that look inside: its tokens, how they are shown, its loss, how it goes on."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from greenroom.errors import InputError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenroom.labs.lab import Values
    from greenroom.labs.model import Model
    from greenroom.labs.transformer import Array, Look

TROPHY = "The trophy did not fit into the brown suitcase because it was too big. The doctor told the nurse that she should rest."
"""What the labs read when nothing else is given."""


class Passage(NamedTuple):
    """``ids``: the tokens. ``words``: each for the eye; a token that goes on the word before it begins with a dot, as in ``suit ·case``."""

    ids: list[int]
    words: tuple[str, ...]


def read(model: Model, text: str, most: int, least: int = 2) -> Passage:
    """Raises InputError for a text of too few tokens, TooLargeError for one of too many."""
    ids = model.tokenizer.prompt(text)
    if len(ids) < least:
        raise InputError(f"The text has {len(ids)} tokens; this lab needs at least {least}.", "Give a longer text.")
    if len(ids) > most:
        raise TooLargeError(f"The text has {len(ids):,} tokens; this lab takes at most {most}.", "Shorten it.")
    return Passage(ids, words(model, ids))


def words(model: Model, ids: Sequence[int]) -> tuple[str, ...]:
    """Each token for the eye."""
    return tuple(_shown(piece, first=n == 0) for n, piece in enumerate(model.tokenizer.pieces(ids)))


def _shown(piece: str, *, first: bool) -> str:
    bare = piece.strip(" ").replace("\n", "⏎").replace("\t", "⇥")
    if not bare:
        return "␣" * max(1, len(piece))
    goes_on = piece[0].isalnum() and not first
    return f"·{bare}"[:80] if goes_on else bare[:80]


def loss(model: Model, ids: Sequence[int], look: Look | None = None) -> float:
    """Nats a token, over all tokens but the first."""
    return float(model.transformer.surprise(ids, look).mean())


def goes_on(model: Model, ids: Sequence[int], most: int, look: Look | None = None) -> str:
    """What the model writes after the text, taking the likeliest token each time."""
    return "".join(model.tokenizer.stream(model.transformer.write(ids, most, model.tokenizer.stops, look=look)))


def place(model: Model, values: Values) -> tuple[int, int]:
    """Layer and head as they were set, both counted from 0. Raises InputError for one that this model has not."""
    shape = model.transformer.shape
    for name, there in (("layer", shape.layers), ("head", shape.heads)):
        if values.whole(name) >= there:
            raise InputError(
                f"{model.name} has the {name}s 0 to {there - 1}; {name} {values.whole(name)} is not one of them.", "Choose another."
            )
    return values.whole("layer"), values.whole("head")


class Seen(NamedTuple):
    """``maps``: the attention of every head, (L, H, T, T), a row for each token that looks. ``scores``: logits of what comes next, (V,)."""

    maps: Array
    scores: Array


def look_at(model: Model, ids: Sequence[int], look: Look | None = None) -> Seen:
    """One pass."""
    import numpy as np

    from greenroom.labs.looks import Record, together

    record = Record("attention")
    scores = model.transformer.forward(ids, look=together(look, record) if look else record, last=True)[0]
    return Seen(np.stack([record["attention", layer] for layer in range(model.transformer.shape.layers)]), scores)


class Again:
    """Reads a text once and keeps the stream before every layer: what changes from a layer on is then computed from there on only."""

    def __init__(self, model: Model, ids: Sequence[int]) -> None:
        from greenroom.labs.looks import Record

        self._transformer, self._ids, kept = model.transformer, ids, Record("embedding", "residual")
        self.layers = model.transformer.shape.layers
        model.transformer.forward(ids, look=kept, last=True)
        self._streams = [kept["embedding", -1], *(kept["residual", layer] for layer in range(self.layers))]

    def logits(self, layer: int, look: Look | None = None, *, last: bool = False) -> Array:
        """(T, V), or (1, V). The look sees the layers from that one on, counted from 0."""
        from greenroom.labs.looks import together

        rest = copy(self._transformer)  # the same weights, fewer layers
        rest.blocks = self._transformer.blocks[layer:]

        def begin(place: str, _: int, value: Array) -> Array | None:
            return self._streams[layer] if place == "embedding" else None

        return rest.forward(self._ids, look=together(begin, look) if look else begin, last=last)

    def loss(self, layer: int, look: Look | None = None) -> float:
        """Nats a token."""
        import numpy as np

        from greenroom.labs.transformer import log_softmax

        after = np.asarray(self._ids[1:])
        return float(-log_softmax(self.logits(layer, look)[:-1])[np.arange(len(after)), after].mean())
