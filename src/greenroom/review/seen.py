"""What progress reads of the past, in the lightest form: a row an answer, without its text. Thousands of them are read for one page."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from greenroom.assess.assessment import Verdict


class SeenPoint(NamedTuple):
    """``id``: within its question."""

    id: str
    verdict: Verdict


class SeenJudgement(NamedTuple):
    """``points``: those that were judged and are remembered."""

    status: str
    overall: float | None
    points: tuple[SeenPoint, ...]


class SeenAnswer(NamedTuple):
    """``assessment`` is None while it waits, and where it failed."""

    answer_id: str
    session_id: str
    turn_id: str
    question_id: str
    point_id: str | None
    ask: str
    answered_at: datetime
    assessment: SeenJudgement | None
