"""The API of speaking: a take is begun, brought piece by piece, ended, and looked at until it is done.

A piece of sound names the byte of the take that it begins with. So it may be sent twice, and after an interruption it goes on where it was.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Path, Query
from pydantic import Field

from greenroom.bank.question import Value
from greenroom.room.voice import TakeView
from greenroom.voice.heard import BYTES_A_SECOND, LONGEST_SECONDS, TAKE_ID
from greenroom.web.api.shapes import make_router
from greenroom.web.deps import OwnerDep, RoomDep

router = make_router("/api/voice")
LONGEST_LOOK = 2.0
"""Seconds that a look may wait."""
TakePath = Annotated[str, Path(pattern=TAKE_ID)]
Id = Annotated[str, Field(min_length=1, max_length=64)]
At = Annotated[int, Query(ge=0, le=LONGEST_SECONDS * BYTES_A_SECOND)]
Sound = Annotated[bytes, Body(media_type="application/octet-stream")]
Wait = Annotated[float, Query(ge=0, le=LONGEST_LOOK)]


class TakeIn(Value):
    """``keep``: the sound is kept in the data folder, until it is deleted."""

    session_id: Id
    turn_id: Id
    keep: bool = False


class VoiceOut(Value):
    """Whether a voice can be heard here, and whether the interviewer has one."""

    ready: bool
    says: str
    cure: str
    speaks: bool


class ForgottenOut(Value):
    forgotten: bool


@router.get("")
def get_voice(room: RoomDep, owner_id: OwnerDep) -> VoiceOut:
    found = room.voice.readiness()
    return VoiceOut(ready=found.ready, says=found.says, cure=found.cure, speaks=room.voice.speaks)


@router.post("/takes", status_code=201)
def begin_take(room: RoomDep, owner_id: OwnerDep, given: TakeIn) -> TakeView:
    """501 with the cure where the extra or the model is missing."""
    return room.voice.begin(owner_id, given.session_id, given.turn_id, keep=given.keep)


@router.get("/takes/{take_id}")
def look_at_take(room: RoomDep, owner_id: OwnerDep, take_id: TakePath, wait: Wait = 0.0) -> TakeView:
    """As it stands; with ``wait``, once it is done or so many seconds have passed."""
    return room.voice.look(owner_id, take_id, wait)


@router.post("/takes/{take_id}/sound")
def bring_sound(room: RoomDep, owner_id: OwnerDep, take_id: TakePath, at: At, sound: Sound = b"") -> TakeView:
    """16,000 samples a second of 16 bits, little-endian, one channel. ``at``: the byte of the take that it begins with."""
    return room.voice.add(owner_id, take_id, at, sound)


@router.post("/takes/{take_id}/end")
def end_take(room: RoomDep, owner_id: OwnerDep, take_id: TakePath) -> TakeView:
    return room.voice.end(owner_id, take_id)


@router.delete("/takes/{take_id}/sound")
def forget_sound(room: RoomDep, owner_id: OwnerDep, take_id: TakePath) -> ForgottenOut:
    """Delete the sound that was kept. The words stay with the answer."""
    return ForgottenOut(forgotten=room.voice.forget(owner_id, take_id))
