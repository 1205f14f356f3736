"""Which interview a request is about, and where it goes on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import RedirectResponse, Response

from greenroom.errors import NotFoundError
from greenroom.interview.session import Turn
from greenroom.room.views import SessionView
from greenroom.web.deps import IdPath, OwnerDep, RoomDep

WAITING = ("pending", "running", "interrupted")


def view_of(room: RoomDep, owner_id: OwnerDep, session_id: IdPath) -> SessionView:
    return room.interview.get(owner_id, session_id)


ViewDep = Annotated[SessionView, Depends(view_of)]


def waiting_in(view: SessionView) -> int:
    return sum(attempt.status in WAITING for attempt in view.attempts.values())


def turn_of(view: SessionView, answer_id: str) -> Turn:
    """Raises NotFoundError for an answer of another session."""
    turn = view.session.find_turn_of(answer_id)
    if turn is None:
        raise NotFoundError("answer", answer_id, hint="Open the interview it belongs to.")
    return turn


def place_of(view: SessionView, turn: Turn) -> str:
    """Where the notes on an answer stand: the stage for the one that is on it, else the debrief, which holds every answer."""
    on_stage = view.current is None and turn == view.last_answered and not view.session.ended
    return f"/interview/{view.session.session_id}{'' if on_stage else '/report'}"


def to_stage(session_id: str) -> Response:
    return RedirectResponse(f"/interview/{session_id}", 303)
