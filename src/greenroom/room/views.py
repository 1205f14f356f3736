"""What a door shows of an interview: values, so that the browser and the terminal say the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from greenroom.bank.question import Question, Value
from greenroom.interview.attempt import Attempt
from greenroom.interview.session import Session, Turn


class SessionView(Value):
    """``attempts`` by turn id; an assessment is None until its score may be shown."""

    session: Session
    attempts: Mapping[str, Attempt]
    draft: str | None
    backlog: int
    line: str
    now: datetime

    @property
    def current(self) -> Turn | None:
        return self.session.current

    @property
    def may_follow_up(self) -> bool:
        """The latest answer has a follow-up that may be asked now."""
        last = self.last_answered
        return bool(last and last.next_ask and not self.session.ended and self.session.turns[-1].turn_id == last.turn_id)

    @property
    def may_redo(self) -> bool:
        """The latest answer may be given again."""
        last = self.last_answered
        return bool(last and not self.session.ended and not self._redone(last))

    @property
    def whole(self) -> Turn | None:
        """After a follow-up: the answer to the whole question, if it may be given again."""
        last = self.last_answered
        if last is None or last.kind != "follow_up" or self.session.ended:
            return None
        before = [t for t in self.session.turns if t.answer_id and t.question_id == last.question_id and t.point_id is None]
        return before[-1] if before and not self._redone(before[-1]) else None

    def _redone(self, turn: Turn) -> bool:
        return any(each.redo_of == turn.turn_id for each in self.session.turns)

    @property
    def last_answered(self) -> Turn | None:
        """The latest turn that has an answer."""
        return next((turn for turn in reversed(self.session.turns) if turn.answer_id), None)


class Receipt(Value):
    """The answer is on disk. ``repeated``: it was there already; nothing changed."""

    answer_id: str
    saved_at: datetime
    backlog: int
    repeated: bool


class DuePoint(Value):
    """A key point to bring back, with enough of it to ask and to show."""

    point_id: str
    question: Question
    local_id: str
    point: str
    ask: str
    due_at: datetime
    last_verdict: str


def seal_session(session: Session) -> Session:
    """The session without the follow-ups that would give away a score which may not be shown yet."""
    turns = tuple(t if session.may_show_score(t) else t.model_copy(update={"next_ask": None}) for t in session.turns)
    return session.model_copy(update={"turns": turns})


def seal(attempt: Attempt, session: Session) -> Attempt:
    """The attempt without its assessment while the score may not be shown."""
    return attempt if may_show(attempt, session) else attempt.model_copy(update={"assessment": None})


def may_show(attempt: Attempt, session: Session) -> bool:
    turn = session.find_turn(attempt.turn_id)
    return turn is not None and session.may_show_score(turn)
