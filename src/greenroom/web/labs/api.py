"""The JSON API of the labs. The result of a run is the same value, to the last digit, as ``greenroom labs run NAME --json`` prints."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import anyio
from fastapi import Depends, File, Form, Request, UploadFile
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from greenroom.bank.question import LabLink, Value
from greenroom.errors import GreenroomError, LabError
from greenroom.labs.lab import Card, Result
from greenroom.labs.photo import FILE_LIMIT
from greenroom.labs.seeing import LABELS_LIMIT, Look
from greenroom.labs.worker import Worker
from greenroom.web.api.shapes import FaultOut, make_router
from greenroom.web.deps import IdPath, OwnerDep, RoomDep
from greenroom.web.labs.here import while_here

router = make_router("/api/labs")
POLL_SECONDS = 0.2
Text = Annotated[str, Field(max_length=20_000)]
Upload = Annotated[UploadFile, File(description=f"PNG, JPEG or WebP; at most {FILE_LIMIT // 1_000_000} MB.")]
Labels = Annotated[
    str, Form(max_length=LABELS_LIMIT, description="What to choose from, separated by commas; empty: the model's own words.")
]


class RunIn(Value):
    """Values by parameter; those left out have their defaults."""

    set: dict[str, Text | int | float | bool] = Field(default_factory=dict, max_length=100)


@router.get("")
def list_labs(room: RoomDep, owner_id: OwnerDep) -> list[Card]:
    return list(room.labs.cards())


@router.get("/links")
def links(room: RoomDep, owner_id: OwnerDep) -> dict[str, LabLink]:
    """By key point or misconception (``question_id/point_id``): the lab, and the values, that show it."""
    return room.labs.links()


class EyeOut(Value):
    """``model``: which connected model a picture would be shown to, and where it is; null: none is connected."""

    model: str | None


@router.get("/own-picture")
def eye(room: RoomDep, owner_id: OwnerDep) -> EyeOut:
    return EyeOut(model=room.labs.find_eye())


@router.post("/own-picture/file")
async def look(request: Request, room: RoomDep, owner_id: OwnerDep, file: Upload, labels: Labels = "") -> Look:
    """The picture is sent to the connected model, without what a file holds beside pixels, and what it says comes back. Nothing is kept.
    When the client goes away nothing more is sent."""
    data = await file.read(FILE_LIMIT + 1)
    return await while_here(request, lambda here: room.labs.look(data, labels, here))


@router.get("/{name}")
def get_lab(room: RoomDep, owner_id: OwnerDep, name: IdPath) -> Card:
    return room.labs.get(name)


@router.post("/{name}/run")
async def run_lab(request: Request, room: RoomDep, owner_id: OwnerDep, name: IdPath, given: RunIn) -> Result:
    """Replies when the lab is done. It ends when the client goes away."""
    running = room.labs.run(name, dict(given.set))
    worker = await run_in_threadpool(running.__enter__)
    try:
        while not worker.done:
            await run_in_threadpool(worker.next, POLL_SECONDS)
            if await request.is_disconnected():
                raise LabError("Nobody waits for the result any more.", "Ask again.")
        return await run_in_threadpool(worker.result)
    finally:
        await run_in_threadpool(running.__exit__, None, None, None)


def begun(room: RoomDep, name: IdPath, given: RunIn) -> Iterator[Worker]:
    """A run, ended when the reply is over. What cannot be run is refused before any reply begins."""
    with room.labs.run(name, dict(given.set)) as worker:
        yield worker


@router.post("/{name}/events", response_class=EventSourceResponse)
async def lab_events(owner_id: OwnerDep, worker: Annotated[Worker, Depends(begun)]) -> AsyncIterator[ServerSentEvent]:
    """The parts as they are found, as server-sent events of JSON: an event is named as the part's ``kind``; then ``end`` with the whole
    result, or ``fault``. A part with the name of an earlier one takes its place. It ends when the client goes away."""
    try:
        while not worker.done:
            part = await run_in_threadpool(worker.next, POLL_SECONDS)
            if part is not None:
                yield ServerSentEvent(event=part.kind, raw_data=part.model_dump_json())
        found = await run_in_threadpool(worker.result)
        yield ServerSentEvent(event="end", raw_data=found.model_dump_json())
    except GreenroomError as error:
        yield ServerSentEvent(event="fault", raw_data=FaultOut(error=error.message, hint=error.hint).model_dump_json())
    finally:
        with anyio.CancelScope(shield=True):  # the connection is gone, the worker must go too
            await run_in_threadpool(worker.close)
