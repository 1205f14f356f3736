"""The value an answer is turned into: verdicts, quotes and figures. The JSON contract of design, as classes.

Spans count Unicode code points of the answer as it was given: ``answer[start:end] == quote``, always. "Could not judge" is
``unscored`` (a point) or ``abstained`` (an answer), never a zero.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from greenroom.bank.question import LabLink, Value

Span = tuple[int, int]


class Verdict(StrEnum):
    HIT = "hit"
    PARTIAL = "partial"
    MISSED = "missed"
    WRONG = "wrong"
    UNSCORED = "unscored"


class Why(Value):
    """Why a verdict fell as it did: the nearest phrasing of the rubric, its score, and the bar it had to pass."""

    nearest: str
    score: float
    threshold: float


class PointVerdict(Value):
    id: str
    verdict: Verdict
    confidence: float | None = None
    decided_by: str
    quote: str | None = None
    span: Span | None = None
    why: Why | None = None


class FoundMisconception(Value):
    id: str
    quote: str
    span: Span
    correction: str
    lab: LabLink | None = None


class Aspect(Value):
    """One side of communication. ``good`` is None where it could not be judged; ``figure`` is what was measured."""

    good: bool | None
    note: str
    figure: float | None = None
    quote: str | None = None
    span: Span | None = None


class Communication(Value):
    """How it was said; never part of ``overall``."""

    answer_first: Aspect
    succinct: Aspect
    plain: Aspect
    example: Aspect
    fit: Aspect | None = None
    speech: Aspect | None = None


class Grader(Value):
    name: str
    version: str


class AskNext(Value):
    point_id: str
    ask: str


class Drill(Value):
    """One thing to do next. ``due_on`` is filled in by ``Room``; the assessor knows no dates."""

    point_id: str
    do: str
    due_on: str | None = None


class Assessment(Value):
    question_id: str
    form: str | None = None
    status: Literal["assessed", "abstained"]
    reason: str | None = None
    rubric_hash: str
    grader: Grader
    overall: float | None = Field(default=None, ge=0, le=100)
    band: int | None = Field(default=None, ge=1, le=5)
    confidence: float | None = Field(default=None, ge=0, le=1)
    points: tuple[PointVerdict, ...] = ()
    misconceptions: tuple[FoundMisconception, ...] = ()
    communication: Communication | None = None
    strengths: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    follow_up: AskNext | None = None
    drill: Drill | None = None
