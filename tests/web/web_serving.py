"""A real server on a loopback address, in a thread, and what the web tests share."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx2
import uvicorn
from fastapi import FastAPI
from web_verdicts import EverythingPlugin

from greenroom.builtin import Builtin
from greenroom.room import LOCAL_OWNER, Parts, Room
from greenroom.room.views import SessionView
from greenroom.serve import config
from greenroom.settings import Settings
from greenroom.web.middleware import Guard

ME = LOCAL_OWNER


@dataclass
class Served:
    room: Room
    app: FastAPI
    url: str
    port: int

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def client(self, **headers: str) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, headers=headers, timeout=30)


def alone(coroutine: Coroutine[Any, Any, str]) -> str:
    """In a thread of its own: the browser tests of the same run leave a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def unguarded(app: FastAPI) -> FastAPI:
    """The negative control: the same app with its outermost defence taken off."""
    app.user_middleware = [each for each in app.user_middleware if each.cls is not Guard]
    return app


@contextmanager
def serving(
    room: Room, *, guard: bool = True, http: type[asyncio.Protocol] | None = None, host: str = "127.0.0.1", port: int = 0
) -> Iterator[Served]:
    """``http``: what reads a connection, where it shall not be greenroom's own."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(512)
    made = config(room, room.settings)
    app = cast("FastAPI", made.app)
    if not guard:
        unguarded(app)
    if http is not None:
        made.http = http
    server = uvicorn.Server(made)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    for _ in range(500):
        if server.started:
            break
        time.sleep(0.01)
    port = listener.getsockname()[1]
    try:
        yield Served(room, app, f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}", port)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def new_id() -> str:
    return str(uuid.uuid4())


def said(room: Room, n: int = 0, question_id: str = "attention") -> str:
    """What the literal assessor takes for the n-th point."""
    return room.bank.get(question_id).points()[n].says[0]


def form(client: httpx2.Client, path: str, **fields: str) -> httpx2.Response:
    return client.post(path, data=fields)


def drill(client: httpx2.Client, question_id: str = "attention") -> str:
    """Start by the form; the session's id."""
    reply = form(client, "/interview", mode="drill", count="1", question_id=question_id)
    assert reply.status_code == 303, reply.text
    return reply.headers["location"].rsplit("/", 1)[1]


def answered(served: Served, text: str, rating: int | None = 4, question_id: str = "attention") -> SessionView:
    """A drill of one question, answered, assessed and rated."""
    from greenroom.interview.attempt import Submission
    from greenroom.interview.session import Setup

    room = served.room
    view = room.interview.start(ME, Setup(mode="drill", question_ids=(question_id,), count=1))
    receipt = room.interview.answer(ME, view.session.session_id, Submission(submission_id=new_id(), turn_id="t1", text=text))
    room.interview.wait(ME, receipt.answer_id, 20)
    return room.interview.rate(ME, view.session.session_id, "t1", rating)


def everything(home: Path) -> Room:
    """A room whose assessor gives every kind of verdict."""
    settings = Settings(home=home, assessor="everything")
    return Room(settings, Parts(settings, given={"builtin": Builtin(), "everything": EverythingPlugin()}))
