"""What the shell completes beside commands and options: ids of questions, topics, rounds, who asks, names of labs, and what can be set in
one.

Asked at every press of the tab key: no database is opened and no encoder loaded. What goes wrong here completes nothing; the command
itself says what is wrong.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import wraps
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from greenroom.labs.parameter import Parameter
    from greenroom.room import Room

Offers = Iterator[tuple[str, str]]
"""Completions, each with what it is: some shells show that."""


def _quietly(offers: Callable[[], Offers]) -> Callable[[str], list[tuple[str, str]]]:
    """Those that begin with what is typed; none where something is wrong."""

    @wraps(offers)
    def complete(incomplete: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        with contextlib.suppress(Exception):
            found.extend((value, says) for value, says in offers() if value.startswith(incomplete))
        return found

    del complete.__wrapped__  # typer reads the signature, which is this one's
    return complete


def _room() -> Room:
    from greenroom.room import Room
    from greenroom.settings import read_settings

    return Room(read_settings())


@_quietly
def question_ids() -> Offers:
    return ((question.id, question.ask) for question in _room().bank.questions())


@_quietly
def topics() -> Offers:
    from greenroom.bank.wording import many

    room = _room()
    return ((topic, many(len(room.bank.questions(topic)), "question")) for topic in room.bank.topics())


@_quietly
def lab_names() -> Offers:
    return ((card.name, card.title) for card in _room().labs.cards())


@_quietly
def rounds() -> Offers:
    from greenroom.prep.asks.ask import ROUNDS

    return ((name, "your questions for this round") for name in ROUNDS)


@_quietly
def people() -> Offers:
    from greenroom.interview.voices.cast import CAST

    return ((who.id, who.title) for who in CAST.values() if who.role)


def lab_values(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """``--set``: what can be set in the lab that was named, with values that it takes."""
    found: list[tuple[str, str]] = []
    with contextlib.suppress(Exception):
        named = context.params["name"] or context.args[0]  # an unfinished option leaves the argument unread
        card = _room().labs.get(named)
        found.extend(each for parameter in card.parameters for each in _values(parameter) if each[0].startswith(incomplete))
    return found


def _values(parameter: Parameter) -> Offers:
    """A number or text is offered with its default, to be changed."""
    from greenroom.labs.parameter import shown_value

    if parameter.kind == "choice":
        yield from ((f"{parameter.name}={option.value}", option.title) for option in parameter.options)
    elif parameter.kind == "switch":
        yield from ((f"{parameter.name}={word}", parameter.title) for word in ("yes", "no"))
    else:
        shown = shown_value(parameter.default) if parameter.kind != "text" else ""
        yield f"{parameter.name}={shown}", f"{parameter.title}: {parameter.takes}"
