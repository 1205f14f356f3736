"""Hostile bodies to every JSON route and form: a clear 4xx or the right thing, never a 5xx."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest
from test_web_access import all_routes
from web_serving import Served, drill, form, new_id

from greenroom.web.bodies import MAX_DEPTH, depth, form_fault, json_fault

JSON = {"content-type": "application/json"}
DATA = Path(os.environ.get("GREENROOM_BENCH_DATA", "../shared/data"))
REFUSED = [
    b"", b" ", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b"[" * 100_000, b'{"a":' * 5_000, b"[NaN]", b"[Infinity]",
    b"[-Infinity]", b"[1e999]", b"[1" + b"0" * 5000 + b"]", b'{"mode":"drill","mode":"mock"}', b'"\\ud800"',
    b'{"mode":"\\u0000"}', b"{'mode':'drill'}", b'{"mode":"drill"',
    b'"\xed\xa0\x80"', b"\xc0\x80", b"[1,]", b"// x\n{}", b"undefined", b'{"mode":"drill"}garbage', b"\x00",
]  # fmt: skip
SOUND = [
    b"{}", b' {"mode" : "drill"}\n', b'{"mode":"drill","count":1e0}', b'{"mode":"\\u0064rill"}', b"[]", b"null", b"true", b"0",
    b"-0.0", b'""',
    b'{"a":{"b":{"c":[[[1]]]}}}', b'{"":0}', b'{"mode":"\xf0\x9f\x99\x82"}', b'{"mode":"\\ud83d\\ude42"}', b'{"count":123456789012345678}',
    b'{"topics":["a","a"]}', b'[[],{}]', b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
]  # fmt: skip
ODD_TEXTS = [
    "👩🏽‍💻 attention 🙂", "שלום עולם attention", "‮reversed‬ attention", "a\u0301 combining", "\u200bzero width", "ﬁ ligature", "ÅÅ",
    "\ufeffbom",    "\x7f\x1b[31mred", "line\r\nbreak\rs\n", "Robert'); DROP TABLE answers;--", "${jndi:ldap://x}", "{{7*7}}{% raw %}",
    "../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐐷", "\U0010ffff", "ＦＵＬＬ", "a" * 19_999, "word " * 3_999,
]  # fmt: skip


BODYLESS = {("POST", "/api/prep/job/level")}
"""Takes no body and needs nothing that is not there: an empty one is fine."""


def json_routes(served: Served) -> list[tuple[str, str]]:
    return [
        (method, re.sub(r"\{\w+\}", "someid", route.path))
        for route in all_routes(served.app)
        for method in route.methods & {"POST", "PUT"}
        if route.path.startswith("/api/")
    ]


def test_every_json_route_refuses_what_can_be_read_two_ways(served: Served) -> None:
    with served.client() as client:
        for method, path in json_routes(served):
            for body in REFUSED if (method, path) not in BODYLESS else REFUSED[1:]:
                reply = client.request(method, path, content=body, headers=JSON)
                assert 400 <= reply.status_code < 500, (path, body[:40], reply.status_code)
                assert set(reply.json()) == {"error", "hint"}, (path, body[:40])


@pytest.mark.parametrize("body", REFUSED[1:], ids=lambda body: repr(body[:20]))
def test_what_the_guard_refuses_it_says_why(body: bytes) -> None:
    assert json_fault(body)


def test_brackets_in_strings_are_text_and_depth_never_recurses() -> None:
    assert depth(b'["[[[[", "\\"[["]') == 1
    assert json_fault(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is None
    assert json_fault(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))
    assert depth(b"[" * 10_000_000) == MAX_DEPTH + 1


def test_forms_that_are_not_utf_8_are_refused(served: Served) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert form_fault(b"text=%F0%9F%99%82+and") is None
    with served.client() as client:
        session_id = drill(client)
        for body in (b"text=%ff", b"text=\xff", b"text=%ed%a0%80", b"text=a%00b", b"a=b&" * 500):
            assert client.post(f"/interview/{session_id}/answer", content=body, headers=kind).status_code == 400, body[:20]


def test_odd_texts_come_back_as_they_were(served: Served) -> None:
    with served.client() as client:
        for text in ODD_TEXTS:
            session_id = client.post("/api/sessions", json={"mode": "drill", "count": 1}).json()["session"]["session_id"]
            sent = {"submission_id": new_id(), "turn_id": "t1", "text": text}
            assert client.post(f"/api/sessions/{session_id}/answers", json=sent).status_code == 201, text[:30]
            stored = client.get(f"/api/answers/{sent['submission_id']}").json()
            assert stored["text"] == text
            drafted = client.post("/api/sessions", json={"mode": "drill", "count": 1}).json()["session"]["session_id"]
            assert client.put(f"/api/sessions/{drafted}/turns/t1/draft", json={"text": text}).status_code == 200
            assert client.get(f"/api/sessions/{drafted}").json()["draft"] == text


def test_a_form_answer_keeps_its_line_breaks_as_one_kind(served: Served) -> None:
    with served.client() as client:
        session_id, sid = drill(client), new_id()
        form(client, f"/interview/{session_id}/answer", turn_id="t1", submission_id=sid, text="one\r\ntwo 🙂")
        assert client.get(f"/api/answers/{sid}").json()["text"] == "one\ntwo 🙂"


def test_our_own_json_to_every_json_route(served: Served) -> None:
    """With the refused ones above, what stands in for the JSON test suite where that is not at hand. Sound bodies break nothing."""
    with served.client() as client:
        for method, path in json_routes(served):
            for body in SOUND:
                reply = client.request(method, path, content=body, headers=JSON)
                assert reply.status_code < 500, (path, body[:40])
    assert [body[:40] for body in SOUND if json_fault(body)] == []
    assert [body[:40] for body in REFUSED if body.strip() and not json_fault(body)] == []


def test_the_json_test_suite(served: Served) -> None:
    folder = DATA / "attacks" / "jsontestsuite" / "test_parsing"
    if not folder.is_dir():
        pytest.skip(f"NOT RUN: the 318 files of the JSON test suite are not at {folder} (GREENROOM_BENCH_DATA); only our own did")
    files = sorted(folder.iterdir())
    with served.client() as client:
        for method, path in (("POST", "/api/sessions"), ("PUT", "/api/profile")):
            for file in files:
                body = file.read_bytes()
                reply = client.request(method, path, content=body, headers=JSON)
                assert reply.status_code < 500, file.name
                if file.name.startswith("n_"):
                    assert reply.status_code in (400, 413, 422), file.name
        assert client.get("/api/health").status_code == 200
    for file in files:
        if file.name.startswith("n_") and file.read_bytes().strip():
            assert json_fault(file.read_bytes()), file.name


def test_control_python_itself_reads_what_is_refused_here() -> None:
    assert json.loads(b'{"mode":"drill","mode":"mock"}') == {"mode": "mock"}
    assert json.loads(b"[NaN, Infinity]")
    assert json.loads(b'"\\ud800"') == "\ud800"


@pytest.mark.parametrize("body", [b'["' + b'\\"' * 250_000, b'"' * 500_000, b'{"a' + b"\\" * 500_000, b"[" * 500_000])
def test_hostile_bodies_are_judged_in_no_time(body: bytes) -> None:
    """Half a megabyte. A pattern that starts again at every quote took 47 s for a fifth of it; the bar is far from both."""
    begun = time.perf_counter()
    assert json_fault(body) is not None
    assert time.perf_counter() - begun < 5
