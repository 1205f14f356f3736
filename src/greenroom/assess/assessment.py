"""The value an answer is turned into: verdicts, quotes and figures. The JSON contract of design, as classes.

Spans count Unicode code points of the answer as it was given: ``answer[start:end] == quote``, always. "Could not judge" is
``unscored`` (a point) or ``abstained`` (an answer), never a zero.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeInt

from greenroom.bank.question import LabLink, Value


def _in_order(span: tuple[int, int]) -> tuple[int, int]:
    if span[0] >= span[1]:
        raise ValueError("a span ends after it starts")
    return span


Span = Annotated[tuple[NonNegativeInt, NonNegativeInt], AfterValidator(_in_order)]
Figure = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
"""A measured number: finite, and of a size that a page can show."""
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Verdict(StrEnum):
    HIT = "hit"
    PARTIAL = "partial"
    MISSED = "missed"
    WRONG = "wrong"
    UNSCORED = "unscored"


class Why(Value):
    """Why a verdict fell as it did: the nearest phrasing of the rubric, the figure that decided, and the bar it had to pass. The figure is
    that phrasing's score; where a point was found and yet not credited, how likely it is said of this question at all.
    """

    nearest: str
    score: Figure
    threshold: Figure


class SecondOpinion(Value):
    """What the judge says of a point, beside the verdict: shown whether it agrees or not. ``agrees`` is None where it gave none.

    ``votes`` of ``asked`` were for it; ``moved``: the verdict went a step towards it (the rule: ``panel.py``).
    """

    verdict: Verdict
    by: str
    agrees: bool | None = None
    moved: bool = False
    votes: int = Field(default=0, ge=0, le=99)
    asked: int = Field(default=0, ge=0, le=99)
    quote: str | None = None
    span: Span | None = None
    reason: str | None = None


class PointVerdict(Value):
    id: str
    verdict: Verdict
    confidence: Share | None = None
    decided_by: str
    quote: str | None = None
    span: Span | None = None
    why: Why | None = None
    second: SecondOpinion | None = None


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
    figure: Figure | None = None
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
    due_on: date | None = None


class Assessment(Value):
    question_id: str
    form: str | None = None
    status: Literal["assessed", "abstained"]
    reason: str | None = None
    rubric_hash: str
    grader: Grader
    overall: float | None = Field(default=None, ge=0, le=100, allow_inf_nan=False)
    band: int | None = Field(default=None, ge=1, le=5)
    confidence: Share | None = None
    points: tuple[PointVerdict, ...] = ()
    misconceptions: tuple[FoundMisconception, ...] = ()
    communication: Communication | None = None
    strengths: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    follow_up: AskNext | None = None
    drill: Drill | None = None
    notes: tuple[str, ...] = ()
    """What the reader should know of how it was judged, for example that the judge could not be asked."""
