"""The rehearsal as a pure machine: session + event → session. It reads no clock, draws no lots, knows no texts of answers.

An event that contradicts the session raises ConflictError and changes nothing; an event whose effect already holds (a double click, a
retry) returns the session as it is. So applying any event twice equals applying it once.

    drill, review   answered → [rated, assessed] → follow-up | redo | next        a skipped question: next at once
    mock            answered or skipped → next at once; no follow-up, no redo; ended when the plan is empty or the time is up

Rating and assessment are independent of what is on the table: they come when they come, also after the end.
"""

from __future__ import annotations

from functools import singledispatch

from pydantic import AwareDatetime

from greenroom.assess.assessment import AskNext
from greenroom.bank.question import Value
from greenroom.errors import ConflictError, InputError
from greenroom.interview.session import Planned, Session, Setup, Turn

MOST_AGAIN = 20
"""Redos and follow-ups of one question together: a rehearsal stays of a size that can be kept and shown."""


class Answered(Value):
    turn_id: str
    answer_id: str
    at: AwareDatetime


class Skipped(Value):
    turn_id: str
    at: AwareDatetime


class SelfRated(Value):
    """``rating`` 1 to 5; None: would rather not."""

    turn_id: str
    rating: int | None


class Assessed(Value):
    answer_id: str
    next_ask: AskNext | None
    at: AwareDatetime


class FollowUpTaken(Value):
    """Ask the follow-up that the assessment of this turn proposed."""

    turn_id: str
    at: AwareDatetime


class RedoTaken(Value):
    """Ask the same thing again."""

    turn_id: str
    at: AwareDatetime


class NextTaken(Value):
    """``after``: the turn the person was looking at, if known; then a late repetition cannot pass over a newer question."""

    at: AwareDatetime
    after: str | None = None


class Ended(Value):
    at: AwareDatetime


Event = Answered | Skipped | SelfRated | Assessed | FollowUpTaken | RedoTaken | NextTaken | Ended


def start(session_id: str, setup: Setup, plan: tuple[Planned, ...], seed: int, at: AwareDatetime) -> Session:
    """A session with its first question asked. Raises InputError for an empty plan."""
    if not plan:
        raise InputError("There is nothing to ask.", "Choose other topics or another level; for a review, come back when points are due.")
    return _ask_next(Session(session_id=session_id, setup=setup, seed=seed, started_at=at, plan=plan), at)


def apply(session: Session, event: Event) -> Session:
    """The session after ``event``. Raises ConflictError if it cannot happen now, InputError for a rating that is none."""
    return _apply(event, session)


def follows(session: Session, turn: Turn) -> Turn | None:
    """The turn that a follow-up or a redo goes back to; None for a question."""
    if turn.kind == "redo":
        return session.find_turn(turn.redo_of or "")
    if turn.kind == "follow_up":
        before = session.turns[: session.turns.index(turn)]
        return next((each for each in reversed(before) if each.point_id is None and each.answer_id is not None), None)
    return None


@singledispatch
def _apply(event: Event, session: Session) -> Session:
    raise TypeError(f"{type(event).__name__} is no event")


@_apply.register
def _answered(event: Answered, session: Session) -> Session:
    turn = _get_turn(session, event.turn_id)
    if turn.answer_id == event.answer_id:
        return session
    if turn.answer_id is not None:
        raise ConflictError("This question has been answered already.", "Your earlier answer is kept; reload the page to see it.")
    if session.find_turn_of(event.answer_id):
        raise ConflictError("This answer was given to another question.", "Send it with an id of its own.")
    _check_open(session, turn)
    changed = _change(session, turn, answer_id=event.answer_id, answered_at=event.at)
    return _ask_next(changed, event.at) if session.setup.mode == "mock" else changed


@_apply.register
def _skipped(event: Skipped, session: Session) -> Session:
    turn = _get_turn(session, event.turn_id)
    if turn.skipped_at is not None:
        return session
    _check_open(session, turn)
    changed = _change(session, turn, skipped_at=event.at)
    # After a skipped follow-up or redo the person is back at the feedback of what it belongs to.
    return _ask_next(changed, event.at) if turn.kind == "question" else changed


@_apply.register
def _self_rated(event: SelfRated, session: Session) -> Session:
    turn = _get_turn(session, event.turn_id)
    if event.rating is not None and not 1 <= event.rating <= 5:
        raise InputError("A self-rating is a number from 1 to 5.", "Choose one of the five, or say that you would rather not.")
    if turn.answer_id is None:
        raise ConflictError("Only an answer can be rated.", "Answer the question first.")
    if turn.rated and (turn.self_rating, turn.rating_declined) == (event.rating, event.rating is None):
        return session
    if turn.assessed_at is not None and session.may_show_score(turn):
        raise ConflictError("The score has been shown; a self-rating counts only before it.", "Rate the next answer before you look.")
    return _change(session, turn, self_rating=event.rating, rating_declined=event.rating is None)


@_apply.register
def _assessed(event: Assessed, session: Session) -> Session:
    turn = session.find_turn_of(event.answer_id)
    if turn is None:
        raise ConflictError("This answer belongs to no turn of the session.", "Nothing was changed; please report this.")
    if turn.assessed_at is not None:
        return session
    next_ask = event.next_ask if turn.point_id is None else None  # one deep: no follow-up of a follow-up
    return _change(session, turn, assessed_at=event.at, next_ask=next_ask)


@_apply.register
def _follow_up_taken(event: FollowUpTaken, session: Session) -> Session:
    turn = _get_turn(session, event.turn_id)
    if any(each.kind == "follow_up" and follows(session, each) == turn for each in session.turns):
        return session
    _check_on_table(session, turn)
    if not turn.rated:
        raise ConflictError("A follow-up tells what was missed.", "First rate your answer yourself, or say that you would rather not.")
    if turn.next_ask is None:
        raise ConflictError("There is no follow-up to this answer.", "Go on to the next question, or answer this one again.")
    if any(each.redo_of == turn.turn_id and each.answer_id is not None for each in session.turns):
        raise ConflictError("This question has been answered again since.", "Take the follow-up of the newer answer.")
    ask = turn.next_ask
    asked = Planned(question_id=turn.question_id, ask=ask.ask, form=turn.form, point_id=ask.point_id)
    return _ask(session, "follow_up", asked, event.at)


@_apply.register
def _redo_taken(event: RedoTaken, session: Session) -> Session:
    turn = _get_turn(session, event.turn_id)
    if any(each.redo_of == turn.turn_id for each in session.turns):
        return session
    _check_on_table(session, turn)
    asked = Planned(question_id=turn.question_id, ask=turn.ask, form=turn.form, point_id=turn.point_id)
    return _ask(session, "redo", asked, event.at, redo_of=turn.turn_id)


@_apply.register
def _next_taken(event: NextTaken, session: Session) -> Session:
    seen = _get_turn(session, event.after) if event.after is not None else None
    if session.ended or session.current is not None:
        return session
    if seen is not None and seen not in _table(session):
        return session
    return _ask_next(session, event.at)


@_apply.register
def _ended(event: Ended, session: Session) -> Session:
    return session if session.ended else session.model_copy(update={"ended_at": event.at})


def _ask_next(session: Session, at: AwareDatetime) -> Session:
    """The next planned question, or the end when there is none or the time is up."""
    time_is_up = session.ends_at is not None and at >= session.ends_at
    if not session.plan or time_is_up:
        return session.model_copy(update={"ended_at": at})
    first, *rest = session.plan
    return _ask(session.model_copy(update={"plan": tuple(rest)}), "question", first, at)


def _ask(session: Session, kind: str, asked: Planned, at: AwareDatetime, redo_of: str | None = None) -> Session:
    turn_id = f"t{len(session.turns) + 1}"  # turns are never removed, so the number is unique in its session
    turn = Turn.model_validate({"turn_id": turn_id, "kind": kind, **asked.model_dump(), "redo_of": redo_of, "asked_at": at})
    return session.model_copy(update={"turns": (*session.turns, turn)})


def _change(session: Session, turn: Turn, **update: object) -> Session:
    changed = turn.model_copy(update=update)
    return session.model_copy(update={"turns": tuple(changed if each is turn else each for each in session.turns)})


def _table(session: Session) -> tuple[Turn, ...]:
    """The latest question with its follow-ups and redos."""
    latest = max(n for n, turn in enumerate(session.turns) if turn.kind == "question")
    return session.turns[latest:]


def _get_turn(session: Session, turn_id: str) -> Turn:
    turn = session.find_turn(turn_id)
    if turn is None:
        raise ConflictError(f"The session has no turn “{turn_id[:80]}”.", "Reload the page: it shows where you are.")
    return turn


def _check_open(session: Session, turn: Turn) -> None:
    if session.ended:
        raise ConflictError("This rehearsal has ended.", "What you typed is kept as a draft; start a new rehearsal to go on.")
    if turn is not session.current:
        raise ConflictError("This question is no longer open.", "Reload the page: it shows the question that is.")


def _check_on_table(session: Session, turn: Turn) -> None:
    """A follow-up or a redo of ``turn`` may be asked now."""
    if session.ended:
        raise ConflictError("This rehearsal has ended.", "Start a drill of this question to answer it again.")
    if session.setup.mode == "mock":
        raise ConflictError("A mock interview goes straight on.", "Answer or skip the open question; afterwards, drill the ones you like.")
    if session.current is not None:
        raise ConflictError("Another question is open.", "Answer or skip it first.")
    if turn not in _table(session):
        raise ConflictError("The interview has moved on from this question.", "Start a drill of it to answer it again.")
    if len(_table(session)) > MOST_AGAIN:
        raise ConflictError(f"This question has been taken up again {MOST_AGAIN} times.", "Go on, or start a new drill of it.")
    if turn.answer_id is None:
        raise ConflictError("This question has not been answered.", "Go on to the next one, or start a drill of it.")
