"""The page on which a connected model looks at a person's own picture: what it says beforehand, what it shows, and what it refuses."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web_serving import Served, serving

from greenroom.labs.photo import FILE_LIMIT, png_of
from greenroom.room import Parts, Room

SPEC = importlib.util.spec_from_file_location("own_picture_page_chat", Path(__file__).parents[1] / "llm" / "chat_serving.py")
assert SPEC and SPEC.loader
chat = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = chat
SPEC.loader.exec_module(chat)

PICTURE = png_of(40, 30, bytes([200, 40, 40] * 40 * 30))
HOSTILE = "<script>alert(1)</script>"
SAID = {
    "label": "a table", "caption": f"A cup. {HOSTILE}",
    "things": [{"name": f"cup {HOSTILE}", "left": 10, "top": 20, "right": 30, "bottom": 60},
               {"name": "fork", "left": 0, "top": 0, "right": 900, "bottom": 9}],
}  # fmt: skip
PAGE, FILE = "/labs/own-picture", "/labs/own-picture/file"


@pytest.fixture
def server() -> Iterator[Any]:
    with chat.ChatServer() as found:
        found.behave = chat.says(SAID)
        yield found


@pytest.fixture
def connected(server: Any, literal_parts: Parts) -> Iterator[Served]:
    settings = literal_parts.settings.model_copy(update={"judge_url": server.url, "judge_model": "tiny"})
    with Room(settings, Parts(settings, given=literal_parts.given), assess=False) as room, serving(room) as served:
        yield served


def test_it_says_where_the_picture_goes_before_anything_goes(connected: Served, server: Any) -> None:
    with connected.client() as client:
        page = client.get(PAGE).text
        assert f"tiny at {server.origin}" in page and "nowhere else" in page and 'type="file"' in page
        assert client.get("/api/labs/own-picture").json() == {"model": f"tiny at {server.origin}"}
        assert PAGE in client.get("/labs").text
    assert server.seen == []


def test_what_was_said_is_shown_escaped_with_the_picture_and_its_frame(connected: Served, server: Any) -> None:
    with connected.client() as client:
        reply = client.post(FILE, files={"file": ("p.png", PICTURE, "text/html")}, data={"labels": ""})
        assert reply.status_code == 200 and HOSTILE not in reply.text and "A cup. &lt;script&gt;" in reply.text
        assert 'href="data:image/png;base64,' in reply.text and reply.text.count('class="frame"') == 1
        assert '<rect class="frame" x="4.0" y="6.0" width="8.0" height="12.0">' in reply.text
        assert "without a frame that lies in the picture" in reply.text and "invented" in reply.text, "it did not see the drawn ones"
        assert "style=" not in reply.text, "the page's policy forbids it"
        found = client.post("/api" + FILE, files={"file": ("p.png", PICTURE)}, data={"labels": ""}).json()
        assert found["said"]["label"] == "a table" and [each["named"] for each in found["tests"]] == [False, False]
    assert len(server.seen) == 6


@pytest.mark.parametrize(
    ("data", "labels", "status", "says"),
    [
        (b"%PDF-1.7", "", 422, "no picture"), (PICTURE[:40], "", 422, "damaged"), (PICTURE, "only one", 422, "labels can be chosen"),
        (bytes(FILE_LIMIT + 1), "", 413, "larger than 6 MB"), (bytes(11_000_000), "", 413, "larger than 10 MB"),
    ],
    ids=["pdf", "cut off", "labels", "large", "too large for any page"],
)  # fmt: skip
def test_what_is_refused_is_said_and_nothing_is_sent(
    connected: Served, server: Any, data: bytes, labels: str, status: int, says: str
) -> None:
    with connected.client() as client:
        for path in (FILE, "/api" + FILE):
            reply = client.post(path, files={"file": ("p.png", data)}, data={"labels": labels})
            assert reply.status_code == status and says in reply.text
    assert server.seen == []


def test_a_model_that_takes_no_pictures_is_said_on_the_page(connected: Served, server: Any) -> None:
    server.behave = chat.fails(400, f"not a multimodal model {HOSTILE}")
    with connected.client() as client:
        reply = client.post(FILE, files={"file": ("p.png", PICTURE)})
        assert reply.status_code == 502 and "does not take the picture" in reply.text and HOSTILE not in reply.text
    assert len(server.seen) == 1, "one of the drawn ones"


def test_without_a_model_there_is_no_form(literal_room: Room) -> None:
    with serving(literal_room) as served, served.client() as client:
        page = client.get(PAGE).text
        assert "No model is connected" in page and 'type="file"' not in page
        assert client.get("/api/labs/own-picture").json() == {"model": None}
        assert client.post(FILE, files={"file": ("p.png", PICTURE)}).status_code == 422


@pytest.mark.parametrize("headers", [{"origin": "http://other.example"}, {"sec-fetch-site": "cross-site"}], ids=["origin", "site"])
def test_another_site_cannot_send_a_picture(connected: Served, server: Any, headers: dict[str, str]) -> None:
    with connected.client(**headers) as client:
        assert client.post(FILE, files={"file": ("p.png", PICTURE)}).status_code == 403
    assert server.seen == []


def test_a_link_sends_nothing(connected: Served, server: Any) -> None:
    with connected.client() as client:
        assert client.get(PAGE + "?labels=a,b&file=x").status_code == 200
        assert client.get(FILE).status_code == 405
    assert server.seen == []


def test_a_page_that_is_left_sends_nothing_more(connected: Served, server: Any) -> None:
    """The tab is closed while the first drawn picture is looked at: the person's own is not sent behind their back."""

    def slow(handler: Any) -> None:
        time.sleep(1.5)
        chat.says(SAID)(handler)

    server.behave = slow
    for path in (FILE, "/api" + FILE):
        before = len(server.seen)
        with connected.client() as client, pytest.raises(Exception, match="timed out"):
            client.post(path, files={"file": ("p.png", PICTURE)}, timeout=0.7)
        time.sleep(2.5)
        assert len(server.seen) <= before + 1, "the first drawn one at most"


def test_no_copy_of_it_is_written_to_the_disk(connected: Served, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor of a paper: Starlette's parser would put whatever is above 1 MB into a temporary file while the reply is awaited."""
    rolled: list[int] = []
    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", lambda self: rolled.append(self.tell()))
    large = PICTURE[:-12] + b"\x00\x3d\x09\x00teXt" + bytes(4_000_000 + 4) + PICTURE[-12:]
    with connected.client() as client:
        assert client.post(FILE, files={"file": ("p.png", large)}).status_code == 200
    assert not rolled and len(server.seen) == 3
