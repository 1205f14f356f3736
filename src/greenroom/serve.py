"""`greenroom`: the web app on this machine."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import threading
import webbrowser
from contextlib import ExitStack, suppress
from pathlib import Path

import uvicorn

from greenroom import redact
from greenroom.errors import GreenroomError, InputError
from greenroom.outbound import names_this_machine
from greenroom.room import Room
from greenroom.settings import Settings, read_settings
from greenroom.web.app import create_app
from greenroom.web.connection import Connection, Faults

BACKLOG = 128
"""Connections that wait to be taken; also how many are taken at once, before the first of them can be refused."""
NO_SIGN_IN = "greenroom has no sign-in yet, so whoever reaches it can read, export and erase everything."
STAY = "Leave out --host (and GREENROOM_HOST) to stay on this machine. On a test network, add --i-know."
WARNING = f"Warning: other machines can reach this greenroom. {NO_SIGN_IN}"


class Server(uvicorn.Server):
    """uvicorn's, with a log that no client can fill."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(Faults())
        await super().startup(sockets)


def serve(host: str | None, port: int | None, *, i_know: bool, browser: bool, preview: Path | None = None) -> None:
    """Runs until interrupted. ``preview``: a pack that is being written, opened first.

    Raises InputError when the address cannot be used, and without ``i_know`` when other machines could reach it.
    """
    redact.install()
    settings = read_settings()
    listener = _listen(host or settings.host, settings.port if port is None else port, i_know=i_know)
    bound = listener.getsockname()
    settings = settings.model_copy(update={"host": host or settings.host, "port": bound[1]})
    url = f"http://{_shown(bound[0])}:{bound[1]}{'/preview' if preview else ''}"
    with listener, Room(settings) as room:
        server = Server(config(room, settings, preview))
        if not names_this_machine(bound[0]):
            print(WARNING, file=sys.stderr)  # noqa: T201
        print(f"greenroom is open at {url}   (Ctrl-C closes it)", flush=True)  # noqa: T201 the door speaks
        threading.Thread(target=_settle, args=(room,), daemon=True).start()
        if browser:
            threading.Timer(0.5, webbrowser.open, [url]).start()
        server.run(sockets=[listener])


def _shown(address: str) -> str:
    """Every address of this machine is none to open in a browser, and the guard does not answer to it."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104
    return f"[{shown}]" if ":" in shown else shown


def _settle(room: Room) -> None:
    """Load the bank before the first page asks for it. It stays, so the collector of garbage need not walk through it again and again: a
    fifth of the time of a page that is made of thousands of answers (docs/log.md).
    """
    with suppress(GreenroomError):  # whoever asks for the bank is told
        room.bank.questions()
        gc.freeze()


def config(room: Room, settings: Settings, preview: Path | None = None) -> uvicorn.Config:
    """No header of a proxy is believed; no sockets; an open event stream holds the end up for seconds at most."""
    return uvicorn.Config(
        create_app(room, settings, preview),
        http=Connection,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        ws="none",
        backlog=BACKLOG,
        timeout_graceful_shutdown=3,
    )


def _listen(host: str, port: int, *, i_know: bool = False) -> socket.socket:
    """The address that was really bound decides, before anybody can connect: a name says nothing of where it leads."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as undone:
        try:
            listener = undone.enter_context(socket.socket(family, socket.SOCK_STREAM))
            if os.name == "posix":  # on Windows it would let a second greenroom take the port of the first
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            if not i_know and not names_this_machine(listener.getsockname()[0]):
                raise InputError(f"{host} lets other machines in. {NO_SIGN_IN}", STAY)
            listener.listen(BACKLOG)
        except (OSError, UnicodeError) as error:  # UnicodeError: no name that a host can have
            cure = "Is greenroom open already? Else choose another port: `greenroom --port 0` takes a free one."
            why = getattr(error, "strerror", None) or error
            raise InputError(f"{host}:{port} cannot be used: {why}.", cure) from error
        undone.pop_all()
    return listener
