"""The seam to a chat model. One method; a fake that fills it; and how JSON is asked for, whatever the model.

A model's reply is text of a stranger: it is parsed strictly, checked by whoever asked, and asked for once more when it cannot be used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NoReturn, Protocol, TypeVar

from greenroom.errors import ChatAwayError, ChatError, GreenroomError

T = TypeVar("T")
SHOWN_REPLY = 2000
"""Characters of an unusable reply that are shown to the model again."""
LEAST_SECONDS = 1.0
"""With less time left it is not asked again."""


@dataclass(frozen=True)
class Photo:
    """A picture file as it goes to the model. ``media_type``: such as ``image/png``."""

    data: bytes = field(repr=False)
    media_type: str


@dataclass(frozen=True)
class Turn:
    """``photos``: what a user's turn shows beside its text; a model that cannot see refuses it with a ChatError."""

    role: Literal["user", "assistant"]
    text: str
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True)
class Ask:
    """One thing asked of a model.

    Args:
        system: what the model is to do.
        turns: the conversation, a user's turn last.
        schema: JSON schema of the reply; a server that can holds the model to it.
        seed, temperature: two asks that differ in the seed only are two votes.
        max_tokens: the reply is cut there, which makes it an error.
        seconds: wall clock for everything, retries included.
    """

    system: str
    turns: tuple[Turn, ...]
    schema: Mapping[str, Any]
    seed: int = 0
    temperature: float = 0.0
    max_tokens: int = 400
    seconds: float = 30.0

    @property
    def has_photos(self) -> bool:
        return any(turn.photos for turn in self.turns)


class ChatModel(Protocol):
    @property
    def name(self) -> str:
        """Which model, and where: part of what an opinion is kept under."""
        ...

    @property
    def parallel(self) -> int:
        """How many asks it may be given at the same time."""
        ...

    def chat(self, ask: Ask) -> str:
        """The model's reply, whole. Safe to call from several threads.

        Raises:
            ChatError: no usable reply to this ask, or it shows pictures to a model that cannot see.
            ChatAwayError: it cannot be asked at all now.
        """
        ...


@dataclass
class Scripted:
    """A fake: replies by a function of the ask, or the same every time. ``asks`` records what it was asked. For tests and examples."""

    reply: Callable[[Ask], str] | str
    name: str = "scripted"
    parallel: int = 1
    asks: list[Ask] = field(default_factory=list)

    def chat(self, ask: Ask) -> str:
        self.asks.append(ask)
        return self.reply if isinstance(self.reply, str) else self.reply(ask)


@dataclass(frozen=True)
class Absent:
    """Stands where a model could not be set up; says why when it is asked."""

    why: GreenroomError
    name: str = "none"
    parallel: int = 1

    def chat(self, ask: Ask) -> str:
        raise ChatAwayError(self.why.message, self.why.hint)


def ask_json(model: ChatModel, ask: Ask, read: Callable[[Mapping[str, Any]], T], clock: Callable[[], float]) -> T:
    """What ``read`` makes of the JSON object that the model replies with; a reply that cannot be used is sent back once for repair.

    Args:
        read: raises ValueError, saying what is wrong, for an object it cannot use.
        clock: seconds, monotonic; both tries together take at most ``ask.seconds``.

    Raises:
        ChatError: the second reply cannot be used either, or there is no time for it; or as ``ChatModel.chat``.
    """
    until = clock() + ask.seconds
    text = model.chat(ask)
    try:
        return read(parse_object(text))
    except ValueError as error:
        fault = str(error)
    left = until - clock()
    if left >= LEAST_SECONDS:  # with less it would only seem to be away
        try:
            return read(parse_object(model.chat(replace(ask, turns=_sent_back(ask.turns, text, fault), seconds=left))))
        except ValueError as error:
            fault = str(error)
    cure = "Choose a model that can give JSON by a schema, or a larger one."
    raise ChatError(f"{model.name} does not reply with the JSON it is asked for: {fault}.", cure)


def _sent_back(turns: Sequence[Turn], text: str, fault: str) -> tuple[Turn, ...]:
    wish = f"That reply cannot be used: {fault}. Reply again with the JSON object and nothing else."
    return (*turns, Turn("assistant", text[:SHOWN_REPLY] or "(nothing)"), Turn("user", wish))


def parse_object(text: str) -> Mapping[str, Any]:
    """The JSON object in a reply; a fence round it and thoughts before it are passed over.

    Raises:
        ValueError: there is none.
    """
    body = text.rpartition("</think>")[2]
    start, end = body.find("{"), body.rfind("}")
    if start < 0 or end < start:
        raise ValueError("it holds no JSON object")
    try:
        found = json.loads(body[start : end + 1], parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"it is not JSON ({str(error)[:80]})") from None
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")
    return found


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
