"""Grading rows of any subject (``greenroom grade``): one row in, one result out, in order; a bad row is reported and the rest go on.

Pure streaming: lines in, results out, whatever assessor is given. Reading files and writing them is the door's work; to resume, it
hands back what was already written. The figures are only as good as the assessor on an unseen subject: see weights/MODEL_CARD.md.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from greenroom.assess.assessment import Grader, PointVerdict
from greenroom.assess.assessor import Assessor
from greenroom.assess.reading.clauses import sentences
from greenroom.bank.question import KeyPoint, Rubric, Value
from greenroom.llm.words import words

MAX_TEXT = 20_000
MAX_POINTS = 60
MAX_WORDINGS, MAX_WORDED = 400, 200_000
"""Points and phrasings of a row together, and their characters: comparing words takes memory by the product of the two."""
KINDS = ("constrained-str", "int")
"""What pydantic calls the kinds an id may be of; they stand in the place of a fault and tell nobody anything."""
Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]
RowId = Short | Annotated[int, Field(strict=True)]
Long = Annotated[str, StringConstraints(max_length=MAX_TEXT)]


class PointIn(BaseModel):
    """A key point of a row."""

    model_config = ConfigDict(extra="ignore")

    id: Short
    point: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    says: tuple[Annotated[str, StringConstraints(min_length=1, max_length=4000)], ...] = Field(default=(), max_length=40)
    weight: Annotated[int, Field(ge=1, le=3)] = 1


class RowIn(BaseModel):
    """One row. ``reference`` or ``key_points`` is required; keys that are not ours are left alone."""

    model_config = ConfigDict(extra="ignore")

    id: RowId
    question: Long = ""
    reference: Long | None = None
    key_points: tuple[PointIn, ...] | None = Field(default=None, max_length=MAX_POINTS)
    answer: Long


class ScoredRow(Value):
    """One result; ``id`` as it came. Besides the keys of the contract: ``row``, the number of the input line, from 1, and ``hash``, the
    first 16 hex digits of the SHA-256 of its content: resuming goes by these two; and ``notes``, what to know of how it was judged.
    """

    id: str | int | None
    score: float | None = None
    status: Literal["graded", "abstained", "error"]
    reason: str | None = None
    points: tuple[PointVerdict, ...] | None = None
    grader: Grader | None = None
    notes: tuple[str, ...] | None = None
    row: int
    hash: str


def grade(
    lines: Iterable[str], assessor: Assessor, done: Mapping[tuple[int, str], ScoredRow] | None = None, at_once: int = 1
) -> Generator[ScoredRow, None, None]:
    """Results in the order of ``lines``. ``done``: earlier results by (row, hash); one that ``may_stand`` is not graded again.
    ``at_once``: rows that are assessed side by side, each by a thread of its own; so many at most are read ahead. Where reading ``lines``
    fails, what was read is graded first.

    Never raises for what a line holds. A blank line is skipped and has no result.
    """
    tasks = _tasks(lines, assessor, done or {})
    if at_once == 1:
        yield from (task() for task in tasks)
        return
    pool, ahead, faults = ThreadPoolExecutor(at_once, "greenroom-grade"), deque[Future[ScoredRow]](), list[Exception]()
    try:
        for task in _until_fault(tasks, faults):
            ahead.append(pool.submit(task))
            if len(ahead) > at_once:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # whoever left does not wait for the rows under way
    if faults:
        raise faults[0]


def _until_fault(tasks: Iterator[Callable[[], ScoredRow]], faults: list[Exception]) -> Iterator[Callable[[], ScoredRow]]:
    try:
        yield from tasks
    except Exception as error:  # a file that cannot be read on
        faults.append(error)


def _tasks(lines: Iterable[str], assessor: Assessor, done: Mapping[tuple[int, str], ScoredRow]) -> Iterator[Callable[[], ScoredRow]]:
    """What makes the result of each line that has one; which ids were there before is settled here, in order."""
    seen: dict[str | int, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        digest = _digest(line)
        earlier = done.get((number, digest))
        if earlier is not None and earlier.id not in seen and may_stand(earlier, assessor):
            row: RowIn | ScoredRow = earlier
        else:
            row = _ready(line, number, digest, seen)
        if row.id is not None:
            seen.setdefault(row.id, number)
        yield partial(_result, row, number, digest, assessor)


def may_stand(earlier: ScoredRow, assessor: Assessor) -> bool:
    """Whether a result of an earlier run is what ``assessor`` would say now: no error, and graded by the same version."""
    return earlier.status != "error" and earlier.grader is not None and earlier.grader == getattr(assessor, "grader", None)


def row_keys(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """(row number, content hash) of each line that has a result: what resuming goes by."""
    return ((number, _digest(line)) for number, line in enumerate(lines, 1) if line.strip())


def _digest(line: str) -> str:
    return hashlib.sha256(line.strip().encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _ready(line: str, number: int, digest: str, seen: Mapping[str | int, int]) -> RowIn | ScoredRow:
    """A row to assess, or what is wrong with it."""
    row = _read(line)
    if isinstance(row, str):
        return ScoredRow(id=_id(line), status="error", reason=row, row=number, hash=digest)
    fault = f"The id is already used in row {seen[row.id]}." if row.id in seen else _fault(row)
    return ScoredRow(id=row.id, status="error", reason=fault, row=number, hash=digest) if fault else row


def _result(row: RowIn | ScoredRow, number: int, digest: str, assessor: Assessor) -> ScoredRow:
    if isinstance(row, ScoredRow):
        return row
    held = assessor.assess(make_rubric(row), row.answer)
    score = None if held.overall is None else round(held.overall / 100, 4)
    shown = held.points if row.key_points else None
    status: Literal["graded", "abstained"] = "graded" if held.status == "assessed" and score is not None else "abstained"
    return ScoredRow(
        id=row.id, score=score, status=status, reason=held.reason, points=shown, grader=held.grader, notes=held.notes or None,
        row=number, hash=digest,
    )  # fmt: skip


def _read(line: str) -> RowIn | str:
    """The row, or what is wrong with it."""
    try:
        return RowIn.model_validate(parse_json(line))
    except (ValueError, RecursionError) as error:
        return tell_fault(error)


def parse_json(line: str) -> Any:
    """Raises ValueError or RecursionError for what is no JSON; NaN and the infinities are none."""
    return json.loads(line, parse_constant=_refuse)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def tell_fault(error: ValueError | RecursionError) -> str:
    """What is wrong with a row, in a sentence: the first fault of a field with its place, or why it is no JSON."""
    if not isinstance(error, ValidationError):
        return f"Not a JSON object: {error}."
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part not in KINDS) or "the row"
    return f"{place}: {first['msg']}."


def _id(line: str) -> str | int | None:
    """The id of a row that could not be read otherwise, when it has one that can be written: half a surrogate pair cannot."""
    try:
        found = json.loads(line)["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    return found[:200] if isinstance(found, str) and not any(0xD800 <= ord(char) <= 0xDFFF for char in found) else None


def _fault(row: RowIn) -> str | None:
    if not (row.reference and row.reference.strip()) and not row.key_points:
        return "reference or key_points is required."
    if not row.key_points and not words(row.reference or ""):
        return "reference: there are no words in it."
    ids = [point.id for point in row.key_points or ()]
    if len(ids) != len(set(ids)):
        return "key_points: two points have the same id."
    worded = [text for point in row.key_points or () for text in (point.point, *point.says)]
    if not all(map(words, worded)):
        return "key_points: a point or one of its phrasings has no words."
    if len(worded) > MAX_WORDINGS or sum(map(len, worded)) > MAX_WORDED:
        return f"key_points: more than {MAX_WORDINGS} points and phrasings, or {MAX_WORDED:,} characters."
    return None


def make_rubric(row: RowIn) -> Rubric:
    """Key points as given; without them the sentences of the reference, each a bare point."""
    if row.key_points:
        points = [(p.id, p.point, p.says, p.weight) for p in row.key_points]
    else:
        whole = row.reference or ""
        pieces = [piece.text for piece in sentences(whole)][:MAX_POINTS] or [whole.strip()]
        points = [(f"reference-{index}", text, (), 1) for index, text in enumerate(pieces, 1)]
    # ids of rows may be any text: they are not the bank's ids, so the point is built without that check
    made = tuple(
        KeyPoint.model_construct(id=i, point=text, weight=weight, says=says, because="", source="") for i, text, says, weight in points
    )
    return Rubric.model_construct(
        question_id=str(row.id), ask=row.question, form=None, kind="knowledge", points=made, misconceptions=(), follow_ups=(),
        whole=not row.key_points,
    )  # fmt: skip
