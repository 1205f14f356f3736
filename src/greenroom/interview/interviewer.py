"""The interviewer's voice: which authored line is spoken now, and by whom. Chosen by the session's seed; the same state always speaks the
same line, also after a restart.

It says nothing about the answers, beyond giving a person's own words back to them. No line is spoken twice in one interview: when a list
has run out (``lines.py``, ``voices/``) nothing is said, rather than the same thing again.
"""

from __future__ import annotations

from greenroom.interview.lines import LINES
from greenroom.interview.plan import lot
from greenroom.interview.session import Persona, Session, Turn
from greenroom.interview.voices.cast import CAST, SCRIPTS, Character

Moment = tuple[str, Persona, str]
"""A kind of line, who speaks it, and the words it takes up."""


def speak(session: Session) -> str:
    """The line for the session as it stands: opening, transition, what is said after an answer, a break or closing; "" when all is said."""
    kind = _moments(session)[-1][0]
    return _spoken([moment for moment in _moments(session) if moment[0] == kind], session.seed)[-1]


def script(session: Session) -> list[str]:
    """Everything that has been said so far, in order, without what was passed over in silence."""
    moments = _moments(session)
    told = {kind: iter(_spoken([m for m in moments if m[0] == kind], session.seed)) for kind in {m[0] for m in moments}}
    return [line for moment in moments if (line := next(told[moment[0]]))]


def speaker(session: Session) -> Character:
    """Who speaks now."""
    return CAST[session.turns[-1].by]


def angle(session: Session, by: Persona) -> str:
    """Another side from which to ask for a point that is still open; one not asked from before, "" when there is none left."""
    asked = {turn.ask for turn in session.turns}
    return next((line for line in _pool("angle", by, session.seed) if line not in asked), "")


def _spoken(moments: list[Moment], seed: int) -> list[str]:
    """The lines of moments of one kind. Each takes the first of its speaker's lines that has not been spoken."""
    used: set[str] = set()
    lines = []
    for kind, by, heard in moments:
        line = next((each for each in _pool(kind, by, seed) if each not in used), "")
        used.add(line)
        lines.append(line.replace("{heard}", heard))
    return lines


def _pool(kind: str, by: Persona, seed: int) -> list[str]:
    own = sorted(SCRIPTS[by].get(kind, ()), key=lambda line: lot(seed, line))
    shared = sorted(LINES.get(kind, ()), key=lambda line: lot(seed, line))
    return own if by == "house" else [*own, *shared]


def _moments(session: Session) -> list[Moment]:
    found: list[Moment] = []
    for n, turn in enumerate(session.turns):
        found.append((_asking(session, n), turn.by, turn.heard))
        if turn.thinking_at is not None:
            found.append(("thinking", turn.by, ""))
        if turn.answer_id is not None:
            found.append(("considering" if session.setup.mode == "mock" else "answered", turn.by, ""))
        elif turn.skipped_at is not None and turn.kind != "question" and session.setup.mode != "mock":
            found.append(("back", turn.by, ""))
    by = session.turns[-1].by
    if session.ended:
        return [*found, (_closing(session), by, "")]
    pauses = sum(each.kind == "pause" for each in session.breaks) + 1
    return [*found, *[("pause", by, "")] * pauses] if session.paused_at is not None else found


def _asking(session: Session, n: int) -> str:
    """The kind of line that stands before the n-th turn."""
    turns, turn = session.turns, session.turns[n]
    if turn.kind != "question":
        return "heard" if turn.heard else turn.kind
    if turn.closing and n:
        return "your_turn"
    if turn.by != "house" and all(each.by != turn.by for each in turns[:n]):
        return "hello"
    if n == 0:
        return f"opening_{session.setup.mode}"
    if _is_last(session, turn):
        return "last"
    return "skip" if turns[n - 1].skipped_at is not None and _moved_on(session, turns[n - 1]) else "next"


def _moved_on(session: Session, skipped: Turn) -> bool:
    """The skip led straight on; a skipped follow-up of a drill leads back to the notes first."""
    return skipped.kind == "question" or session.setup.mode == "mock"


def _is_last(session: Session, turn: Turn) -> bool:
    asked = [each for each in session.turns if each.kind == "question"]
    return not turn.closing and turn is asked[-1] and not session.plan


def _closing(session: Session) -> str:
    if session.ends_at is not None and session.ended_at is not None and session.ended_at >= session.ends_at:
        return "closing_time"
    complete = not session.plan and not session.turns[-1].open
    return "closing" if complete else "closing_early"
