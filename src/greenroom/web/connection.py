"""One connection of a client: how long it may take to send a request's headers and to read the reply, and how many there may be."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from contextlib import suppress
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
"""From the opening of a connection, or the end of a reply, to the last header of the next request."""
STALL_SECONDS = 30.0
"""How long a client may read nothing of a reply that waits for it."""
SEND_BUFFER = 64 * 1024
"""Bytes the system holds for a client. With the megabytes that it takes by itself, a slow reader would seem to read nothing for minutes."""
FULL_SECONDS = 1.0
"""From the opening of a connection too many to its first byte."""
FULL = b"Too many connections to greenroom are open. Nothing was changed. Close other tabs, or try again in a minute."
QUIET_SECONDS = 60.0
"""Between two lines of the log that say that no connection can be taken."""
_log = logging.getLogger(__name__)


def _most_connections() -> int:
    """Half of the descriptors this process may have, for files need some too; and each client can make the server hold a reply for it."""
    most = 200
    if sys.platform == "win32":
        return most
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return most if limit == resource.RLIM_INFINITY else min(most, limit // 2)


MOST_CONNECTIONS = _most_connections()


class Faults:
    """For the event loop: says that no connection can be taken once in a while only, and leaves all other faults as they are.

    asyncio says it for each try, some thousand times a second (hundreds of megabytes of log in minutes), and tries again after a second.
    """

    def __init__(self) -> None:
        self._said, self._count = float("-inf"), 0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not (isinstance(context.get("exception"), OSError) and context["message"].startswith("socket.accept()")):
            loop.default_exception_handler(context)
            return
        self._count += 1
        if loop.time() - self._said >= QUIET_SECONDS:
            _log.error("No connection can be taken: %s. Tried in vain: %d times.", context["exception"].strerror, self._count)
            self._said = loop.time()


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
    """uvicorn's connection, closed when a request does not arrive in time or a reply is not read. One too many is answered with 503.

    uvicorn itself times only a connection on which nothing at all is sent after a reply: one byte, or a request cut short, keeps it open
    for ever, as does a client that never reads, and some tens of those take every descriptor there is.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = Requests(h11.SERVER)
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._held = self._full = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._full = len(self.connections) > MOST_CONNECTIONS
        transport.set_write_buffer_limits(0)  # so writing is paused exactly while something waits for the client
        with suppress(OSError):  # gone already
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unwatch()
        self._unstall()

    def data_received(self, data: bytes) -> None:
        if not self._full:
            super().data_received(data)
            return
        head = f"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nRetry-After: 30\r\nContent-Length: {len(FULL)}\r\n"
        self.transport.write(head.encode() + b"X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n" + FULL)
        self.transport.close()

    def handle_events(self) -> None:
        """The next request waits until the reply to the last one has been taken, or a client could ask for ever and read nothing."""
        self._held = self.flow.write_paused and not self._replying()
        if self._held:
            self.flow.pause_reading()
            return
        super().handle_events()
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_again(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unstall()
        if self._held and not self.transport.is_closing():
            self.flow.resume_reading()
            self.handle_events()

    def _look_again(self, waiting: int) -> None:
        self._stall = self.loop.call_later(STALL_SECONDS, self._look, waiting)

    def _look(self, before: int) -> None:
        """However slowly a reply is read, it goes on; ``before`` bytes waited when this was last looked at."""
        waiting = self.transport.get_write_buffer_size()
        if waiting < before:
            self._look_again(waiting)
        else:
            self.transport.abort()

    def _unstall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _replying(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _watch(self) -> None:
        """The deadline runs while no reply is being made, whatever arrives meanwhile."""
        if self._replying():
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(FULL_SECONDS if self._full else HEADER_SECONDS, self.transport.close)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
