"""The time of an interview, told from a clock that may jump. It only goes forward, and it stands still while nobody is there.

    pause    the person asked for it
    away     nothing was heard for ``AWAY_AFTER``: a closed lid, a clock that was set forward, or a long thought; the benefit is theirs
    clock    the machine's clock was set back: from then on the difference is added, so that no answer comes before its question

Nothing here ends an interview or takes an answer away: time that passed unnoticed is given back, never counted against anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from greenroom.interview.session import Break, Session, Turn

AWAY_AFTER = timedelta(minutes=10)
"""So long without a keystroke or an event, and the clock is taken to have stood still."""
JITTER = timedelta(seconds=2)
"""A clock that is put right by less than this is only read as standing still."""
QUIET_SECONDS = 30.0
"""Signs of life closer than this are not written down one by one."""


def time_of(session: Session, now: datetime) -> datetime:
    """The interview's time at ``now`` of the machine's clock: never before anything that has happened in it."""
    return max(now + timedelta(seconds=session.shift_seconds), session.seen_at or session.started_at)


def settle(session: Session, now: datetime, *, resumes: bool) -> tuple[Session, datetime]:
    """The session with what the clock did since the last sign of life, and the interview's time at ``now``.

    Args:
        resumes: what comes now ends a pause: whoever answers is back.
    """
    if session.ended:
        return session, time_of(session, now)
    seen, at = session.seen_at or session.started_at, now + timedelta(seconds=session.shift_seconds)
    if at < seen - JITTER:
        shift = session.shift_seconds + (seen - at).total_seconds()
        back = Break(kind="clock", began_at=seen, ended_at=seen)
        session, at = session.model_copy(update={"shift_seconds": shift, "breaks": (*session.breaks, back)}), seen
    at = max(at, seen)
    if session.paused_at is not None:
        return (resume(session, at) if resumes else session), at
    if session.seen_at is not None and at - seen > AWAY_AFTER:
        session = session.model_copy(update={"breaks": (*session.breaks, Break(kind="away", began_at=seen, ended_at=at)), "seen_at": at})
    return session, at


def resume(session: Session, at: datetime) -> Session:
    """The session after its pause; as it is when there was none."""
    if session.paused_at is None:
        return session
    ended = Break(kind="pause", began_at=session.paused_at, ended_at=max(at, session.paused_at))
    return session.model_copy(update={"paused_at": None, "breaks": (*session.breaks, ended), "seen_at": at})


def spent(session: Session, turn: Turn, now: datetime) -> float | None:
    """Seconds from asking to ``now``, without pauses; None where the person may have been away: a guess would be graded as a fact."""
    settled, at = settle(session, now, resumes=True)
    within = [each for each in settled.breaks if each.ended_at > turn.asked_at or (each.kind == "clock" and each.ended_at == turn.asked_at)]
    if any(each.kind != "pause" for each in within):
        return None
    return max(0.0, (at - turn.asked_at - _within(within, turn.asked_at)).total_seconds())


def thought(session: Session, turn: Turn) -> float | None:
    """Seconds from asking to the first words that were kept; None when that is not known."""
    if turn.begun_at is None:
        return None
    within = [each for each in session.breaks if turn.asked_at < each.ended_at <= turn.begun_at]
    return max(0.0, (turn.begun_at - turn.asked_at - _within(within, turn.asked_at)).total_seconds())


def lasted(session: Session) -> float | None:
    """Seconds from the start to the end, without what does not count; None while it goes on."""
    if session.ended_at is None:
        return None
    return max(0.0, (session.ended_at - session.started_at - _within(session.breaks, session.started_at)).total_seconds())


def _within(breaks: Iterable[Break], start: datetime) -> timedelta:
    return sum((each.ended_at - max(each.began_at, start) for each in breaks), timedelta())


def told(session: Session) -> list[str]:
    """What happened to the time, a sentence each, for the person to read."""
    return list(dict.fromkeys(_says(each) for each in session.breaks if each.kind != "pause"))


def _says(each: Break) -> str:
    if each.kind == "clock":
        return "The clock of this computer was set back meanwhile. Nothing was lost; the interview's own time goes on from where it was."
    minutes = round((each.ended_at - each.began_at).total_seconds() / 60)
    length = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
    return f"For {length} nothing was heard here, so the interview's clock stood still. Nothing was lost; go on where you are."
