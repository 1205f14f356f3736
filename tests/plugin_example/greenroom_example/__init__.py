"""A plugin, complete: one pack, one assessor and one lab. In its own project, pyproject.toml would hold

[project.entry-points.greenroom]
example = "greenroom_example"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from greenroom.assess.assessor import Verbatim
from greenroom.labs.lab import Bench, Card, Expect, Finding, Lab, Part, Table, Values
from greenroom.labs.parameter import whole
from greenroom.plugins import AssessorMaker, hookimpl
from greenroom.settings import Settings


@hookimpl
def greenroom_packs() -> Sequence[Path]:
    return [Path(__file__).parent / "pack"]


@hookimpl
def greenroom_assessors(settings: Settings) -> Mapping[str, AssessorMaker]:
    return {"example": Verbatim}


class Squares:
    """A lab: counts how many pairs of tokens attention compares. It is made again in the process in which it runs."""

    card = Card(
        name="squares",
        title="Pairs of tokens",
        topics=("attention",),
        about="How many pairs of tokens attention compares, from the length of the text.",
        parameters=(whole("tokens", "Tokens", 100, (1, 1_000_000)),),
        expects=(Expect(id="square", see="Twice the text, four times the pairs.", falsified_by="It grows in step with the text."),),
    )

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        n = values.whole("tokens")
        yield Table(name="pairs", title="Pairs", columns=("Tokens", "Pairs"), rows=((n, n * n), (2 * n, 4 * n * n)))
        yield Finding(id="square", held=(2 * n) ** 2 == 4 * n**2, found=f"{n * n:,} pairs, then {4 * n * n:,}.")


@hookimpl
def greenroom_labs() -> Sequence[Lab]:
    return [Squares()]
