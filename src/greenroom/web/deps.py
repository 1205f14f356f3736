"""What routes ask for in their signatures: the room, whose it is, and identifiers of a sane shape."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form, Path, Request

from greenroom.room import LOCAL_OWNER, Room


def room_of(request: Request) -> Room:
    room: Room = request.app.state.room
    return room


def owner() -> str:
    """Whose request this is. Alone on a machine there is one owner; every route that touches a person's data depends on this."""
    return LOCAL_OWNER


RoomDep = Annotated[Room, Depends(room_of)]
OwnerDep = Annotated[str, Depends(owner)]
IdPath = Annotated[str, Path(min_length=1, max_length=64)]
IdForm = Annotated[str, Form(min_length=1, max_length=64)]
