"""How an interview begins: what the forms send."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from pydantic import Field
from starlette.responses import Response

from greenroom.bank.question import Value
from greenroom.interview.session import Mode, Setup
from greenroom.web.deps import OwnerDep, RoomDep, owner
from greenroom.web.interview.place import to_stage

router = APIRouter(prefix="/interview", dependencies=[Depends(owner)], include_in_schema=False)
IdText = Annotated[str, Field(max_length=64)]


class StartForm(Value):
    """What the forms that begin a rehearsal send. Empty fields are left to chance."""

    mode: Mode = "drill"
    count: Annotated[int, Field(ge=1, le=50)] = 5
    minutes: Annotated[str, Field(pattern=r"^([1-9][0-9]?|1[0-7][0-9]|180)?$")] = ""
    level: Literal["", "foundation", "practitioner", "expert"] = ""
    topic: Annotated[tuple[IdText, ...], Field(max_length=50)] = ()
    question_id: Annotated[tuple[IdText, ...], Field(max_length=50)] = ()

    @property
    def setup(self) -> Setup:
        minutes = int(self.minutes) if self.minutes else None
        return Setup(
            mode=self.mode, count=self.count, minutes=minutes, level=self.level or None, topics=self.topic, question_ids=self.question_id
        )


@router.post("")
def start(room: RoomDep, owner_id: OwnerDep, chosen: Annotated[StartForm, Form()]) -> Response:
    return to_stage(room.interview.start(owner_id, chosen.setup).session.session_id)
