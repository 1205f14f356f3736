"""Work in a thread that learns when the client has gone away, or when greenroom ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool

T = TypeVar("T")
POLL_SECONDS = 0.2


async def while_here(request: Request, work: Callable[[Callable[[], bool]], T]) -> T:
    """``work`` is given what says whether anybody is still there."""
    gone = threading.Event()

    async def watch() -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(POLL_SECONDS)
        gone.set()

    watcher = asyncio.create_task(watch())
    try:
        return await run_in_threadpool(work, lambda: not gone.is_set())
    finally:
        gone.set()
        watcher.cancel()
