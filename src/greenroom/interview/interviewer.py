"""The interviewer's voice: which authored line is spoken now. Chosen by the session's seed; the same state always speaks the same line.

It says nothing about the answers. A line comes round again only when an interview is longer than its list (see ``lines.py``).
"""

from __future__ import annotations

from greenroom.interview.lines import LINES
from greenroom.interview.plan import lot
from greenroom.interview.session import Session, Turn


def speak(session: Session) -> str:
    """The line for the session as it stands: opening, transition, what is said after an answer, or closing."""
    kind, n = _moment(session)
    lines = sorted(LINES[kind], key=lambda line: lot(session.seed, line))
    return lines[n % len(lines)]


def _moment(session: Session) -> tuple[str, int]:
    """The kind of line, and how many of that kind have been spoken."""
    if session.ended:
        return _closing(session), 0
    turns = session.turns
    last = turns[-1]
    if last.answer_id is not None:
        return "answered", sum(turn.answer_id is not None for turn in turns) - 1
    if last.skipped_at is not None:
        return "back", sum(turn.skipped_at is not None for turn in turns) - 1
    if last.kind == "question":
        return _asking(session, turns)
    return last.kind, sum(turn.kind == last.kind for turn in turns) - 1


def _asking(session: Session, turns: tuple[Turn, ...]) -> tuple[str, int]:
    if len(turns) == 1:
        return f"opening_{session.setup.mode}", 0
    if not session.plan:
        return "last", 0
    if turns[-2].skipped_at is not None and turns[-2].kind == "question":
        return "skip", sum(turn.skipped_at is not None for turn in turns) - 1
    return "next", sum(turn.kind == "question" for turn in turns) - 2


def _closing(session: Session) -> str:
    if session.ends_at is not None and session.ended_at is not None and session.ended_at >= session.ends_at:
        return "closing_time"
    complete = not session.plan and not session.turns[-1].open
    return "closing" if complete else "closing_early"
