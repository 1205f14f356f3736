"""Sound for the pages: the question read aloud, and what a person asked to keep."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import FileResponse, RedirectResponse, Response

from greenroom.errors import NotFoundError
from greenroom.voice.heard import TAKE_ID
from greenroom.web.deps import IdPath, OwnerDep, RoomDep, owner
from greenroom.web.interview.place import ViewDep

router = APIRouter(prefix="/interview", dependencies=[Depends(owner)], include_in_schema=False)
TakePath = Annotated[str, Path(pattern=TAKE_ID)]


@router.get("/{session_id}/turns/{turn_id}/asked.wav")
def asked(room: RoomDep, owner_id: OwnerDep, view: ViewDep, turn_id: IdPath) -> Response:
    """The question of a turn in the interviewer's voice."""
    turn = view.session.find_turn(turn_id)
    if turn is None:
        raise NotFoundError("turn", turn_id, [each.turn_id for each in view.session.turns])
    return Response(room.voice.say(turn.ask), media_type="audio/wav")


@router.get("/{session_id}/takes/{take_id}/sound.wav")
def sound(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, take_id: TakePath) -> Response:
    return FileResponse(room.voice.recordings.get(owner_id, take_id), media_type="audio/wav", filename=f"{take_id}.wav")


@router.post("/{session_id}/takes/{take_id}/forget")
def forget(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, view: ViewDep, take_id: TakePath) -> Response:
    """The button beside a recording."""
    room.voice.forget(owner_id, take_id)
    return RedirectResponse(f"/interview/{session_id}{'/report' if view.session.ended else ''}", 303)
