"""A rehearsal as a value: what was planned, what was asked, what was said when.

Texts of answers and their assessments are not here: a turn names them by ``answer_id``; the store keeps them. Times are aware UTC.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from greenroom.assess.assessment import AskNext
from greenroom.bank.question import Level, Value

Mode = Literal["drill", "mock", "review"]
"""drill: feedback at once · mock: silent until the debrief · review: single points that are due."""

Names = Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=50)]


class Setup(Value):
    """What a person chose. ``count`` questions, or as many as fit in ``minutes``; empty ``topics`` or ``question_ids``: all."""

    mode: Mode = "drill"
    topics: Names = ()
    question_ids: Names = ()
    level: Level | None = None
    count: Annotated[int, Field(ge=1, le=50)] = 5
    minutes: Annotated[int, Field(ge=1, le=180)] | None = None


class Planned(Value):
    """A question still to be asked. ``point_id``: only that point, in the words of its follow-up."""

    question_id: str
    ask: str
    form: str | None = None
    point_id: str | None = None


class Turn(Value):
    """One thing asked, and what became of it."""

    turn_id: str
    kind: Literal["question", "follow_up", "redo"]
    question_id: str
    ask: str
    form: str | None = None
    point_id: str | None = None
    redo_of: str | None = None
    asked_at: datetime
    answer_id: str | None = None
    answered_at: datetime | None = None
    skipped_at: datetime | None = None
    self_rating: Annotated[int, Field(ge=1, le=5)] | None = None
    rating_declined: bool = False
    assessed_at: datetime | None = None
    next_ask: AskNext | None = None
    """The follow-up that the assessment of this answer proposes."""

    @property
    def open(self) -> bool:
        return self.answer_id is None and self.skipped_at is None

    @property
    def rated(self) -> bool:
        """The person has rated themselves, or said they would rather not: the score may be shown."""
        return self.self_rating is not None or self.rating_declined


class Session(Value):
    session_id: str
    setup: Setup
    seed: int
    started_at: datetime
    ended_at: datetime | None = None
    plan: tuple[Planned, ...] = ()
    """What is still to be asked, in order."""
    turns: tuple[Turn, ...] = ()

    @property
    def ended(self) -> bool:
        return self.ended_at is not None

    @property
    def current(self) -> Turn | None:
        """The turn that waits for an answer, if any."""
        return self.turns[-1] if self.turns and self.turns[-1].open and not self.ended else None

    @property
    def ends_at(self) -> datetime | None:
        """When a timed mock closes. An answer begun before it is always taken whole."""
        minutes = self.setup.minutes
        return self.started_at + timedelta(minutes=minutes) if minutes else None

    def find_turn(self, turn_id: str) -> Turn | None:
        return next((turn for turn in self.turns if turn.turn_id == turn_id), None)

    def find_turn_of(self, answer_id: str) -> Turn | None:
        return next((turn for turn in self.turns if turn.answer_id == answer_id), None)

    def may_show_score(self, turn: Turn) -> bool:
        """First the self-rating, then the score; a mock stays silent until it has ended."""
        return turn.rated and (self.setup.mode != "mock" or self.ended)
