"""What a door shows of an interview: values, so that the browser and the terminal say the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from greenroom.bank.question import Question, Value
from greenroom.interview.attempt import Attempt
from greenroom.interview.engine import waits
from greenroom.interview.interviewer import speak
from greenroom.interview.session import Session, Turn, Way
from greenroom.interview.voices.cast import CAST, Character


class SessionView(Value):
    """``attempts`` by turn id; an assessment is None until its score may be shown.

    ``line``: what the interviewer (``by``) says now; "" for silence. ``to_word``: a connected model may put the open question in its own
    words. ``beside``: by turn id, texts that were typed and are not the answer. ``told``: what happened to the clock. ``now``: the
    interview's own time.
    """

    session: Session
    attempts: Mapping[str, Attempt]
    draft: str | None
    backlog: int
    line: str
    by: Character = CAST["house"]
    to_word: bool = False
    beside: Mapping[str, tuple[str, ...]] = {}
    told: tuple[str, ...] = ()
    now: datetime

    @property
    def current(self) -> Turn | None:
        return self.session.current

    @property
    def ask(self) -> str:
        """The open question as it is put: in the model's words where there are some."""
        turn = self.current
        return (turn.wording.ask if turn.wording and turn.wording.ask else turn.ask) if turn else ""

    @property
    def considering(self) -> bool:
        """A mock reads the answer before it asks on."""
        return waits(self.session) is not None

    @property
    def stuck(self) -> bool:
        """It would wait for an answer that could not be read."""
        turn = waits(self.session)
        return turn is not None and turn.turn_id in self.attempts and self.attempts[turn.turn_id].status == "failed"

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

    @property
    def base(self) -> Turn | None:
        """The latest answer to the whole question on the table that was given freely: the one that can be said another way."""
        last = self.last_answered
        if last is None or self.session.ended or self.session.setup.mode == "mock":
            return None
        same = [t for t in self.session.turns if t.answer_id and t.question_id == last.question_id and t.point_id is None]
        return next((turn for turn in reversed(same) if turn.way is None), None)

    @property
    def open_ways(self) -> tuple[Way, ...]:
        """The ways in which ``base`` was not said yet."""
        base = self.base
        taken = {turn.way for turn in self.session.turns if base and turn.redo_of == base.turn_id}
        return tuple(way for way in get_args(Way) if way not in taken) if base else ()

    def _redone(self, turn: Turn) -> bool:
        return any((each.redo_of, each.way) == (turn.turn_id, turn.way) for each in self.session.turns)

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


def spoken(session: Session) -> str:
    """What the interviewer says now: the model's line where it has one, else the authored one."""
    turn = session.current
    own = turn.wording.line if turn and turn.wording and turn.thinking_at is None and session.paused_at is None else ""
    return own or speak(session)


def seal_session(session: Session) -> Session:
    """The session without what would give away a score which may not be shown yet: follow-ups, and how far a redo came."""
    turns = tuple(
        t if session.may_show_score(t) else t.model_copy(update={"next_ask": None, "aim": None, "needs": (), "heard_next": ""})
        for t in session.turns
    )
    return session.model_copy(update={"turns": turns})


def seal(attempt: Attempt, session: Session) -> Attempt:
    """The attempt without its assessment while the score may not be shown."""
    return attempt if may_show(attempt, session) else attempt.model_copy(update={"assessment": None})


def may_show(attempt: Attempt, session: Session) -> bool:
    turn = session.find_turn(attempt.turn_id)
    return turn is not None and session.may_show_score(turn)
