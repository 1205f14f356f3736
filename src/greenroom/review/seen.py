"""What progress reads of the past, in the lightest form: a row an answer, without its text; of a rehearsal only how each answer was asked
for, and whether its score may be shown. Thousands of them are read for one page.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from greenroom.assess.assessment import Verdict

Kind = Literal["question", "follow_up", "redo"]


class SeenPoint(NamedTuple):
    """``point_id`` is global."""

    point_id: str
    verdict: Verdict


class SeenJudgement(NamedTuple):
    """``points``: those that were judged and are remembered."""

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


class _Glance(BaseModel):
    """A few fields of a stored value; the others are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SeenTurn(_Glance):
    turn_id: str
    kind: Kind
    way: str | None = None
    self_rating: int | None = None
    rating_declined: bool = False


class SeenSetup(_Glance):
    mode: str = "drill"


class SeenSession(_Glance):
    session_id: str
    setup: SeenSetup
    ended_at: datetime | None = None
    turns: tuple[SeenTurn, ...] = ()

    def shows(self, turn: SeenTurn) -> bool:
        """Whether the turn's score may be shown; a test holds this against ``Session.may_show_score``."""
        return (turn.self_rating is not None or turn.rating_declined) and (self.setup.mode != "mock" or self.ended_at is not None)

    @cached_property
    def asked(self) -> dict[str, Asked]:
        """By turn id."""
        return {turn.turn_id: Asked(turn.kind, turn.way, turn.self_rating, self.shows(turn)) for turn in self.turns}


class Asked(NamedTuple):
    """How an answer was asked for, what one gave oneself for it, and whether its judgement may be shown."""

    kind: Kind = "question"
    way: str | None = None
    self_rating: int | None = None
    shown: bool = True


UNKNOWN, GONE = Asked(), Asked(shown=False)
"""Of a session that is not known, so an old one; of a turn that its session does not know."""


class AskedTurns:
    """Turns by session and id."""

    def __init__(self, sessions: Iterable[SeenSession]) -> None:
        self._turns = {each.session_id: each.asked for each in sessions}

    def find(self, answer: SeenAnswer) -> Asked:
        turns = self._turns.get(answer.session_id)
        return UNKNOWN if turns is None else turns.get(answer.turn_id, GONE)
