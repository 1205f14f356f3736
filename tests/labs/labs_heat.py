"""A lab that draws a wide matrix with gaps and numbers below zero, for the tests that look at it."""

from __future__ import annotations

from collections.abc import Iterator

from greenroom.labs.lab import Bench, Card, Expect, Finding, Part, Picture, Series, Values


class Matrix:
    card = Card(
        name="matrix", title="A wide matrix", topics=("attention",), about="Numbers.", parameters=(),
        expects=(Expect(id="seen", see="A matrix.", falsified_by="None."),),
    )  # fmt: skip

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        columns = tuple(
            Series(title=f"column {n}", values=tuple(None if n > 60 else (n - 20) * k / 100 for k in range(1, 5))) for n in range(64)
        )
        yield Picture(
            name="wide", title="Wide", says="It grows to the right.", chart="heat", label="Row", across="column",
            labels=("one", "two", "three", "a word that is too long for its place"), series=columns,
        )  # fmt: skip
        yield Finding(id="seen", held=True, found="There it is.")
