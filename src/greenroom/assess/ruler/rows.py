"""Rows of somebody's own graded answers (``greenroom calibrate``): read, checked, and put on one scale.

A bad row never stops the others: it comes back as a ``BadRow`` with its line and its cure. That the marks are good is not checked; a ruler
is only as straight as what it is held against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from greenroom.assess import scale
from greenroom.assess.grade import MAX_POINTS, Long, PointIn, RowId, RowIn, Short, make_rubric, parse_json, tell_fault
from greenroom.bank.question import Question, Rubric, Value
from greenroom.errors import InputError, NotFoundError

Marks = Literal["0-1", "0-100", "1-5"]
"""How a score without ``max_score`` is meant."""
TOP: Mapping[Marks, float] = {"0-1": 1.0, "0-100": 100.0}
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Verdicts = Literal["hit", "partial", "missed", "wrong"]
Find = Callable[[str], Question]
"""The question of an id; raises NotFoundError."""


class MarkedIn(BaseModel):
    """One row. A mark (``score`` or ``band``) or ``points`` is required, and ``question_id``, ``reference`` or ``key_points``."""

    model_config = ConfigDict(extra="ignore")

    id: RowId
    question_id: Short | None = None
    form: Long | None = None
    question: Long = ""
    reference: Long | None = None
    key_points: tuple[PointIn, ...] | None = Field(default=None, max_length=MAX_POINTS)
    answer: Long
    score: Number | None = None
    max_score: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    marks: Marks | None = None
    band: Annotated[int, Field(ge=1, le=5, strict=True)] | None = None
    points: dict[Short, Verdicts] | None = Field(default=None, max_length=MAX_POINTS)


class BadRow(Value):
    """A row that was left out. ``line`` counts from 1."""

    line: int
    id: str | int | None
    fault: str
    cure: str


class Marked(NamedTuple):
    """A row ready to be held against: ``mark`` 0..1, None where only points were judged; ``points``: verdict by point id."""

    line: int
    id: str | int
    rubric: Rubric
    answer: str
    mark: float | None
    points: Mapping[str, str]


def read_rows(lines: Iterable[str], find: Find, marks: Marks) -> Iterator[Marked | BadRow]:
    """A result a line, in order; blank lines are skipped. ``marks``: how a score is meant where the row does not say."""
    seen: dict[str | int, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row_id: str | int | None = None
        try:
            row = _parse(line)
            row_id = row.id
            if row.id in seen:
                raise InputError(f"The id is already used in line {seen[row.id]}.", "Give each row an id of its own.")
            seen[row.id] = number
            yield _ready(row, number, find, row.marks or marks)
        except (InputError, NotFoundError) as found:
            yield BadRow(line=number, id=row_id, fault=found.message, cure=found.hint or "greenroom bank list shows the ids.")


def _parse(line: str) -> MarkedIn:
    try:
        return MarkedIn.model_validate(parse_json(line))
    except (ValueError, RecursionError) as error:
        field = isinstance(error, ValidationError)
        cure = "Correct or leave out that field." if field else "Write one JSON object a line, in UTF-8."
        raise InputError(tell_fault(error), cure) from error


def _ready(row: MarkedIn, number: int, find: Find, marks: Marks) -> Marked:
    rubric = _rubric(row, find)
    mark = _mark(row, marks)
    if mark is None and not row.points:
        raise InputError("There is neither a score, a band nor points.", "Give your mark: score, band or points {id: verdict}.")
    asked = {point.id for point in rubric.points}
    known = asked | ({point.id for point in find(row.question_id).key_points} if row.question_id else set())
    strange = sorted(set(row.points or {}) - known)
    if strange:
        raise InputError(f"points: {strange[0]!r} is no key point here.", f"Known: {', '.join(point.id for point in rubric.points)[:300]}.")
    marked = {name: verdict for name, verdict in (row.points or {}).items() if name in asked}  # a mark may be older than the rubric
    return Marked(number, row.id, rubric, row.answer, mark, marked)


def _rubric(row: MarkedIn, find: Find) -> Rubric:
    if row.question_id is not None:
        question = find(row.question_id)
        return question.rubric(row.form)
    ids = [point.id for point in row.key_points or ()]
    if len(ids) != len(set(ids)):
        raise InputError("key_points: two points have the same id.", "Give each point an id of its own.")
    if not ids and not (row.reference or "").strip():
        raise InputError("Nothing says what a right answer is.", "Give question_id, reference or key_points.")
    made = make_rubric(RowIn(id=row.id, question=row.question, reference=row.reference, key_points=row.key_points, answer=row.answer))
    return made.model_copy(update={"whole": made.whole and not row.points})


def _mark(row: MarkedIn, marks: Marks) -> float | None:
    """0..1. A band counts as the middle of its stretch of the scale."""
    if row.score is None:
        return None if row.band is None else middle(row.band)
    if row.max_score is None and marks == "1-5":
        if row.score not in (1, 2, 3, 4, 5):
            raise InputError(f"score: {row.score:g} is no band.", "Bands are 1, 2, 3, 4 or 5; or say --marks 0-1 or 0-100.")
        return middle(int(row.score))
    top = row.max_score or TOP[marks]
    if not 0 <= row.score <= top:
        cure = (
            "Give max_score in the row, or say --marks 0-100 or 1-5."
            if row.max_score is None
            else "The score lies between 0 and max_score."
        )
        raise InputError(f"score: {row.score:g} is not within 0 and {top:g}.", cure)
    return row.score / top


def middle(band: int) -> float:
    """The middle of a band's stretch, 0..1."""
    cuts = (0.0, *scale.CUTS, 100.0)
    return (cuts[band - 1] + cuts[band]) / 200
