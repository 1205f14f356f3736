"""Requests from elsewhere: Host × Origin × Sec-Fetch-Site × content type × bind address, on every unsafe route.

And what gets through without the guard.
"""

from __future__ import annotations

import itertools
import re
import socket
from typing import Any

import httpx2
import pytest
from fastapi.routing import APIRoute
from web_serving import Served, alone, serving

from greenroom.room import Room
from greenroom.web.middleware import SECURITY_HEADERS, Guard

EVIL = "http://evil.example"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
BODIES = {FORM: b"mode=drill&count=1", JSON: b'{"mode": "drill", "count": 1}', "text/plain": b'{"mode": "drill", "count": 1}'}
ELSEWHERE = [
    {"host": "evil.example"},
    {"host": "evil.example:{port}"},
    {"host": "127.0.0.1.evil.example:{port}"},
    {"host": "127.0.0.1:1"},
    {"host": "[::ffff:127.0.0.1]:{port}"},
    {"host": "0.0.0.0:{port}"},
    {"origin": EVIL},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:1"},
    {"origin": "http://127.0.0.2:{port}"},
    {"origin": "http://localhost:{port}"},
    {"origin": "http://127.0.0.1:{port}.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:{port}"},
    {"sec-fetch-site": "same-origin", "origin": EVIL},
]


def unsafe_routes(served: Served) -> list[tuple[str, str]]:
    routes = [
        (method, re.sub(r"\{\w+\}", "someid", route.path))
        for route in _routes(served.app)
        for method in sorted(route.methods - {"GET", "HEAD"})
    ]
    assert len(routes) > 15
    return routes


def _routes(app: Any) -> list[APIRoute]:
    from test_web_access import all_routes

    return all_routes(app)


def fill(headers: dict[str, str], served: Served) -> dict[str, str]:
    return {name: value.replace("{port}", str(served.port)) for name, value in headers.items()}


@pytest.mark.parametrize("bind", ["127.0.0.1", "0.0.0.0"])
def test_nothing_from_elsewhere_is_accepted_on_any_unsafe_route(literal_room: Room, bind: str) -> None:
    with serving(literal_room, host=bind) as served, served.client() as client:
        routes = unsafe_routes(served) if bind == "127.0.0.1" else [("POST", "/interview"), ("PUT", "/api/profile")]
        for (method, path), headers in itertools.product(routes, ELSEWHERE):
            kind = JSON if path.startswith("/api/") else FORM
            reply = client.request(method, path, headers={**fill(headers, served), "content-type": kind}, content=BODIES[kind])
            assert reply.status_code in (403, 421), (method, path, headers, reply.status_code)
        assert literal_room.interview.list("local") == []


def test_the_same_origin_and_a_client_without_a_browser_are_accepted(served: Served) -> None:
    mine = [
        {},
        {"origin": served.url},
        {"origin": served.url, "sec-fetch-site": "same-origin"},
        {"host": f"localhost:{served.port}", "origin": f"http://localhost:{served.port}", "sec-fetch-site": "same-origin"},
    ]
    with served.client() as client:
        for headers in mine:
            assert client.post("/interview", headers=headers, data={"mode": "drill"}).status_code == 303
            assert client.post("/api/sessions", headers=headers, json={"mode": "drill"}).status_code == 201


def test_content_types_are_an_allow_list(served: Served) -> None:
    kinds = ["text/plain", "multipart/form-data; boundary=x", "application/csp-report", "text/xml", "", "application/json, text/plain"]
    with served.client() as client:
        for kind in kinds:
            assert client.post("/api/sessions", headers={"content-type": kind}, content=BODIES[JSON]).status_code == 415, kind
            assert client.post("/interview", headers={"content-type": kind}, content=BODIES[FORM]).status_code == 415, kind
        assert client.post("/api/sessions", headers={"content-type": FORM}, content=BODIES[FORM]).status_code == 415
        assert client.post("/interview", headers={"content-type": JSON}, content=BODIES[JSON]).status_code == 415
        zipped = {"content-type": JSON, "content-encoding": "gzip"}
        assert client.post("/api/sessions", headers=zipped, content=BODIES[JSON]).status_code == 415


def test_control_without_the_guard_another_site_gets_in(literal_room: Room) -> None:
    with serving(literal_room, guard=False) as served, served.client() as client:
        got_in = 0
        for headers in ELSEWHERE:
            got_in += client.post("/interview", headers=fill(headers, served), data={"mode": "drill"}).status_code == 303
        assert got_in == len(ELSEWHERE)
        twice = client.post("/api/sessions", headers={"content-type": JSON}, content=b'{"mode": "mock", "mode": "drill"}')
        assert twice.status_code == 201, "a body that can be read in two ways is read in one of them"


def test_pages_are_not_read_or_framed_by_another_site(served: Served) -> None:
    cross = {"sec-fetch-site": "cross-site"}
    with served.client() as client:
        for path in ("/", "/api/profile", "/static/app.css"):
            assert client.get(path, headers={**cross, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}).status_code == 403
            assert client.get(path, headers={**cross, "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}).status_code == 403
            followed = client.get(path, headers={**cross, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"})
            assert followed.status_code == (403 if path.startswith("/api/") else 200)
            assert client.get(path, headers={"host": "rebound.example"}).status_code == 421


def test_a_host_named_in_the_settings_is_answered_exactly(literal_room: Room) -> None:
    settings = literal_room.settings.model_copy(update={"allowed_hosts": ("rehearse.example",)})
    literal_room.settings = settings
    with serving(literal_room) as served, served.client() as client:
        assert client.get("/", headers={"host": "rehearse.example"}).status_code == 200
        assert client.get("/", headers={"host": "rehearse.example:81"}).status_code == 421
        assert client.get("/", headers={"host": "a.rehearse.example"}).status_code == 421
        secure = {"host": "rehearse.example", "origin": "https://rehearse.example"}
        assert client.post("/interview", headers=secure, data={"mode": "drill"}).status_code == 303


def test_every_answer_carries_the_security_headers(served: Served) -> None:
    with served.client() as client:
        replies = [
            client.get("/"),
            client.get("/nowhere"),
            client.get("/api/nowhere"),
            client.get("/static/app.css"),
            client.get("/static/nothing.css"),
            client.get("/", headers={"host": "evil.example"}),
            client.post("/interview", content=b"x", headers={"content-type": "text/plain"}),
            client.post("/api/sessions", content=b"[NaN]", headers={"content-type": JSON}),
            client.request("TRACE", "/"),
        ]
    for reply in replies:
        for name, value in SECURITY_HEADERS.items():
            assert reply.headers[name] == value, (reply.request.url, name)
        assert "cache-control" in reply.headers
        assert "access-control-allow-origin" not in reply.headers
    policy = SECURITY_HEADERS["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy


@pytest.mark.parametrize(
    "path",
    [
        "/%00", "/bank/%2e%2e/x", "/static/..%2f..%2fapp.py", "/static/%2e%2e/app.py", "/static/..%5capp.py", "//evil.example/",
    "/bank/%ff",        "/static/../app.py", "/bank/" + "a" * 3000, "/bank/%0d%0aset-cookie:x", "/bank/x%25%32%66y", "/?q=%ff",
    "/?q=%00", "/?" + "q" * 5000,
        "/bank/%ed%a0%80",
    ],
)  # fmt: skip
def test_an_address_that_can_be_read_two_ways_is_refused(served: Served, path: str) -> None:
    status, body = raw(served, f"GET {path} HTTP/1.1\r\nHost: {served.host}\r\nConnection: close\r\n\r\n".encode())
    assert status == 400, (path, status)
    assert b"create_app" not in body


NAVIGATED = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
SENT = "Content-Length: {length}\r\nContent-Type: {kind}\r\n"


def sent(served: Served, start: str, kind: str, body: str) -> int:
    headers = f"Host: {served.host}\r\nConnection: close\r\n" + SENT.format(length=len(body), kind=kind)
    return raw(served, f"{start} HTTP/1.1\r\n{headers}\r\n{body}".encode())[0]


@pytest.mark.parametrize("api", ["/api", "/%61pi", "/a%70i", "/%61%70%69"])
def test_an_encoded_letter_changes_nothing_of_what_is_allowed(served: Served, api: str) -> None:
    asked = f"GET {api}/export HTTP/1.1\r\nHost: {served.host}\r\nConnection: close\r\n"
    assert raw(served, f"{asked}{NAVIGATED}\r\n".encode())[0] == 403
    assert raw(served, f"{asked}\r\n".encode())[0] == 200, "control: greenroom's own page gets it"
    assert sent(served, f"POST {api}/assess", FORM, "text=x") == 415
    assert sent(served, f"POST {api}/sessions", JSON, '{"mode": "mock", "mode": "drill"}') == 400
    assert sent(served, f"POST {api}/sessions", JSON, '{"mode": "drill"}') == 201, "control: a sound body"


@pytest.mark.parametrize("path", ["/%62ank", "/bank/%61ttention", "/%73tatic/app.css"])
def test_control_what_another_site_may_open_stays_open(served: Served, path: str) -> None:
    assert raw(served, f"GET {path} HTTP/1.1\r\nHost: {served.host}\r\nConnection: close\r\n{NAVIGATED}\r\n".encode())[0] == 200


def test_two_hosts_or_none_are_refused(served: Served) -> None:
    for hosts in (f"Host: {served.host}\r\nHost: evil.example\r\n", ""):
        status, _ = raw(served, f"GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
        assert status in (400, 421)


def raw(served: Served, request: bytes) -> tuple[int, bytes]:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as wire:
        wire.sendall(request)
        reply = b""
        while chunk := wire.recv(65536):
            reply += chunk
    return int(reply.split(b" ", 2)[1]), reply


def test_a_long_body_gets_a_clear_answer_and_is_not_kept(served: Served) -> None:
    ten_megabytes = b'{"question_id": "attention", "text": "' + b"a" * 10_000_000 + b'"}'
    with served.client() as client:
        reply = client.post("/api/assess", content=ten_megabytes, headers={"content-type": JSON})
        assert reply.status_code == 413
        assert reply.json()["hint"]
        page = client.post("/interview/x/answer", content=b"text=" + b"a" * 10_000_000, headers={"content-type": FORM})
        assert page.status_code == 413
        assert client.get("/api/health").status_code == 200


def test_a_socket_is_closed_whatever_its_origin() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    async def opened(guarded: Any, headers: list[tuple[bytes, bytes]]) -> str:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {"type": "websocket", "scheme": "ws", "path": "/live", "raw_path": b"/live", "query_string": b"", "headers": headers}
        await guarded({**scope, "server": ("127.0.0.1", 8713)}, receive, send)
        return str(sent[0]["type"])

    guarded = Guard(app, allowed_hosts=(), body_limit=1000)
    host = (b"host", b"127.0.0.1:8713")
    for origin in (b"http://evil.example", b"null", b"http://127.0.0.1:1"):
        assert alone(opened(guarded, [host, (b"origin", origin)])) == "websocket.close"
        assert alone(opened(app, [host, (b"origin", origin)])) == "websocket.accept", "control"
    assert alone(opened(guarded, [host])) == "websocket.close"
    assert alone(opened(guarded, [(b"host", b"evil.example")])) == "websocket.close"
    assert alone(opened(guarded, [host, (b"origin", b"http://127.0.0.1:8713")])) == "websocket.accept"


def test_a_crash_shows_nothing_of_the_inside(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    @served.app.get("/api/broken")
    def broken() -> None:
        raise RuntimeError("secret-canary")

    with served.client() as client:
        reply: httpx2.Response = client.get("/api/broken")
        assert reply.status_code == 500
        assert set(reply.json()) == {"error", "hint"}
        assert "canary" not in reply.text
        assert reply.headers["x-content-type-options"] == "nosniff"
    assert "A page failed" in caplog.text
