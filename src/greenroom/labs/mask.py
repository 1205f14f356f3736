"""Constrained decoding: of a text begun by the rules of a schema, which characters may come next, and so which tokens.

It is what grammars and structured output do at every step (Willard and Louf 2023, https://arxiv.org/abs/2307.09702); theirs are compiled,
this one is to be read. The fields come in the order of the schema; blanks may stand where JSON allows them. Strings are without quotes,
backslashes and tokens that are a part of a character.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.errors import InputError
from greenroom.labs.schema import Field
from greenroom.labs.transformer import Array
from greenroom.labs.writing import Scores, Step, Text, draw, left, likeliest

if TYPE_CHECKING:
    from greenroom.labs.tokenizer import Tokenizer

BLANKS = 8
"""Most blanks and line breaks in one place."""
NUMBERS = {"number": re.compile(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,4})?"), "integer": re.compile(r"-?(0|[1-9][0-9]{0,8})")}
BEGUN = {"number": re.compile(r"-?((0|[1-9][0-9]{0,8})(\.[0-9]{0,4})?)?"), "integer": re.compile(r"-?(0|[1-9][0-9]{0,8})?")}
"""A number, and what can become one."""


class Part(NamedTuple):
    """A piece of the text to be. ``kind``: blanks, string, number, integer, or words: one of ``options`` as they stand."""

    kind: str
    options: tuple[str, ...] = ()
    longest: int = 0

    def take(self, held: str, char: str) -> str | None:
        """What is held of this part with another character; None: it cannot be that one. Of a string only its length is held."""
        longer = held + char
        if self.kind == "blanks":
            return longer if char in " \n" and len(longer) <= BLANKS else None
        if self.kind == "string":
            if char == '"':
                return longer
            return held + "." if held and len(held) <= self.longest and char.isprintable() and char not in "\\\ufffd" else None
        if self.kind == "words":
            return longer if any(option.startswith(longer) for option in self.options) else None
        return longer if BEGUN[self.kind].fullmatch(longer) else None

    def full(self, held: str) -> bool:
        """Nothing more belongs to it."""
        return held in self.options if self.kind == "words" else self.kind == "string" and len(held) > 1 and held[-1] == '"'

    def may_end(self, held: str) -> bool:
        """It can be left for the next part, although more could follow."""
        return self.kind == "blanks" or (self.kind in NUMBERS and bool(NUMBERS[self.kind].fullmatch(held)))


State = tuple[int, str]
"""Which part the text is in, and what is held of it."""
START: State = (0, "")


class Machine:
    def __init__(self, fields: Sequence[Field]) -> None:
        self.parts = [Part("blanks"), Part("words", ("{",))]
        for n, each in enumerate(fields):
            for words in (*([","] if n else []), json.dumps(each.name), ":"):
                self.parts += [Part("blanks"), Part("words", (words,))]
            self.parts += [Part("blanks"), _value(each)]
        self.parts += [Part("blanks"), Part("words", ("}",))]

    def whole(self, state: State) -> bool:
        """The object is closed: nothing may follow but the end of the text."""
        return state[0] == len(self.parts)

    def follow(self, state: State, text: str) -> State | None:
        """The state after these characters; None where they break the rules."""
        for char in text:
            after = self._step(state, char)
            if after is None:
                return None
            state = after
        return state

    def _step(self, state: State, char: str) -> State | None:
        at, held = state
        while at < len(self.parts):
            part = self.parts[at]
            if (longer := part.take(held, char)) is not None:
                return (at + 1, "") if part.full(longer) else (at, longer)
            if not part.may_end(held):
                return None
            at, held = at + 1, ""
        return None


def _value(wanted: Field) -> Part:
    if wanted.kind in ("enum", "boolean"):
        return Part("words", tuple(json.dumps(each, ensure_ascii=False) for each in wanted.options) or ("true", "false"))
    return Part(wanted.kind, longest=wanted.longest)


# --- The tokens --------------------------------------------------------------------------------------------------------------------

Trie = dict[str, Any]
"""By character: the texts that go on with it; under the empty text: the tokens that end here."""


class Mask:
    """Which tokens of a vocabulary may come next. Texts may share one."""

    def __init__(self, machine: Machine, tokenizer: Tokenizer, stops: Collection[int]) -> None:
        self.machine, self._stops, self._known = machine, list(stops), dict[State, NDArray[np.bool_]]()
        marks = set(tokenizer.marks.values())
        self.pieces = ["" if n in marks else piece for n, piece in enumerate(tokenizer.pieces(range(tokenizer.size)))]
        inside = [bool(piece) and piece.isprintable() and not set(piece) & {'"', "\\", "\ufffd"} for piece in self.pieces]
        self._inside, self._lengths = np.array(inside), np.array([len(piece) for piece in self.pieces])
        self._quoted = [n for n, piece in enumerate(self.pieces) if '"' in piece]
        self._trie: Trie = {}
        for n, piece in enumerate(self.pieces):
            node = self._trie
            for char in piece if "\ufffd" not in piece else "":
                node = node.setdefault(char, {})
            if node is not self._trie:
                node.setdefault("", []).append(n)

    def allowed(self, state: State) -> NDArray[np.bool_]:
        """(V,): the tokens after which the text can still become valid. Where it is whole: those that end a text.

        Raises InputError where no token is left, as for a word with a character that is no token by itself.
        """
        if state not in self._known:
            self._known[state] = found = self._find(state)
            if not found.any():
                raise InputError("A word of the schema cannot be written with this model's tokens.", "Write it in plain letters.")
        return self._known[state]

    def after(self, state: State, token: int) -> State:
        """The state after a token that is allowed."""
        found = None if self.machine.whole(state) else self.machine.follow(state, self.pieces[token])
        return state if found is None else found

    def _find(self, state: State) -> NDArray[np.bool_]:
        found = np.zeros(len(self.pieces), bool)
        if self.machine.whole(state):
            found[self._stops] = True
        elif self.machine.parts[state[0]].kind == "string" and state[1]:  # nearly all may follow: not by walking through them
            room = self.machine.parts[state[0]].longest - len(state[1]) + 1
            found[:] = self._inside & (self._lengths <= room)
            found[[n for n in self._quoted if self.machine.follow(state, self.pieces[n]) is not None]] = True
        else:
            self._walk(self._trie, state, found)
        return found

    def _walk(self, node: Trie, state: State, found: NDArray[np.bool_]) -> None:
        for char, below in node.items():
            if char and (after := self.machine.follow(state, char)) is not None:
                found[below.get("", [])] = True
                self._walk(below, after, found)


@dataclass
class Bound(Text):
    """A text that keeps to a mask. ``removed``: at each step, how much of the model's probability the mask took away, 0 to 1."""

    mask: Mask | None = None
    state: State = START
    removed: list[float] = field(default_factory=list)

    def choose(self, logits: Array, own: Scores, bits: float) -> Step:
        assert self.mask is not None
        allowed = self.mask.allowed(self.state)
        p = left(np.where(allowed, logits, np.float32(-np.inf)), self.rules)
        token = draw(p, self.dice)
        self.removed.append(min(1.0, max(0.0, 1 - float(own[allowed].sum()))))
        self.state = self.mask.after(self.state, token)
        return Step(token, float(own[token]), int((own > own[token]).sum()), bits, int(allowed.sum()), likeliest(own, self.odds))
