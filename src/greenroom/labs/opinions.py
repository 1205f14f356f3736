"""What the lab *second-opinion* asks and checks: passages with values drawn by a seed, the answers to them, wrong ones planted by code, and
whether an answer passes each check. Which answers a person still has to read is ``approving.py``.

A network's check is a number held against a line: of the model itself, by how much “yes” leads “no”, less the average lead over its
answers (it says no to nearly everything); of the other network, the highest probability that one of the passage's sentences makes the
statement.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, NamedTuple

from greenroom.labs.grounded import plain, says

FILE, PASSAGES, A_PASSAGE = "opinions.json", 12, 6
"""Passages there are, and questions about each."""
SELF, OTHER, RULE = "The model itself", "The other network", "The rule in code"
CHECKS = (SELF, OTHER, RULE)
GATES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "all": ("all three", CHECKS), "itself": ("the model itself", (SELF,)), "other": ("the other network", (OTHER,)),
    "rule": ("the rule in code", (RULE,)), "networks": ("both networks", (SELF, OTHER)),
    "outside": ("the other network and the rule", (OTHER, RULE)), "none": ("no check", ()),
}  # fmt: skip
"""Which checks an answer has to pass, by the value of the parameter: title, checks."""
PLACE = re.compile(r"\{(([a-z]+)\d)\}")
END = re.compile(r"[.,;:(\n]| (?:and|by|in|at|on|from|to|who|which|while|with|but|of)\b")
"""Where the value ends in what the model wrote behind the beginning of its answer."""
SENTENCE = re.compile(r"(?<=[.;]) ")


class Item(NamedTuple):
    """``begun``: how an answer begins, so that with its value it is a statement. ``others``: the other values of the kind in the passage;
    ``foreign``: one of the kind that is not in it."""

    passage: str
    question: str
    begun: str
    answer: str
    others: tuple[str, ...]
    foreign: str

    def states(self, value: str) -> str:
        return f"{self.begun} {value}."

    def right(self, value: str) -> bool:
        """Whether it begins with the true value, with no other value or number behind it: “26 minutes” is right, “17 + 17” is not."""
        said, true = plain(value).split(), plain(self.answer).split()
        behind = said[len(true) :]
        return said[: len(true)] == true and not any(map(str.isdigit, behind)) and not any(says(value, other) for other in self.others)

    @property
    def sentences(self) -> list[str]:
        return SENTENCE.split(self.passage)


class Checked(NamedTuple):
    """An answer, written by the model or planted, and what the checks made of it: ``lead`` less the average, None where the model was not
    asked; ``made``: by the other network."""

    item: Item
    value: str
    lead: float | None
    made: float

    @property
    def right(self) -> bool:
        return self.item.right(self.value)

    @property
    def stands(self) -> bool:
        """Whether the value stands in the passage, in whole words."""
        value = plain(self.value)
        return bool(value) and f" {value} " in f" {plain(self.item.passage)} "

    def passes(self, *checks: str) -> bool:
        """Whether all of these let it through."""
        found = {SELF: (self.lead or 0) > 0, OTHER: self.made > 0.5, RULE: self.stands}
        return all(found[each] for each in checks)

    @property
    def stopped(self) -> int:
        """How many of the checks stop it."""
        return sum(not self.passes(each) for each in CHECKS)


class Set(NamedTuple):
    """The model's answers; and planted beside them, item by item: the true value, another one of its kind from the passage, one from
    elsewhere, which only the other network and the rule are shown."""

    live: tuple[Checked, ...]
    true: tuple[Checked, ...]
    swapped: tuple[Checked, ...]
    foreign: tuple[Checked, ...]

    @property
    def wrong(self) -> list[Checked]:
        return [each for each in self.live if not each.right]

    @property
    def right(self) -> list[Checked]:
        return [each for each in self.live if each.right]


Pair = tuple[Item, str]
"""A question and a value: what a network is asked about."""


@cache
def shipped() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("greenroom.labs").joinpath(FILE).read_text(encoding="utf-8"))
    return found


def drawn(passages: int, seed: int) -> list[Item]:
    """The questions on so many passages. Years rise in a passage as they do in the tale it tells."""
    dice = random.Random(f"second-opinion {seed}")  # noqa: S311 - no secret
    found = list[Item]()
    for each in islice(shipped()["passages"], passages):
        kinds: dict[str, list[str]] = {}
        for name, kind in sorted(set(PLACE.findall(each["text"]))):
            kinds.setdefault(kind, []).append(name)
        values, foreign = dict[str, str](), dict[str, str]()
        for kind, names in kinds.items():
            *some, foreign[kind] = dice.sample(shipped()["values"][kind], len(names) + 1)
            values |= zip(names, sorted(some) if kind == "year" else some, strict=True)
        for question, begun, name in each["ask"]:
            kind = name.rstrip("0123456789")
            others = tuple(values[other] for other in kinds[kind] if other != name)
            passage, question, begun = (text.format(**values) for text in (each["text"], question, begun))
            found.append(Item(passage, question, begun, values[name], others, foreign[kind]))
    return found


def value_of(written: str) -> str:
    """The value in what was written behind the beginning of the answer."""
    return END.split(written.strip(), maxsplit=1)[0].strip()


def rows_of(items: Sequence[Item], values: Sequence[str]) -> list[list[Pair]]:
    """Of each question: the answer, the true value, another one of the passage, one from elsewhere."""
    pairs = zip(items, values, strict=True)
    return [[(item, each) for each in (value, item.answer, item.others[0], item.foreign)] for item, value in pairs]


def by_passage(rows: Sequence[Sequence[Pair]], most: int) -> list[list[Pair]]:
    """The first ``most`` pairs of each row, those on one passage together, none twice."""
    found = dict[str, dict[Pair, None]]()
    for row in rows:
        found.setdefault(row[0][0].passage, {}).update(dict.fromkeys(row[:most]))
    return [list(each) for each in found.values()]


def checked(rows: Sequence[Sequence[Pair]], own: Mapping[Pair, float], other: Mapping[Pair, float]) -> Set:
    """All answers through the checks. ``own`` and ``other``: what the two networks make of a pair."""
    mean = sum(own[row[0]] for row in rows) / len(rows)
    sets = [tuple(Checked(*row[n], own[row[n]] - mean if n < 3 else None, other[row[n]]) for row in rows) for n in range(4)]
    return Set(*sets)
