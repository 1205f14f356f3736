"""The JSON API of the labs. The result of a run is the same value, to the last digit, as ``greenroom labs run NAME --json`` prints."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from greenroom.bank.question import LabValue, Value
from greenroom.errors import LabError
from greenroom.labs.lab import Card, Result
from greenroom.web.api.shapes import make_router
from greenroom.web.deps import IdPath, OwnerDep, RoomDep

router = make_router("/api/labs")
POLL_SECONDS = 0.2
Text = Annotated[str, Field(max_length=20_000)]


class RunIn(Value):
    """Values by parameter; those left out have their defaults."""

    set: dict[str, Text | int | float | bool] = Field(default_factory=dict, max_length=100)


@router.get("")
def list_labs(room: RoomDep, owner_id: OwnerDep) -> list[Card]:
    return list(room.labs.cards())


@router.get("/{name}")
def get_lab(room: RoomDep, owner_id: OwnerDep, name: IdPath) -> Card:
    return room.labs.get(name)


@router.post("/{name}/run")
async def run_lab(request: Request, room: RoomDep, owner_id: OwnerDep, name: IdPath, given: RunIn) -> Result:
    """Replies when the lab is done. It ends when the client goes away."""
    values: dict[str, LabValue] = dict(given.set)
    running = room.labs.run(name, values)
    worker = await run_in_threadpool(running.__enter__)
    try:
        while not worker.done:
            await run_in_threadpool(worker.next, POLL_SECONDS)
            if await request.is_disconnected():
                raise LabError("Nobody waits for the result any more.", "Ask again.")
        return await run_in_threadpool(worker.result)
    finally:
        await run_in_threadpool(running.__exit__, None, None, None)
