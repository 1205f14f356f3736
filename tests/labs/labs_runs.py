"""A lab run on a model that is open, and what was seen of what one should see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from greenroom.labs.lab import Card, Finding, Part, Result, Values, collect
from greenroom.labs.model import Model


class OnModel(Protocol):
    card: Card

    def parts(self, values: Values, model: Any) -> Iterator[Part]: ...


def run(lab: OnModel, model: Model | None, **given: Any) -> Result:
    values = lab.card.read(given)
    return collect(lab.card, values, list(lab.parts(values, model)))


def held(found: Result | Iterable[Finding]) -> dict[str, bool | None]:
    return {each.id: each.held for each in (found.seen if isinstance(found, Result) else found)}
