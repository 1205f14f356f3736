"""The course of an interview: a pause, a moment to think, and the question in a model's words."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import Response

from greenroom.room import Room
from greenroom.web.deps import IdForm, IdPath, OwnerDep, RoomDep, owner
from greenroom.web.interview.place import to_stage

router = APIRouter(prefix="/interview", dependencies=[Depends(owner)], include_in_schema=False)
TextForm = Annotated[str, Form()]


@router.post("/{session_id}/pause")
def pause(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm, text: TextForm = "") -> Response:
    """What stands in the editor is kept first."""
    _keep(room, owner_id, session_id, turn_id, text)
    room.interview.pause(owner_id, session_id)
    return to_stage(session_id)


@router.post("/{session_id}/resume")
def resume(room: RoomDep, owner_id: OwnerDep, session_id: IdPath) -> Response:
    room.interview.resume(owner_id, session_id)
    return to_stage(session_id)


@router.post("/{session_id}/think")
def think(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm, text: TextForm = "") -> Response:
    _keep(room, owner_id, session_id, turn_id, text)
    room.interview.think(owner_id, session_id, turn_id)
    return to_stage(session_id)


@router.post("/{session_id}/word")
def word(room: RoomDep, owner_id: OwnerDep, session_id: IdPath) -> Response:
    """Waits for the connected model, at most as long as the settings allow."""
    room.interview.word(owner_id, session_id)
    return to_stage(session_id)


def _keep(room: Room, owner_id: str, session_id: str, turn_id: str, text: str) -> None:
    if text.strip():
        room.interview.draft(owner_id, session_id, turn_id, text.replace("\r\n", "\n"))
