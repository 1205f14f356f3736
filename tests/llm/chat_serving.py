"""A real chat server on loopback that behaves as it is told: well, or badly in each of the ways servers do."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behave = Callable[["Handler"], None]


@dataclass
class Seen:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: ChatServer
    body: dict[str, Any]

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.body = json.loads(raw or b"{}")
        self.owner.seen.append(Seen(self.path, {name.lower(): value for name, value in self.headers.items()}, self.body))
        with contextlib.suppress(OSError):  # the client has hung up, as some of it should
            self.owner.behave(self)

    do_GET = do_POST

    def reply(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class ChatServer:
    """``with ChatServer() as server``; ``behave`` may be changed at any time."""

    behave: Behave = lambda handler: says({"verdict": "missed", "quote": ""})(handler)
    seen: list[Seen] = field(default_factory=list)

    def __enter__(self) -> ChatServer:
        kind = type("Bound", (Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"{self.origin}/v1"


def completion(content: str | None, finish: str = "stop") -> bytes:
    return json.dumps({"choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content}}]}).encode()


def says(value: object, finish: str = "stop") -> Behave:
    """Every time the same reply: a JSON value, or a text as it is."""
    return lambda handler: handler.reply(200, completion(value if isinstance(value, str) else json.dumps(value), finish))


def in_turn(*behaviours: Behave) -> Behave:
    """One after the other; the last for ever."""
    left = list(behaviours)
    return lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler)


def fails(status: int, message: str = "", **headers: str) -> Behave:
    return lambda handler: handler.reply(status, json.dumps({"error": {"message": message}}).encode(), **headers)


def html(handler: Handler) -> None:
    handler.reply(200, b"<!doctype html><title>It works</title>", kind="text/html")


def cut_off(handler: Handler) -> None:
    """Says how long the body is and hangs up in the middle of it."""
    body = completion("{}")
    handler.send_response(200)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.end_headers()
    handler.close_connection = True
    for _ in range(100_000):
        handler.wfile.write(b" " * 8192)


def dripping(where: str, seconds: float) -> Behave:
    """A byte now and then, each well within any time-out of one read: in the head, or in the body."""

    def behave(handler: Handler) -> None:
        handler.close_connection = True
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-slow: "
        handler.wfile.write(head if where == "head" else head + b"no\r\n\r\n")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            handler.wfile.write(b"a" if where == "head" else b" ")
            handler.wfile.flush()
            time.sleep(0.05)

    return behave


def silent(seconds: float) -> Behave:
    return lambda handler: time.sleep(seconds)


def redirects(url: str, status: int = 307) -> Behave:
    return lambda handler: handler.reply(status, b"", location=url)
