"""A real browser under attack: stored scripts, another site's page, weight, and nothing that leaves the origin."""

from __future__ import annotations

import http.server
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser_watch import Watch
from playwright.sync_api import BrowserContext, Page
from test_web_attacks import OWN, is_sound
from web_serving import ME, Served, answered, said, serving

from greenroom.prep.profile import Profile
from greenroom.room import Room

pytestmark = pytest.mark.browser
STRINGS = Path(os.environ.get("GREENROOM_BENCH_DATA", "../shared/data")) / "attacks" / "strings_dev.jsonl"
FIRST_VIEW_LIMIT = 60_000


def hostile(corpus: str) -> list[str]:
    if corpus == "own":
        return OWN
    if not STRINGS.is_file():
        pytest.skip(f"NOT RUN: the shared attack strings are not at {STRINGS} (set GREENROOM_BENCH_DATA); our own {len(OWN)} ran")
    rows = [json.loads(line)["text"] for line in STRINGS.read_text().split("\n") if line]
    return [text for text in rows if is_sound(text) and ("<" in text or "script" in text.lower())]


@pytest.mark.parametrize("corpus", ["own", "shared"])
def test_stored_strings_run_nothing_anywhere(served: Served, page: Page, watch: Watch, corpus: str) -> None:
    together = "\n".join(hostile(corpus))
    for start in range(0, len(together), 15_000):
        view = answered(served, f"{said(served.room)}\n{together[start : start + 15_000]}")
        session_id, answer_id = view.session.session_id, view.session.turns[0].answer_id or ""
        target = served.room.bank.get("attention").points()[0].id
        served.room.interview.dispute(ME, answer_id, target, together[start : start + 1900])
        served.room.prep.save(ME, Profile(role=OWN[start % len(OWN)][:120], company=OWN[1]))
        for path in (f"/interview/{session_id}", f"/interview/{session_id}/report", "/bank/attention", "/", "/profile", "/progress"):
            page.goto(served.url + path)
            page.wait_for_load_state("load")
    served.room.interview.end(ME, session_id)
    page.goto(f"{served.url}/bank/attention")
    page.get_by_role("button", name="Answer this one").click()
    page.fill("#answer", together[:15_000])
    page.wait_for_timeout(1200)
    page.reload()
    page.get_by_role("button", name="That is my answer").click()
    page.get_by_role("button", name="I would rather not say").click()
    page.locator(".said").first.wait_for()
    assert watch.dialogs == []
    assert [error for error in watch.errors if "Content Security Policy" in error] == [], "nothing even tried"
    assert watch.elsewhere(served.url) == []


def test_control_the_policy_would_stop_what_got_through(served: Served, page: Page, watch: Watch) -> None:
    page.goto(served.url)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=/x onerror=alert(1)>')")
    page.wait_for_timeout(500)
    assert watch.dialogs == []
    assert any("Content Security Policy" in error for error in watch.errors)


ATTACK = """<!doctype html><title>elsewhere</title>
<form id="f" method="post" action="{url}/interview" target="hole"><input name="mode" value="drill"></form><iframe name="hole"></iframe>
<script>
f.submit();
const send = (path, type, body) =>
  fetch("{url}" + path, {{ method: "POST", mode: "no-cors", credentials: "include", headers: {{ "content-type": type }}, body }});
Promise.allSettled([
  send("/api/sessions", "text/plain", '{{"mode": "drill"}}'),
  send("/interview", "application/x-www-form-urlencoded", "mode=drill"),
  fetch("{url}/api/sessions", {{ method: "POST", headers: {{ "content-type": "application/json" }}, body: '{{"mode": "drill"}}' }}),
  fetch("{url}/api/profile").then((reply) => reply.text()).then((text) => {{ document.title = "read " + text; }}),
]).then(() => setTimeout(() => {{ document.body.dataset.done = "yes"; }}, 700));
</script>"""


@contextmanager
def elsewhere(url: str) -> Iterator[str]:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(ATTACK.format(url=url).encode())

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.2", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.2:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("guard", [True, False], ids=["guarded", "control"])
def test_a_page_of_another_site_posts_in_vain(literal_room: Room, page: Page, guard: bool) -> None:
    with serving(literal_room, guard=guard) as served, elsewhere(served.url) as address:
        page.goto(address)
        page.locator("body[data-done]").wait_for()
        assert page.title() == "elsewhere", "it reads nothing"
        begun = len(literal_room.interview.list(ME))
        assert (begun == 0) if guard else (begun >= 1)


def test_the_first_view_weighs_little(served: Served, context: BrowserContext) -> None:
    session_id = answered(served, said(served.room)).session.session_id
    for path in (
        "/",
        "/bank",
        "/bank/attention",
        "/review",
        "/progress",
        "/profile",
        f"/interview/{session_id}",
        f"/interview/{session_id}/report",
    ):
        fresh = context.new_page()
        wire = context.new_cdp_session(fresh)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        weights: list[float] = []
        wire.on("Network.loadingFinished", lambda event, weights=weights: weights.append(event["encodedDataLength"]))
        fresh.goto(served.url + path, wait_until="networkidle")
        assert 0 < sum(weights) <= FIRST_VIEW_LIMIT, (path, sum(weights))
        fresh.close()
