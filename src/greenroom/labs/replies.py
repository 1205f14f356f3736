"""Short replies to many prompts, the likeliest token each time, written side by side: what a matrix is read for serves them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from greenroom.labs.model import Model
    from greenroom.labs.writing import Branches

AT_ONCE = 6
"""Prompts read and replies written in one pass."""
MORE = 16
"""Tokens that may be read on behind each reply."""


class Reply(NamedTuple):
    """What was written. ``branches`` and ``node``: where it stands, to read on from there. ``cut``: it met the limit of tokens."""

    text: str
    tokens: tuple[int, ...]
    cut: bool
    branches: Branches
    node: int


def replies(model: Model, prompts: Sequence[Sequence[int]], most: int, *, line: bool = False, at_once: int = AT_ONCE) -> Iterator[Reply]:
    """Of each prompt, in their order: up to ``most`` tokens, or to one that ends a turn; ``line``: or to the end of the first line.
    Temperature 0.

    Raises InputError for a prompt without tokens, TooLargeError for more than the model can read.
    """
    from greenroom.labs.beside import alike
    from greenroom.labs.sampling import Rules
    from greenroom.labs.writing import Branches, texts, write

    for some in groups(prompts, most, model.transformer.shape.context, at_once):
        begun = min(alike(some), min(map(len, some)) - 1) or len(some[0])
        branches = Branches(model.transformer, some[0][:begun])
        ends = [nodes[-1] if nodes else -1 for nodes in branches.follow(((-1, ids[begun:]) for ids in some), ends=True)]
        branches.forget(ends)
        found = texts(Rules(temperature=0), len(some), 0)
        for text, node in zip(found, ends, strict=True):
            text.node = node
        for _ in write(branches, found, most, model.tokenizer.stops):
            for text in found if line else ():
                if text.ended is None and "\n" in model.tokenizer.decode(text.tokens).lstrip():
                    text.ended = text.steps[-1].token
        for text in found:
            yield Reply(model.tokenizer.decode(text.tokens).strip(), text.tokens, text.ended is None, branches, text.node)


def groups(prompts: Sequence[Sequence[int]], most: int, room: int, at_once: int = AT_ONCE) -> Iterator[list[Sequence[int]]]:
    """Those that are read in one pass: neighbours that begin alike, at most ``at_once``, that together fit into what the model can hold."""
    from greenroom.labs.beside import alike

    some = list[Sequence[int]]()
    for ids in prompts:
        grown = [*some, ids]
        begun = alike(grown)
        held = begun + sum(len(each) - begun + most + MORE for each in grown)
        if some and (len(grown) > at_once or not begun or held > room):
            yield some
            grown = [ids]
        some = grown
    if some:
        yield some


def chat(model: Model, said: str, begun: str = "", system: str = "") -> list[int]:
    """The tokens of a person's message in the chat template (as a text, where the model has none), the answer begun with ``begun``."""
    from greenroom.labs.tokenizer import Message

    if not model.tokenizer.answers:
        return model.tokenizer.prompt(f"{system}\n{said}\n{begun}".strip())
    messages = [*([Message("system", system)] if system else []), Message("user", said)]
    return [*model.tokenizer.chat(messages), *model.tokenizer.encode(begun)]
