"""One key point on its way into memory: the FSRS card with the point's global id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from greenroom.assess.assessment import Verdict
from greenroom.bank.question import Value


class ReviewCard(Value):
    """``point_id`` is global: ``question_id/point_id``. ``fsrs`` is the scheduler's own card, as its JSON."""

    point_id: str
    due_at: datetime
    last_verdict: Verdict
    reviewed_at: datetime
    repetitions: int = 1
    lapses: int = 0
    fsrs: dict[str, Any]


class ReviewEvent(Value):
    """One review in the history of a point."""

    point_id: str
    verdict: Verdict
    reviewed_at: datetime
    answer_id: str
