"""The guard: one plain ASGI class around everything the web app serves, sockets and static files included.

It decides before any route runs: the path, the Host (exact strings), where a request comes from (Origin, Sec-Fetch-Site), the content type,
the size and soundness of the body. It sets the security headers on every answer, its own refusals and crashes included. It is the same
whatever address the app is bound to.

It does not protect against other programs on the same machine running as the same person, nor tell people apart: ``deps.owner`` does.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from greenroom.prep.papers.text import FILE_LIMIT
from greenroom.web.bodies import form_fault, json_fault, sound_fault, upload_fault
from greenroom.web.faults import Fault, fault_response

JSON, FORM, SOUND = "application/json", "application/x-www-form-urlencoded", "application/octet-stream"
UPLOAD, UPLOAD_LIMIT = "multipart/form-data", FILE_LIMIT + 64 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SAFE_METHODS = frozenset({"GET", "HEAD"})
METHODS = SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
BODY_SECONDS = 30.0
"""How long a client may take to send its body."""
LINGER_SECONDS = 2.0
"""How long a client that sends its body in chunks may take to read why it is refused."""
DRAIN_LIMIT = 32 * 1024 * 1024
"""Bytes of a refused body that are read and thrown away, so that the client gets to see why."""
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
}
_PATH = re.compile(rb"/[!-~]{0,2047}")
_SOUND_PATH = re.compile(r"/api/voice/takes/[0-9a-f]{32}/sound")
_UPLOAD_PATH = re.compile(r"(?:/api)?/(?:prep/(?:job|cv)|labs/own-picture)/file")
_BAD_PATH = re.compile(rb"%(?:00|2f|5c|25|[01][0-9a-f]|7f)|\\|//|/\.{1,2}(?:/|$)|%2e", re.IGNORECASE)
_log = logging.getLogger(__name__)


class Requested(NamedTuple):
    """What the checks look at. ``port``: the one the socket really has.

    ``path`` is the decoded one, by which routes are found: what a request is allowed follows from it. ``raw_path`` is as it was sent.
    """

    method: str
    scheme: str
    path: str
    raw_path: bytes
    query: bytes
    headers: Headers
    port: int | None


class Guard:
    """Wrap ``app``.

    Args:
        allowed_hosts: further ``name:port`` strings to answer to; loopback names with the actual port always are.
        body_limit: longest body in bytes.
    """

    def __init__(self, app: ASGIApp, *, allowed_hosts: Iterable[str], body_limit: int) -> None:
        self.app = app
        self.allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self.body_limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        asked = _requested(scope)
        fault = self.fault(asked)
        if scope["type"] == "websocket":
            await self._websocket(fault, scope, receive, send)
            return
        send = _with_headers(_lingering(send, receive) if _chunked(asked) else send, asked)
        if asked.method == "HEAD":
            scope, send = {**scope, "method": "GET"}, _headers_only(send)
        body = b""
        if fault is None and asked.method not in SAFE_METHODS:
            body, fault = await self._read(asked, receive)
        elif fault is not None and asked.method not in SAFE_METHODS and not _chunked(asked):
            await _drain(receive)
        if fault is not None:
            await fault_response(asked.headers, asked.path, fault)(scope, receive, send)
            return
        await self._pass_on(scope, _replay(body, receive) if asked.method not in SAFE_METHODS else receive, send)

    def fault(self, asked: Requested) -> Fault | None:
        """What is wrong with a request before its body is read."""
        return _path_fault(asked) or _length_fault(asked) or self._host_fault(asked) or _site_fault(asked) or self._type_fault(asked)

    def _host_fault(self, asked: Requested) -> Fault | None:
        hosts = asked.headers.getlist("host")
        mine = {f"{name}:{asked.port}" for name in LOOPBACK} | (set(LOOPBACK) if asked.port == 80 else set()) | self.allowed_hosts
        if len(hosts) == 1 and hosts[0].lower() in mine:
            return None
        name = hosts[0][:80] if hosts else "none"
        return Fault(421, f"This room does not answer to the host name “{name}”.", "Add it, with its port, to GREENROOM_ALLOWED_HOSTS.")

    def _type_fault(self, asked: Requested) -> Fault | None:
        if asked.method in SAFE_METHODS or asked.method == "OPTIONS":
            return None
        if asked.headers.get("content-encoding", "identity") != "identity":
            return Fault(415, "A compressed body is not read here.", "Send it uncompressed.")
        length = asked.headers.get("content-length")
        if length is not None and (not length.isascii() or not length.isdigit() or int(length[:15]) > self._limit(asked)):
            return self._too_large(asked)
        kind, wanted = asked.headers.get("content-type"), _wanted(asked.path)
        if (kind is None and length in (None, "0")) or (kind or "").split(";")[0].strip().lower() == wanted:
            return None
        return Fault(415, "This content type is not read here.", f"Send {wanted}.")

    def _limit(self, asked: Requested) -> int:
        return UPLOAD_LIMIT if _wanted(asked.path) == UPLOAD else self.body_limit

    def _too_large(self, asked: Requested) -> Fault:
        if _wanted(asked.path) == UPLOAD:
            cure = "Send less at once." if asked.path.endswith("/own-picture/file") else "Go back and paste its text instead."
            return Fault(413, f"The file is larger than {FILE_LIMIT // 1_000_000} MB.", cure)
        return Fault(413, f"The request is longer than {self.body_limit // 1024} KiB.", "Send less at once.")

    async def _read(self, asked: Requested, receive: Receive) -> tuple[bytes, Fault | None]:
        chunks, size, more = [], 0, True
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while more:
                    message = await receive()
                    chunks.append(message.get("body", b""))
                    size += len(chunks[-1])
                    more = message.get("more_body", False)
                    if size > self._limit(asked):
                        await _drain(receive)
                        return b"", self._too_large(asked)
        except TimeoutError:
            return b"", Fault(408, "The request did not arrive in time.", "Send it again.")
        body = b"".join(chunks)
        check = {JSON: json_fault, FORM: form_fault, SOUND: sound_fault, UPLOAD: upload_fault}[_wanted(asked.path)]
        problem = check(body) if body else None
        return body, Fault(400, problem, "Correct it and send it again.") if problem else None

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            _log.exception("A page failed: %s %s", scope["method"], scope["path"])
            if started:
                raise
            fault = Fault(500, "Something in greenroom broke. What was saved before is safe.", "Go back and try again.")
            await fault_response(Headers(scope=scope), scope["path"], fault)(scope, receive, send)

    async def _websocket(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        if fault is None:
            await self.app(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": fault.error})


def _wanted(path: str) -> str:
    """The one content type that a route reads. Sound is no type that a form of another site could send."""
    if _SOUND_PATH.fullmatch(path):
        return SOUND
    if _UPLOAD_PATH.fullmatch(path):
        return UPLOAD
    return JSON if path.startswith("/api/") else FORM


def _requested(scope: Scope) -> Requested:
    """A socket counts as an unsafe request: browsers let any page open one."""
    socket = scope["type"] == "websocket"
    server = scope.get("server") or (None, None)
    path, raw = scope["path"], scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
    scheme: str = {"ws": "http", "wss": "https"}.get(scope["scheme"]) or scope["scheme"]
    return Requested("SOCKET" if socket else scope["method"], scheme, path, raw, scope["query_string"], Headers(scope=scope), server[1])


def _path_fault(asked: Requested) -> Fault | None:
    if asked.method not in METHODS and asked.method != "SOCKET":
        return Fault(405, "This method is not used here.", "Use GET, POST or PUT.")
    query_bad = len(asked.query) > 4096 or (asked.query and form_fault(asked.query))
    if query_bad or not _PATH.fullmatch(asked.raw_path) or _BAD_PATH.search(asked.raw_path) or not _is_utf8(asked.raw_path):
        return Fault(400, "This address cannot be read.", "Start again from the first page.")
    return None


def _length_fault(asked: Requested) -> Fault | None:
    """RFC 9112, section 6.1: two lengths in one request are how a second request is hidden in the first. A chunk of one byte costs as much
    to read as one of 64 KiB: a single client could keep everybody waiting, and none of greenroom's pages sends any.
    """
    if not _chunked(asked):
        return None
    if "content-length" in asked.headers:
        return Fault(400, "This request states its length in two ways.", "Send Content-Length, not Transfer-Encoding.")
    return Fault(411, "This request does not state its length.", "Send Content-Length, not Transfer-Encoding.")


def _chunked(asked: Requested) -> bool:
    return "transfer-encoding" in asked.headers


def _site_fault(asked: Requested) -> Fault | None:
    """Source: the Fetch Metadata resource isolation policy; for unsafe methods Origin must also be this very origin."""
    sites, mode = asked.headers.getlist("sec-fetch-site"), asked.headers.get("sec-fetch-mode")
    site = sites[0] if sites else None
    foreign = any(each not in ("same-origin", "none") for each in sites) or len(sites) > 1
    if asked.method in SAFE_METHODS:
        framed = asked.headers.get("sec-fetch-dest") not in (None, "document", "empty")
        refused = foreign and (mode != "navigate" or framed or asked.path.startswith("/api/"))
    else:
        origins, host = asked.headers.getlist("origin"), asked.headers.get("host", "").lower()
        mine = f"{asked.scheme}://{host}"
        elsewhere = bool(origins) and [origin.lower() for origin in origins] not in ([mine], [mine.replace("http:", "https:", 1)])
        silent_socket = asked.method == "SOCKET" and not origins
        refused = foreign or site == "none" or elsewhere or silent_socket
    return Fault(403, "This request came from another site.", "Open the room itself and do it there.") if refused else None


def _is_utf8(path: bytes) -> bool:
    try:
        unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


async def _drain(receive: Receive) -> None:
    """Read a refused body to its end or to a limit, keeping nothing."""
    read = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while read < DRAIN_LIMIT:
                message = await receive()
                read += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _with_headers(send: Send, asked: Requested) -> Send:
    """Pages hold a person's words: never cached. A static file named with a mark of its content never changes."""
    marked = "public, max-age=31536000, immutable" if asked.query.startswith(b"v=") else "no-cache"
    cache = marked if asked.path.startswith("/static/") else "no-store"

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
            headers["cache-control"] = cache if message["status"] < 400 else "no-store"
            if _chunked(asked):  # the body is not read, so where the next request begins is not known: there is none
                headers["connection"] = "close"
        await send(message)

    return sending


def _lingering(send: Send, receive: Receive) -> Send:
    """RFC 9112, section 9.6: who closes while the client still sends, takes the reply away from it. So the end of the reply, which closes
    the connection, waits until the client has gone, or for a moment. What it sends meanwhile is thrown away unread (``Connection``).
    """

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            await send({**message, "more_body": True})
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER_SECONDS):
                    while (await receive())["type"] != "http.disconnect":
                        pass
            message = {"type": "http.response.body", "body": b""}
        await send(message)

    return sending


def _headers_only(send: Send) -> Send:
    """For HEAD, which a route answers as it would GET: the reply ends after its headers, and a stream is told that nobody listens."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return sending
