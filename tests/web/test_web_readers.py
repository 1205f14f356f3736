"""Clients that read slowly or not at all, over a real socket: who never reads is cut off, and cannot shut out the others."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.responses import Response, StreamingResponse
from uvicorn.protocols.http.h11_impl import H11Protocol
from web_serving import Served, serving

from greenroom.room import Room
from greenroom.web import connection

SOON = 0.5
PIPELINED = 60


@contextlib.contextmanager
def asked(host: str, port: int, path: str, times: int = 1, buffer: int = 2048) -> Iterator[socket.socket]:
    """A connection with a small buffer, on which a page was asked for so many times and nothing is read."""
    with socket.socket() as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        wire.settimeout(10)
        wire.connect((host, port))
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode() * times)
        yield wire


def reset_within(wire: socket.socket, seconds: float) -> bool:
    """Whether the server drops the connection, found out without reading from it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            wire.sendall(b"x")
        except OSError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("times", [1, PIPELINED], ids=["one reply", "many"])
def test_who_never_reads_is_cut_off(literal_room: Room, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    monkeypatch.setattr(connection, "STALL_SECONDS", SOON)
    with serving(literal_room) as served, asked("127.0.0.1", served.port, "/api/openapi.json", times) as wire:
        assert reset_within(wire, 10 * SOON)


def test_who_never_reads_is_cut_off_though_the_server_wants_to_close(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline for the next request ends a connection only when all that was written has been taken."""
    monkeypatch.setattr(connection, "HEADER_SECONDS", SOON / 2)
    monkeypatch.setattr(connection, "STALL_SECONDS", 2 * SOON)

    @served.app.get("/api/large")
    def large() -> Response:
        return Response(b"x" * 5_000_000)

    with asked("127.0.0.1", served.port, "/api/large") as wire:
        assert reset_within(wire, 10 * SOON)


def test_control_the_stock_connection_waits_for_who_never_reads(literal_room: Room) -> None:
    with serving(literal_room, http=H11Protocol) as served, asked("127.0.0.1", served.port, "/api/openapi.json", PIPELINED) as wire:
        assert not reset_within(wire, 4 * SOON)


def test_who_reads_slowly_but_steadily_gets_all(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own buffer would hold megabytes, and pass on that it has room again only after a third of them."""
    monkeypatch.setattr(connection, "STALL_SECONDS", SOON)
    whole = b"x" * 5_000_000

    @served.app.get("/api/large")
    def large() -> Response:
        return Response(whole)

    started, got = time.monotonic(), b""
    with asked("127.0.0.1", served.port, "/api/large", buffer=65536) as wire:
        while len(got) < len(whole):
            got += (piece := wire.recv(65536))
            assert piece, f"cut off after {len(got)}"
            time.sleep(len(piece) / 1_300_000)
    assert got.endswith(b"x") and len(got.split(b"\r\n\r\n", 1)[1]) == len(whole)
    assert time.monotonic() - started > 4 * SOON, "longer than a stall may last"


def test_a_stream_that_is_silent_for_a_while_is_not_cut_off(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "STALL_SECONDS", SOON / 5)
    monkeypatch.setattr(connection, "HEADER_SECONDS", SOON / 5)

    async def ticks() -> AsyncIterator[str]:
        for _ in range(3):
            yield "tick"
            await asyncio.sleep(SOON)

    @served.app.get("/api/ticks")
    def stream() -> Response:
        return StreamingResponse(ticks(), media_type="text/event-stream")

    with served.client() as client:
        assert client.get("/api/ticks").text == "tick" * 3


@pytest.mark.parametrize("http", [None, H11Protocol], ids=["greenroom", "control: stock"])
def test_the_next_reply_is_not_made_before_the_last_is_taken(literal_room: Room, http: type[asyncio.Protocol] | None) -> None:
    made, whole = [], b"x" * 2_000_000
    with serving(literal_room, http=http) as served:

        @served.app.get("/api/large")
        def large() -> Response:
            made.append(1)
            return Response(whole)

        with asked("127.0.0.1", served.port, "/api/large", 3) as wire:
            time.sleep(SOON)
            assert (len(made) == 1) == (http is None)
            got = 0
            while got < 3 * len(whole):
                got += len(piece := wire.recv(1 << 20))
                assert piece, "cut off"
    assert len(made) == 3, "each was answered in the end"


def test_a_connection_too_many_is_told_so_and_closed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_CONNECTIONS", 3)
    monkeypatch.setattr(connection, "FULL_SECONDS", SOON)
    with contextlib.ExitStack() as wires:
        for _ in range(3):
            wires.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=10))
        reply = httpx2.get(f"{served.url}/api/health", timeout=10)
        assert (reply.status_code, reply.text) == (503, connection.FULL.decode()) and reply.headers["retry-after"] == "30"
        with socket.create_connection(("127.0.0.1", served.port), timeout=10 * SOON) as silent:
            assert silent.recv(1) == b"", "one that says nothing is closed"
    until = time.monotonic() + 10
    while (status := httpx2.get(f"{served.url}/api/health", timeout=10).status_code) != 200 and time.monotonic() < until:
        time.sleep(0.05)
    assert status == 200, "control: with room again it is answered"


def test_most_connections_leave_descriptors_for_the_rest() -> None:
    assert 0 < connection.MOST_CONNECTIONS <= 200


@contextlib.contextmanager
def small_greenroom(home: Path, setup: str) -> Iterator[tuple[str, int, Path]]:
    """greenroom itself in a process with 64 descriptors, and what it writes to its log."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        f"from greenroom.web import connection; from greenroom import serve; import uvicorn\n{setup}\n"
        "serve.serve('127.0.0.1', 0, browser=False, i_know=False)"
    )
    log = home / "log"
    with log.open("w") as err:
        env = {**os.environ, "GREENROOM_HOME": str(home / "home")}
        with subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, stderr=err, text=True) as child:
            try:
                assert child.stdout is not None
                at = httpx2.URL(child.stdout.readline().split(" at ")[1].split()[0])
                assert at.port is not None
                yield at.host, at.port, log
            finally:
                child.kill()


def reachable(host: str, port: int, within: float) -> bool:
    end = time.monotonic() + within
    while (left := end - time.monotonic()) > 0:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"http://{host}:{port}/api/health", timeout=left).status_code == 200:
                return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(os.name != "posix", reason="NOT RUN: the number of descriptors is set with setrlimit")
@pytest.mark.parametrize(("seconds", "reached"), [(1.0, True), (1e6, False)], ids=["cut off", "control: waited for"])
def test_eighty_that_never_read_do_not_shut_the_door(tmp_path: Path, seconds: float, reached: bool) -> None:
    with small_greenroom(tmp_path, f"connection.STALL_SECONDS = {seconds}") as (host, port, log), contextlib.ExitStack() as wires:
        for _ in range(80):
            with contextlib.suppress(OSError):  # one too many
                wires.enter_context(asked(host, port, "/api/openapi.json", PIPELINED))
        assert reachable(host, port, 8.0 if reached else 4.0) == reached
        assert log.stat().st_size < 10_000


@pytest.mark.skipif(os.name != "posix", reason="NOT RUN: the number of descriptors is set with setrlimit")
@pytest.mark.parametrize("quiet", [True, False], ids=["greenroom", "control: stock"])
def test_the_log_is_not_filled_when_no_descriptor_is_left(tmp_path: Path, quiet: bool) -> None:
    setup = "connection.MOST_CONNECTIONS = 10_000" + ("" if quiet else "; serve.Server = uvicorn.Server")
    with small_greenroom(tmp_path, setup) as (host, port, log), contextlib.ExitStack() as wires:
        for _ in range(80):
            wires.enter_context(socket.create_connection((host, port), timeout=10))
        time.sleep(3)
        said = log.read_text()
    assert (said.count("No connection can be taken: Too many open files") == 1 and len(said) < 1_000) == quiet
    assert (len(said) > 50_000) != quiet
