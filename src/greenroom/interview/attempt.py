"""An answer as it was given, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from greenroom.assess.assessment import Assessment
from greenroom.bank.question import Value

AttemptStatus = Literal["pending", "running", "interrupted", "done", "failed"]


class Submission(Value):
    """What the client sends. It makes ``submission_id`` (a UUID): sending the same one again changes nothing."""

    submission_id: str
    turn_id: str
    text: str


class Attempt(Value):
    """A stored answer with the state of its assessment. ``answer_id`` equals the client's submission id."""

    answer_id: str
    session_id: str
    turn_id: str
    question_id: str
    form: str | None = None
    point_id: str | None = None
    ask: str
    text: str
    answered_at: datetime
    seconds: float | None = None
    """From asking to answering."""
    status: AttemptStatus = "pending"
    assessed_at: datetime | None = None
    assessment: Assessment | None = None
    fault: str | None = None
    """Why the assessment failed, for the person to read."""


class Dispute(Value):
    """A person's view against a verdict, kept beside it. ``target``: a point or misconception id."""

    answer_id: str
    target: str
    view: str
    disputed_at: datetime
