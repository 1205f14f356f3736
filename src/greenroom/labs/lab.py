"""A lab: a thing that is said about language models, run and looked at.

A lab is one file with one class. It has a ``card`` (what it is, what can be set, what one should see) and a method ``run``, a generator
that yields *parts* as it finds them:

    Progress   how far it is, in words
    Table      numbers, with the heading of each column
    Picture    a chart, declared (bars, lines or a heat map) and drawn by whoever shows it; its table stands behind it
    Tokens     a text token by token, each with its number and what else could have stood there
    Attention  what each token takes from the others, in every head, to be walked through
    Scenes     small pictures, with frames and what is said of each (``scenes.py``)
    Finding    whether one of the things one should see was seen here, in figures

A part with the name of an earlier one takes its place: so a picture grows while the lab runs. ``collect`` makes the result of them. The
same values give the same parts, seed included: a lab takes its chance from a parameter ``seed``, its time from nowhere.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Protocol, Self

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from greenroom.bank.question import Id, LabLink, LabValue, Value
from greenroom.errors import GreenroomError, LabError
from greenroom.labs.parameter import Name, Parameter, Short, read_all
from greenroom.labs.scenes import Scenes

Long = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
Target = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}$")]
"""A key point or a misconception: ``question_id/point_id``."""
Number = Annotated[float, Field(allow_inf_nan=False)]
Cell = Annotated[str, StringConstraints(max_length=500)] | Number | None
"""A number stands as it was computed; whoever shows it rounds. None: there is none."""
MOST_ROWS, MOST_COLUMNS, MOST_SERIES, MOST_ACROSS = 500, 66, 12, 64
MOST_WEIGHTS = 2_700_000
"""Bytes of attention in one part: what a line from the lab's process may hold."""


class Source(Value):
    """A primary source that can be followed."""

    title: Short
    url: Annotated[str, StringConstraints(pattern=r"^https://[!-~]{4,300}$")]


class Expect(Value):
    """Something one should see, and what would show that it is not so. ``settles``: the key points and misconceptions it bears on;
    ``set``: the values that show it best."""

    id: Id
    see: Long
    falsified_by: Long
    settles: tuple[Target, ...] = ()
    set: dict[str, LabValue] = Field(default_factory=dict)


class Example(Value):
    """Values worth trying, under a name."""

    title: Short
    set: dict[str, LabValue]


class Card(Value):
    """What a lab is, before it runs. ``seconds`` and ``megabytes``: it is stopped beyond them. ``extra``: the extra of greenroom that it
    needs; ``lacks``: what of it is not installed here, with the cure, in the words of whoever lists it (``room.labs``)."""

    name: Id
    title: Short
    topics: tuple[Id, ...]
    about: Long
    parameters: tuple[Parameter, ...]
    expects: tuple[Expect, ...]
    examples: tuple[Example, ...] = ()
    sources: tuple[Source, ...] = ()
    seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    megabytes: Annotated[int, Field(ge=128, le=65_536)] = 1024
    extra: Literal["", "labs"] = ""
    lacks: Annotated[str, StringConstraints(max_length=300)] = ""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for what, names in (("parameter", [p.name for p in self.parameters]), ("expectation", [e.id for e in self.expects])):
            if len(set(names)) != len(names):
                raise ValueError(f"a {what} is named twice")
        for values in (*(e.set for e in self.expects), *(e.set for e in self.examples)):
            try:
                read_all(self.parameters, values)
            except GreenroomError as error:
                raise ValueError(f"{error.message} {error.hint}") from None
        return self

    def read(self, given: Mapping[str, LabValue]) -> Values:
        """Raises InputError for a value out of bounds or a name there is not."""
        return Values(read_all(self.parameters, given))

    def links(self) -> dict[str, LabLink]:
        """By key point or misconception: this lab, with the values that show it."""
        return {target: LabLink(name=self.name, set=each.set) for each in reversed(self.expects) for target in each.settles}


class Values(dict[str, LabValue]):
    """The value of every parameter, each within its bounds. The methods give it its type back."""

    def whole(self, name: str) -> int:
        return int(self[name])

    def number(self, name: str) -> float:
        return float(self[name])

    def text(self, name: str) -> str:
        return str(self[name])

    def yes(self, name: str) -> bool:
        return bool(self[name])


class Progress(Value):
    """``share`` of the work done, 0 to 1; None: not known."""

    kind: Literal["progress"] = "progress"
    says: Short
    share: Annotated[float, Field(ge=0, le=1)] | None = None


class Table(Value):
    """``rows`` have a cell for each of ``columns``; the first says what the row is about."""

    kind: Literal["table"] = "table"
    name: Name
    title: Short
    columns: tuple[Short, ...] = Field(min_length=1, max_length=MOST_COLUMNS)
    rows: tuple[tuple[Cell, ...], ...] = Field(max_length=MOST_ROWS)
    note: Annotated[str, StringConstraints(max_length=2000)] = ""

    @model_validator(mode="after")
    def _square(self) -> Self:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.name}: a row has more or fewer cells than there are columns")
        return self


class Series(Value):
    """A number for each label of the picture; None leaves a gap."""

    title: Short
    values: tuple[Number | None, ...] = Field(max_length=MOST_ROWS)


class Mark(Value):
    """A line across the picture at a value, such as a limit."""

    title: Short
    value: Number


class Picture(Value):
    """A chart, declared. *bars*: a bar for each label and series, side by side; *stack*: the series of a label on top of each other;
    *lines*: a line for each series, over labels at equal steps; *heat*: a matrix with a row for each label and a column for each series,
    the stronger the larger the number (``full``: at or beyond this it is as strong as can be; default: the largest), negative ones in
    another colour and with a mark, None a gap. ``across``: what the columns of a matrix are. ``says``: what there is to see, for whoever
    does not see it.

    ``columns`` head the table behind it, whose rows are the labels with the figures of the series.
    """

    kind: Literal["picture"] = "picture"
    name: Name
    title: Short
    says: Long
    chart: Literal["bars", "stack", "lines", "heat"]
    label: Short
    labels: tuple[Annotated[str, StringConstraints(max_length=80)], ...] = Field(min_length=1, max_length=MOST_ROWS)
    series: tuple[Series, ...] = Field(min_length=1, max_length=MOST_ACROSS)
    unit: Annotated[str, StringConstraints(max_length=30)] = ""
    marks: tuple[Mark, ...] = Field(default=(), max_length=6)
    across: Annotated[str, StringConstraints(max_length=80)] = ""
    full: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    note: Annotated[str, StringConstraints(max_length=2000)] = ""

    @model_validator(mode="after")
    def _even(self) -> Self:
        if any(len(each.values) != len(self.labels) for each in self.series):
            raise ValueError(f"{self.name}: a series has more or fewer values than there are labels")
        if self.chart != "heat" and len(self.series) > MOST_SERIES:
            raise ValueError(f"{self.name}: more than {MOST_SERIES} series cannot be told apart")
        if self.chart in ("bars", "stack") and any((value or 0) < 0 for each in self.series for value in each.values):
            raise ValueError(f"{self.name}: a bar cannot be negative")
        return self

    @property
    def table(self) -> Table:
        """The figures behind the picture."""
        rows = tuple((name, *cells) for name, *cells in zip(self.labels, *(each.values for each in self.series), strict=True))
        unit = "" if self.chart == "heat" else self.unit
        titles = tuple(f"{each.title}, {unit}"[:200] if unit else each.title for each in self.series)
        return Table(name=self.name, title=self.title, columns=(self.label, *titles), rows=rows, note=self.note)


Piece = Annotated[str, StringConstraints(min_length=1, max_length=80)]
"""The text of a token as it stands, blanks and line breaks included."""


class Likely(Value):
    """A token that could stand at a place, and its number."""

    text: Piece
    value: Number


class Token(Value):
    """A token of a text. ``value``: its number, None where nothing was asked, as in a prompt. ``others``: the likeliest at its place,
    itself among them if it is one of those."""

    text: Piece
    value: Number | None = None
    others: tuple[Likely, ...] = Field(default=(), max_length=10)


class Tokens(Value):
    """A text token by token, the stronger the larger the number, ``full`` and beyond as strong as can be. ``says`` as for a picture.
    ``own``: from this token on the model wrote it; None: it is not told."""

    kind: Literal["tokens"] = "tokens"
    name: Name
    title: Short
    says: Long
    tokens: tuple[Token, ...] = Field(min_length=1, max_length=MOST_ROWS)
    own: int | None = Field(default=None, ge=0)
    label: Short = "Probability"
    unit: Annotated[str, StringConstraints(max_length=30)] = "%"
    full: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 100
    note: Annotated[str, StringConstraints(max_length=2000)] = ""

    @property
    def table(self) -> Table:
        """The figures behind the text, without those of the prompt. Blanks and line breaks can be seen."""
        rows = []
        for token in self.tokens:
            if token.value is not None:
                others = " · ".join(f"{visible(each.text)} {each.value:.1f}" for each in token.others)
                rows.append((visible(token.text), token.value, others[:500]))
        columns = ("Token", f"{self.label}, {self.unit}" if self.unit else self.label, "Likeliest there")
        return Table(name=self.name, title=self.title, columns=columns, rows=tuple(rows), note=self.note)


def visible(piece: str) -> str:
    """A token so that its blanks and line breaks can be seen: “ be” is “␣be”."""
    return piece.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥").replace("\r", "␍")


class Attention(Value):
    """What each token of a text takes from those before it and itself, in every head: to be walked through.

    ``weights``: a byte each, 255 is all, in base64: layer by layer, in it head by head, in it a row for each token that looks, as long as
    the tokens it may see. ``token``, ``layer``, ``head``: what is shown first, counted from 0; -1: the mean of all layers or heads.
    """

    kind: Literal["attention"] = "attention"
    name: Name
    title: Short
    words: tuple[Annotated[str, StringConstraints(min_length=1, max_length=80)], ...] = Field(min_length=1, max_length=MOST_ROWS)
    layers: Annotated[int, Field(ge=1, le=MOST_ACROSS)]
    heads: Annotated[int, Field(ge=1, le=MOST_ROWS)]
    weights: Annotated[str, StringConstraints(max_length=MOST_WEIGHTS * 4 // 3 + 4)]
    token: Annotated[int, Field(ge=0)]
    layer: Annotated[int, Field(ge=-1)] = -1
    head: Annotated[int, Field(ge=-1)] = -1
    note: Annotated[str, StringConstraints(max_length=2000)] = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.token >= len(self.words) or self.layer >= self.layers or self.head >= self.heads:
            raise ValueError(f"{self.name}: what is shown first is not there")
        if len(self._bytes) != self.layers * self.heads * len(self.words) * (len(self.words) + 1) // 2:
            raise ValueError(f"{self.name}: more or fewer weights than the text, layers and heads have")
        return self

    @cached_property
    def _bytes(self) -> bytes:
        return b64decode(self.weights, validate=True)

    def row(self, layer: int, head: int) -> tuple[float, ...]:
        """What ``token`` takes from each token up to itself; -1 as above."""
        length, each = len(self.words), self.token + 1
        layers, heads = (range(n) if at < 0 else (at,) for at, n in ((layer, self.layers), (head, self.heads)))
        starts = [(a * self.heads + b) * length * (length + 1) // 2 + self.token * each // 2 for a in layers for b in heads]
        rows = zip(*(self._bytes[start : start + each] for start in starts), strict=True)
        return tuple(sum(column) / len(starts) / 255 for column in rows)

    @property
    def says(self) -> str:
        """The three tokens that most is taken from."""
        row = self.row(self.layer, self.head)
        most = sorted(range(len(row)), key=lambda n: (-row[n], n))[:3]
        named = ", ".join(f"“{visible(self.words[n])}” ({row[n]:.0%})" for n in most)
        return f"“{visible(self.words[self.token])}” takes most from {named}."

    @property
    def grid(self) -> Picture:
        """A field for each head: how much of what ``token`` takes is not from the first token."""
        away = [[1 - self.row(layer, head)[0] for head in range(self.heads)] for layer in range(self.layers)]
        return Picture(
            name="heads", title="How much each head takes from other tokens than the first", chart="heat", label="Head", across="layer",
            labels=tuple(map(str, range(self.heads))), full=1,
            series=tuple(Series(title=str(n), values=tuple(each)) for n, each in enumerate(away)),
            says=f"The first token is where a head looks that has nothing to find. {self.says}",
        )  # fmt: skip

    @property
    def table(self) -> Table:
        """In percent."""
        rows = zip(self.words, self.row(self.layer, self.head), self.row(-1, -1), strict=False)
        columns = ("Takes from", "Here, %", "All heads, %")
        shown = tuple((visible(word), 100 * here, 100 * all_) for word, here, all_ in rows)
        return Table(name=self.name, title=self.title, columns=columns, rows=shown, note=self.note)


class Finding(Value):
    """Of the expectation ``id``: whether it was seen here (None: it could not be told), and what came out."""

    kind: Literal["finding"] = "finding"
    id: Id
    held: bool | None
    found: Long


Shown = Table | Picture | Tokens | Attention | Scenes
Part = Annotated[Progress | Shown | Finding, Field(discriminator="kind")]
PART: TypeAdapter[Part] = TypeAdapter(Part)


class Bench(NamedTuple):
    """What a lab may use of this machine: the folder for a person's data, how many threads, and the model that takes the fetched one's
    place (GREENROOM_LABS_MODEL). A lab that looks into the model opens it by ``yield from model.opened(bench)``."""

    home: Path
    threads: int
    labs_model: Path | None = None


class Lab(Protocol):
    """Anything with a card that can run. It is made anew, without arguments, in the process in which it runs."""

    @property
    def card(self) -> Card: ...

    def run(self, values: Values, bench: Bench) -> Iterator[Part]:
        """The parts, as they are found. Raises GreenroomError with the cure where it cannot go on (no model, an extra missing)."""
        ...


class Seen(Value):
    """An expectation beside what was found."""

    id: Id
    see: str
    falsified_by: str
    settles: tuple[Target, ...]
    held: bool | None
    found: str | None


class Result(Value):
    """All that a run gave, in the order in which it came. The same values give the same result, to the last digit."""

    lab: Id
    title: str
    values: dict[str, LabValue]
    parts: tuple[Annotated[Shown, Field(discriminator="kind")], ...]
    seen: tuple[Seen, ...]
    sources: tuple[Source, ...]


def collect(card: Card, values: Values, parts: Iterable[Part]) -> Result:
    """The result of a whole run. Raises LabError for a finding about nothing that the card expects."""
    shown: dict[str, Shown] = {}
    found: dict[str, Finding] = {}
    for part in parts:
        if isinstance(part, Shown):
            shown[part.name] = part
        elif isinstance(part, Finding):
            found[part.id] = part
    known = {each.id for each in card.expects}
    if stray := sorted(set(found) - known):
        raise LabError(f"The lab “{card.name}” found something that its card does not expect: {', '.join(stray)}.")
    return Result(
        lab=card.name, title=card.title, values=dict(values), parts=tuple(shown.values()),
        seen=tuple(_seen(each, found.get(each.id)) for each in card.expects), sources=card.sources,
    )  # fmt: skip


def _seen(expect: Expect, finding: Finding | None) -> Seen:
    held, found = (finding.held, finding.found) if finding else (None, None)
    return Seen(id=expect.id, see=expect.see, falsified_by=expect.falsified_by, settles=expect.settles, held=held, found=found)
