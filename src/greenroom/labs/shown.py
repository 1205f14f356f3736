"""How the labs on generation show what a model wrote: texts token by token, cut to what a table's cell may hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from greenroom.errors import InputError, TooLargeError
from greenroom.labs.lab import MOST_ROWS, Likely, Token, Tokens

if TYPE_CHECKING:
    from greenroom.labs.model import Model
    from greenroom.labs.writing import Step

CELL, PIECE = 480, 80
"""Most characters of a table's cell and of a token."""
PROMPT_TOKENS = 400
CHAT = {"raw": "the text as it stands", "chat": "a message in the chat template"}


def prompt(model: Model, text: str, how: str) -> list[int]:
    """The tokens of a prompt, ``how``: raw, or chat: as a person's message, up to where the model is to answer. Raises InputError for
    nothing to continue, TooLargeError for more than ``PROMPT_TOKENS``."""
    from greenroom.labs.tokenizer import Message

    ids = model.tokenizer.chat([Message("user", text)]) if how == "chat" else model.tokenizer.prompt(text)
    if not ids:
        raise InputError("There is nothing to continue.", "Write at least one word.")
    if len(ids) > PROMPT_TOKENS:
        raise TooLargeError(f"The prompt has {len(ids):,} tokens; this lab takes at most {PROMPT_TOKENS}.", "Shorten it.")
    return ids


def piece(model: Model, token: int) -> str:
    """The text of a token by itself. A part of a character, or a token without text, is a sign that says so."""
    return (model.tokenizer.pieces([token])[0] or "�")[:PIECE]


def cell(text: str) -> str:
    """What a table's cell may hold of a text, its line breaks as signs."""
    shown = text.replace("\r", "␍").replace("\n", "⏎").strip(" ")
    return shown if len(shown) <= CELL else f"{shown[: CELL - 1]}…"


def written(model: Model, tokens: Sequence[int]) -> str:
    return cell(model.tokenizer.decode(tokens)) or "(nothing)"


def token_by_token(model: Model, steps: Iterable[Step], given: Sequence[int] = ()) -> tuple[Token, ...]:
    """The tokens of a text for a part ``Tokens``, behind those of its prompt. In percent. A token that is none of the likeliest stands
    last among them. Of a prompt for which a part has no room only the end is shown."""
    after = list[Token]()
    for step in steps:
        own = () if not step.others or step.token in dict(step.others) else ((step.token, step.p),)
        others = tuple(Likely(text=piece(model, token), value=100 * p) for token, p in (*step.others, *own))
        after.append(Token(text=piece(model, step.token), value=100 * step.p, others=others))
    room = max(0, MOST_ROWS - len(after))
    return (*(Token(text=piece(model, token)) for token in given[max(0, len(given) - room) :]), *after)


def text_part(model: Model, name: str, title: str, steps: Sequence[Step], given: Sequence[int] = ()) -> Tokens:
    """A written text as a part. ``says`` names the surest and the least sure token."""
    said = "Nothing was written."
    if steps:
        least, most = min(steps, key=lambda s: s.p), max(steps, key=lambda s: s.p)
        said = (
            f"{len(steps)} tokens. The surest is “{piece(model, most.token).strip() or '␣'}” with {most.p:.1%}, "
            f"the least sure “{piece(model, least.token).strip() or '␣'}” with {least.p:.1%}."
        )
    return Tokens(name=name, title=title, says=said, tokens=token_by_token(model, steps, given))
