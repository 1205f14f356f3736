"""The connection itself, over a real socket: slow senders, requests with two lengths, and HEAD. Each defence with its control."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.responses import Response, StreamingResponse
from uvicorn.protocols.http.h11_impl import H11Protocol
from web_serving import Served, serving

from greenroom.room import Room
from greenroom.web import connection, middleware

SOON = 0.5
SLOW = {
    "nothing": b"",
    "half a line": b"GET / HT",
    "half the headers": b"GET / HTTP/1.1\r\nHost: {host}\r\nX-",
    "half the next": b"GET /api/health HTTP/1.1\r\nHost: {host}\r\n\r\nGET / HTTP/1.1\r\nX-",
    "a body after the reply": b"GET /api/health HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000\r\n\r\n",
}


@pytest.fixture
def no_lingering(monkeypatch: pytest.MonkeyPatch) -> None:
    """``exchange`` reads to the end, so nothing is gained by waiting for it to close."""
    monkeypatch.setattr(middleware, "LINGER_SECONDS", 0.05)


def cut_off(served: Served, opening: bytes, within: float) -> bool:
    """Whether the server closes a connection on which a byte follows every tenth of a second."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=0.1) as wire:
        wire.sendall(opening.replace(b"{host}", served.host.encode()))
        end = time.monotonic() + within
        while time.monotonic() < end:
            try:
                if opening:
                    wire.sendall(b"x")
                if not wire.recv(65536):
                    return True
            except TimeoutError:
                continue
            except OSError:
                return True
    return False


@pytest.mark.parametrize("opening", SLOW.values(), ids=SLOW)
def test_a_slow_sender_is_cut_off(literal_room: Room, monkeypatch: pytest.MonkeyPatch, opening: bytes) -> None:
    monkeypatch.setattr(connection, "HEADER_SECONDS", SOON)
    with serving(literal_room) as served:
        assert cut_off(served, opening, 10 * SOON)


@pytest.mark.parametrize("opening", SLOW.values(), ids=SLOW)
def test_control_the_stock_connection_waits_on(literal_room: Room, opening: bytes) -> None:
    with serving(literal_room, http=H11Protocol) as served:
        assert not cut_off(served, opening, 4 * SOON)


def test_a_slow_reply_and_an_early_next_request_are_not_cut_off(literal_room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEADER_SECONDS", SOON)
    with serving(literal_room) as served, served.client() as client:

        @served.app.get("/api/slow")
        async def slow() -> str:
            await asyncio.sleep(3 * SOON)
            return "at last"

        assert client.get("/api/slow").json() == "at last"
        for _ in range(4):
            time.sleep(SOON / 2)
            assert client.get("/api/health").status_code == 200


@contextlib.contextmanager
def few_descriptors(home: Path, seconds: float) -> Iterator[str]:
    """greenroom itself in a process with 64 descriptors; its address."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        f"from greenroom.web import connection; connection.HEADER_SECONDS = {seconds}\n"
        "from greenroom.serve import serve; serve('127.0.0.1', 0, browser=False, i_know=False)"
    )
    env = {**os.environ, "GREENROOM_HOME": str(home)}
    with subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        try:
            assert child.stdout is not None
            yield child.stdout.readline().split(" at ")[1].split()[0]
        finally:
            child.kill()


def reachable_beside_80(url: str, within: float) -> bool:
    """Whether a page comes while 80 others have sent half of their headers."""
    at = httpx2.URL(url)
    with contextlib.ExitStack() as wires:
        for _ in range(80):
            wire = wires.enter_context(socket.create_connection((at.host, at.port), timeout=10))
            wire.sendall(b"GET / HTTP/1.1\r\nX-")
        end = time.monotonic() + within
        while time.monotonic() < end:
            with contextlib.suppress(httpx2.HTTPError):
                if httpx2.get(f"{url}/api/health", timeout=end - time.monotonic()).status_code == 200:
                    return True
            time.sleep(0.05)
    return False


@pytest.mark.skipif(os.name != "posix", reason="NOT RUN: the number of descriptors is set with setrlimit")
@pytest.mark.parametrize(("seconds", "reached"), [(1.0, True), (1e6, False)], ids=["cut off", "control: waiting on"])
def test_eighty_half_sent_requests_do_not_shut_the_door(tmp_path: Path, seconds: float, reached: bool) -> None:
    with few_descriptors(tmp_path, seconds) as url:
        assert reachable_beside_80(url, 8.0) == reached


def exchange(served: Served, request: str) -> bytes:
    """All that comes back until the server closes, or is silent for ten seconds."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as wire:
        wire.sendall(request.replace("{host}", served.host).encode())
        got = b""
        with contextlib.suppress(TimeoutError):
            while chunk := wire.recv(65536):
                got += chunk
            got += b"<closed>"
    return got


CHUNKED = "Content-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
SECOND = "GET /api/health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"


@pytest.mark.usefixtures("no_lingering")
@pytest.mark.parametrize("first", ["POST /api/assess", "GET /api/health", "GET /", "PUT /api/profile", "DELETE /api/nothing"])
def test_a_request_with_two_lengths_is_refused_and_the_connection_closed(served: Served, first: str) -> None:
    got = exchange(served, f"{first} HTTP/1.1\r\nHost: {{host}}\r\n{CHUNKED}{SECOND}")
    assert got.startswith(b"HTTP/1.1 400") and b"\r\nconnection: close\r\n" in got.lower(), got[:300]
    assert got.endswith(b"<closed>") and got.count(b"HTTP/1.1 ") == 1


def test_control_the_stock_server_answers_two_lengths_and_a_second_request_too(literal_room: Room) -> None:
    with serving(literal_room, guard=False, http=H11Protocol) as served:
        got = exchange(served, f"GET /api/health HTTP/1.1\r\nHost: {{host}}\r\n{CHUNKED}{SECOND}")
    assert got.count(b"HTTP/1.1 200") == 2


def test_one_length_is_answered_and_the_connection_kept(served: Served) -> None:
    body = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    first = f"POST /api/assess HTTP/1.1\r\nHost: {{host}}\r\n{body}"
    got = exchange(served, f"{first}{SECOND}")
    assert got.startswith(b"HTTP/1.1 422") and got.count(b"HTTP/1.1 200") == 1


@pytest.mark.usefixtures("no_lingering")
@pytest.mark.parametrize(
    ("first", "status"),
    [
        ("POST /api/assess HTTP/1.1\r\nHost: {host}", 411),
        ("GET /api/health HTTP/1.1\r\nHost: {host}", 411),
        ("HEAD / HTTP/1.1\r\nHost: {host}", 411),
        ("POST /interview HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue", 411),
        ("POST /api/../x HTTP/1.1\r\nHost: {host}", 400),
    ],
)
def test_a_body_in_chunks_is_refused_and_what_follows_is_not_read(served: Served, first: str, status: int) -> None:
    got = exchange(served, f"{first}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n{SECOND}")
    assert got.startswith(f"HTTP/1.1 {status}".encode()) and b"\r\nconnection: close\r\n" in got.lower(), got[:300]
    assert got.endswith(b"<closed>") and got.count(b"HTTP/1.1 ") == 1


def test_a_client_that_still_sends_chunks_is_told_why_it_is_refused(served: Served) -> None:
    with served.client() as client:
        reply = client.post("/api/assess", content=iter([b" " * 100_000] * 50), headers={"content-type": "application/json"})
    assert reply.status_code == 411 and reply.json()["hint"] == "Send Content-Length, not Transfer-Encoding."


def longest_wait_beside(served: Served, headers: str, piece: bytes) -> float:
    """The longest that a page takes while one other client sends as fast as it can, in seconds."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as wire, served.client() as client:
        wire.sendall(f"POST /api/assess HTTP/1.1\r\nHost: {served.host}\r\n{headers}\r\n\r\n".encode())
        sender = threading.Thread(target=keep_sending, args=(wire, piece * (65536 // len(piece))), daemon=True)
        sender.start()
        waited = []
        for _ in range(5):
            started = time.monotonic()
            assert client.get("/api/health").status_code == 200
            waited.append(time.monotonic() - started)
            time.sleep(0.05)
        with contextlib.suppress(OSError):  # closed already
            wire.shutdown(socket.SHUT_RDWR)
        sender.join(10)
    return max(waited)


def keep_sending(wire: socket.socket, piece: bytes) -> None:
    with contextlib.suppress(OSError):
        while True:
            wire.sendall(piece)


def test_chunks_of_one_byte_keep_nobody_waiting(served: Served) -> None:
    assert longest_wait_beside(served, "Transfer-Encoding: chunked", b"1\r\na\r\n") < 0.5


def test_control_the_stock_connection_is_kept_busy_by_chunks_of_one_byte(literal_room: Room) -> None:
    with serving(literal_room, http=H11Protocol) as served:
        assert longest_wait_beside(served, "Transfer-Encoding: chunked", b"1\r\na\r\n") > 0.5


PAGES = (
    "/", "/bank", "/bank/attention", "/labs", "/progress", "/review", "/profile", "/prep/stories/new", "/api/health", "/api/bank/attention",
    "/static/app.css", "/nowhere", "/api/nowhere", "/bank/nothing",
)  # fmt: skip


def test_head_has_the_headers_of_get_and_no_body(served: Served) -> None:
    with served.client() as client:
        for path in PAGES:
            asked, got = client.head(path), client.get(path)
            assert asked.status_code == got.status_code and got.content and not asked.content, path
            assert {**asked.headers, "date": ""} == {**got.headers, "date": ""}
            head, rest = exchange(served, f"HEAD {path} HTTP/1.1\r\nHost: {{host}}\r\n\r\n{SECOND}").split(b"\r\n\r\n", 1)
            assert int(head.split()[1]) == got.status_code and rest.startswith(b"HTTP/1.1 200"), "the next reply follows at once"


def test_head_is_refused_where_get_is(served: Served) -> None:
    with served.client() as client:
        assert client.head("/prep/stories/x/delete").status_code == client.get("/prep/stories/x/delete").status_code == 405
        assert client.head("/", headers={"host": "evil.example"}).status_code == 421


def test_head_of_an_endless_stream_ends_at_once_and_ends_the_stream(served: Served) -> None:
    ended = threading.Event()

    async def ticks() -> AsyncIterator[str]:
        try:
            while True:
                yield "tick"
                await asyncio.sleep(0.05)
        finally:
            ended.set()

    @served.app.get("/api/endless")
    def endless() -> Response:
        return StreamingResponse(ticks(), media_type="text/event-stream")

    with served.client() as client:
        reply = client.head("/api/endless")
    assert (reply.status_code, reply.content, reply.headers["content-type"][:17]) == (200, b"", "text/event-stream")
    assert ended.wait(5)
