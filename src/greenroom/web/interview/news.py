"""News of answers that are being read: a stream of events, so that the page need not ask again and again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from greenroom.errors import BacklogFullError
from greenroom.web.deps import IdPath, OwnerDep, RoomDep, owner
from greenroom.web.interview.place import ViewDep
from greenroom.web.render import fragment

router = APIRouter(prefix="/interview", dependencies=[Depends(owner)], include_in_schema=False)
STREAM_SECONDS = 120.0
"""A stream of news ends after this; the page opens another."""
MOST_STREAMS, SESSION_STREAMS = 64, 4
"""Open streams of news in all, and of one interview."""


async def stream_slot(request: Request, session_id: IdPath) -> AsyncIterator[None]:
    """A place among the open streams. Raises BacklogFullError when all are taken."""
    taken: Counter[str] = request.app.state.streams
    if taken.total() >= MOST_STREAMS or taken[session_id] >= SESSION_STREAMS:
        raise BacklogFullError("Too many pages wait for news at once.", "Close some of them, or reload this one in a minute.")
    taken[session_id] += 1
    try:
        yield
    finally:
        taken[session_id] -= 1
        if not taken[session_id]:
            del taken[session_id]


@router.get("/{session_id}/events", response_class=EventSourceResponse, dependencies=[Depends(stream_slot)])
async def events(room: RoomDep, owner_id: OwnerDep, view: ViewDep) -> AsyncIterator[ServerSentEvent]:
    """How many answers are still to be read, as they are; then ``assessed``, and the page fetches itself."""
    session_id, told, pause, waited = view.session.session_id, None, 0.15, 0.0
    while (state := await run_in_threadpool(room.interview.waiting, owner_id, session_id))[0] and waited < STREAM_SECONDS:
        if state != told:
            yield ServerSentEvent(raw_data=fragment("_waiting.html", waiting=state[0], backlog=state[1]))
            told = state
        await asyncio.sleep(pause)
        waited, pause = waited + pause, min(1.0, pause * 1.3)
    if not state[0]:
        yield ServerSentEvent(event="assessed", raw_data="done")
