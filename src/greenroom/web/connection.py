"""One connection of a client, and how long it may wait for the next request's headers."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
"""From the opening of a connection, or the end of a reply, to the last header of the next request."""


class Requests(h11.Connection):
    """h11, which reads nothing more after the headers of a request that promise a body in chunks: the guard refuses it, and the connection
    is closed.

    h11 makes an event of each chunk, all those that have arrived at once: one client with chunks of a byte kept the loop busy for seconds.
    """

    _deaf = False

    def receive_data(self, data: bytes) -> None:
        if not self._deaf:
            super().receive_data(data)

    def next_event(self) -> Any:
        if self._deaf:
            return h11.NEED_DATA
        event = super().next_event()
        self._deaf = isinstance(event, h11.Request) and any(name == b"transfer-encoding" for name, _ in event.headers)
        return event


class Connection(H11Protocol):
    """uvicorn's connection, closed when a request does not arrive in time.

    uvicorn itself times only a connection on which nothing at all is sent after a reply: one byte, or a request cut short, keeps it open
    for ever, and some tens of those take every descriptor there is. While a reply is made, the app's own limits hold.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = Requests(h11.SERVER)
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unwatch()

    def handle_events(self) -> None:
        super().handle_events()
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        """The deadline runs while no reply is being made, whatever arrives meanwhile."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
