"""The rehearsal as a pure machine: session + event → session. It reads no clock, draws no lots, knows no texts of answers.

An event that contradicts the session raises ConflictError and changes nothing; an event whose effect already holds (a double click, a
retry) returns the session as it is. So applying any event twice equals applying it once.

    drill, review   answered → [rated, assessed] → follow-up | redo | next        a skipped question: next at once
    mock            answered or skipped → next at once, no redo; ended when the plan is empty or the time is up
      with depth    answered → assessed → follow-up, at most ``setup.depth`` upon one question → next
      closing       "what would you like to ask?" is asked even when the time is up

Rating and assessment are independent of what is on the table: they come when they come, also after the end. Time is the interview's own
(``course/clock.py``): it goes forward only, and stands still in breaks. Whoever acts while the interview is paused has come back.
"""

from __future__ import annotations

from functools import singledispatch

from pydantic import AwareDatetime

from greenroom.errors import ConflictError, InputError
from greenroom.interview.course import chase, clock
from greenroom.interview.events import (
    MEANWHILE,
    Answered,
    Assessed,
    Ended,
    Event,
    FollowUpTaken,
    NextTaken,
    Paused,
    RedoTaken,
    Resumed,
    SelfRated,
    Skipped,
    ThinkingTaken,
    Typed,
    Unjudged,
    Worded,
)
from greenroom.interview.interviewer import angle
from greenroom.interview.session import Need, Planned, Session, Setup, Turn

__all__ = [
    "Answered",
    "Assessed",
    "Ended",
    "Event",
    "FollowUpTaken",
    "NextTaken",
    "Paused",
    "RedoTaken",
    "Resumed",
    "SelfRated",
    "Skipped",
    "ThinkingTaken",
    "Typed",
    "Unjudged",
    "Worded",
    "apply",
    "follows",
    "start",
    "waits",
]

MOST_BREAKS = 200
MOST_AGAIN = 20
"""Redos and follow-ups of one question together: a rehearsal stays of a size that can be kept and shown."""


def start(session_id: str, setup: Setup, plan: tuple[Planned, ...], seed: int, at: AwareDatetime) -> Session:
    """A session with its first question asked. Raises InputError for an empty plan."""
    if not plan:
        raise InputError("There is nothing to ask.", "Choose other topics or another level; for a review, come back when points are due.")
    return _ask_next(Session(session_id=session_id, setup=setup, seed=seed, started_at=at, plan=plan, seen_at=at), at)


def apply(session: Session, event: Event) -> Session:
    """The session after ``event``. Raises ConflictError if it cannot happen now, InputError for a rating that is none."""
    at = getattr(event, "at", None)
    if at is None:
        return _apply(event, session)
    if isinstance(event, MEANWHILE):
        return _apply(event.model_copy(update={"at": clock.time_of(session, at)}), session)
    settled, at = clock.settle(session, at, resumes=not isinstance(event, Paused | Resumed | Typed))
    after = _apply(event.model_copy(update={"at": at}), settled)
    if after is settled and not (isinstance(event, Typed) and settled is not session):
        return session
    return after if session.ended else after.model_copy(update={"seen_at": at})


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
    waits = changed.setup.mode != "mock" or (chase.may_chase(changed, changed.turns[-1]) and not _time_is_up(changed, event.at))
    return changed if waits else _ask_next(changed, event.at)


@_apply.register
def _skipped(event: Skipped, session: Session) -> Session:
    turn = _get_turn(session, event.turn_id)
    if turn.skipped_at is not None:
        return session
    _check_open(session, turn)
    changed = _change(session, turn, skipped_at=event.at)
    # After a skipped follow-up or redo the person is back at the feedback of what it belongs to.
    return _ask_next(changed, event.at) if turn.kind == "question" or session.setup.mode == "mock" else changed


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
    needs = event.needs or tuple(Need(point_id=ask.point_id, ask=ask.ask) for ask in [event.next_ask] if ask and turn.point_id is None)
    if turn.way is not None:  # what a minute or plain words leave out is not asked for
        needs = ()
    place = session.turns.index(turn)
    found = _change(session, turn, assessed_at=event.at, aim=event.aim, needs=needs)
    need = chase.choose(found, found.turns[place], needs, angle(session, turn.by))
    found = _change(found, found.turns[place], next_ask=chase.as_ask(need), heard_next=need.heard if need else "")
    return _went_on(found, turn.turn_id, event.at)


@_apply.register
def _unjudged(event: Unjudged, session: Session) -> Session:
    turn = session.find_turn_of(event.answer_id)
    return session if turn is None or turn.assessed_at is not None else _went_on(session, turn.turn_id, event.at)


@_apply.register
def _follow_up_taken(event: FollowUpTaken, session: Session) -> Session:
    turn = _get_turn(session, event.turn_id)
    if any(each.kind == "follow_up" and _taken_up(session, each) == turn.turn_id for each in session.turns):
        return session
    _check_on_table(session, turn)
    if not turn.rated:
        raise ConflictError("A follow-up tells what was missed.", "First rate your answer yourself, or say that you would rather not.")
    if turn.next_ask is None:
        raise ConflictError("There is no follow-up to this answer.", "Go on to the next question, or answer this one again.")
    if any(each.redo_of == turn.turn_id and each.way is None and each.answer_id is not None for each in session.turns):
        raise ConflictError("This question has been answered again since.", "Take the follow-up of the newer answer.")
    return _ask_follow_up(session, turn, event.at)


@_apply.register
def _redo_taken(event: RedoTaken, session: Session) -> Session:
    turn = _get_turn(session, event.turn_id)
    if any((each.redo_of, each.way) == (turn.turn_id, event.way) for each in session.turns):
        return session
    _check_on_table(session, turn)
    if event.way is not None and turn.point_id is not None:
        raise ConflictError(
            "Only an answer to a whole question is said another way.", "Answer the whole question again, then choose a way."
        )
    asked = Planned.model_validate(
        {name: getattr(turn, name) for name in ("question_id", "ask", "form", "bank_ask", "point_id", "round", "by")}
    )
    again = _ask(session, "redo", asked, event.at, redo_of=turn.turn_id)
    return _change(again, again.turns[-1], way=event.way)


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


@_apply.register
def _paused(event: Paused, session: Session) -> Session:
    if session.ended:
        raise ConflictError("This rehearsal has ended.", "There is nothing left to pause; the debrief waits for you.")
    if session.paused_at is None and len(session.breaks) >= MOST_BREAKS:
        raise ConflictError(f"This interview has been interrupted {MOST_BREAKS} times.", "Leave it open: your place is kept anyway.")
    return session if session.paused_at is not None else session.model_copy(update={"paused_at": event.at})


@_apply.register
def _resumed(event: Resumed, session: Session) -> Session:
    return session if session.ended else clock.resume(session, event.at)


@_apply.register
def _thinking_taken(event: ThinkingTaken, session: Session) -> Session:
    turn = _get_turn(session, event.turn_id)
    if turn.thinking_at is not None:
        return session
    _check_open(session, turn)
    return _change(session, turn, thinking_at=event.at)


@_apply.register
def _typed(event: Typed, session: Session) -> Session:
    turn = _get_turn(session, event.turn_id)
    if turn is not session.current:
        return session
    if event.words and turn.begun_at is None:
        return _change(session, turn, begun_at=event.at)
    quiet = (event.at - (session.seen_at or session.started_at)).total_seconds()
    return session.model_copy(update={"seen_at": event.at}) if quiet >= clock.QUIET_SECONDS else session


@_apply.register
def _worded(event: Worded, session: Session) -> Session:
    turn = _get_turn(session, event.turn_id)
    return session if turn.wording is not None or turn is not session.current else _change(session, turn, wording=event.wording)


def waits(session: Session) -> Turn | None:
    """The answer of a mock whose assessment decides what is asked next; None when a question is open or nothing is waited for."""
    last = session.turns[-1]
    going = session.setup.mode == "mock" and not session.ended and not last.open
    return last if going and last.answer_id is not None and last.assessed_at is None else None


def _went_on(session: Session, turn_id: str, at: AwareDatetime) -> Session:
    """A mock that waited for this answer's assessment goes on: deeper, or to the next question."""
    last = session.turns[-1]
    if session.setup.mode != "mock" or session.ended or last.turn_id != turn_id or last.open:
        return session
    if last.next_ask is None or _time_is_up(session, at):
        return _ask_next(session, at)
    return _ask_follow_up(session, last, at)


def _ask_follow_up(session: Session, turn: Turn, at: AwareDatetime) -> Session:
    assert turn.next_ask is not None
    next_ask = turn.next_ask
    same = {name: getattr(turn, name) for name in ("question_id", "form", "round", "by")}
    asked = Planned.model_validate({**same, "ask": next_ask.ask, "point_id": next_ask.point_id})
    found = _ask(session, "follow_up", asked, at)
    return _change(found, found.turns[-1], after=turn.turn_id, heard=turn.heard_next)


def _taken_up(session: Session, follow_up: Turn) -> str | None:
    """The turn that a follow-up takes up; sessions of earlier versions did not write it down."""
    before = follows(session, follow_up)
    return follow_up.after or (before.turn_id if before else None)


def _time_is_up(session: Session, at: AwareDatetime) -> bool:
    return session.ends_at is not None and at >= session.ends_at


def _ask_next(session: Session, at: AwareDatetime) -> Session:
    """The next planned question, or the end when there is none or the time is up: then only what closes an interview is still asked."""
    closing = tuple(planned for planned in session.plan if planned.closing)
    if not session.plan or (_time_is_up(session, at) and not closing):
        return session.model_copy(update={"ended_at": at})
    first, *rest = closing if _time_is_up(session, at) else session.plan
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
