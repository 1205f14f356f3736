"""The route that takes sound keeps the rules of every other; a voice is heard through it, and nothing else is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from web_serving import ME, Served, serving

from greenroom.interview.attempt import Submission
from greenroom.interview.session import Setup
from greenroom.room import Parts, Room
from greenroom.voice.heard import LONGEST_SECONDS
from greenroom.voice.listener import Scripted

sys.path.insert(0, str(Path(__file__).parents[1] / "voice"))

from voice_sounds import noise

SAID = "attention weighs the context you know and I think the softmax makes the weights sum to one " * 3
SOUND = {"content-type": "application/octet-stream"}


@pytest.fixture
def heard(literal_parts: Parts) -> Iterator[Served]:
    parts = Parts(literal_parts.settings, given=literal_parts.given, listener=Scripted(SAID))
    with Room(parts.settings, parts) as room, serving(room) as found:
        yield found


def begin(served: Served, client: httpx2.Client, *, keep: bool = False) -> tuple[str, str, str]:
    session = served.room.interview.start(ME, Setup(mode="drill", question_ids=("attention",))).session
    turn_id = session.turns[0].turn_id
    reply = client.post("/api/voice/takes", json={"session_id": session.session_id, "turn_id": turn_id, "keep": keep})
    assert reply.status_code == 201
    return session.session_id, turn_id, reply.json()["take_id"]


def bring(client: httpx2.Client, take_id: str, sound: bytes) -> None:
    for at in range(0, len(sound), 128_000):
        reply = client.post(f"/api/voice/takes/{take_id}/sound?at={at}", content=sound[at : at + 128_000], headers=SOUND)
        assert reply.status_code == 200, reply.text


def test_a_take_over_http(heard: Served) -> None:
    with heard.client() as client:
        _, _, take_id = begin(heard, client)
        bring(client, take_id, noise(12))
        assert client.post(f"/api/voice/takes/{take_id}/end").json()["ended"]
        done = client.get(f"/api/voice/takes/{take_id}?wait=2").json()
        assert done["done"] and done["text"].startswith("attention weighs the context") and done["error"] is None
        assert client.get("/api/voice").json()["ready"] is True


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-type": "application/json"}, 415),
        ({**SOUND, "origin": "http://elsewhere.example"}, 403),
        ({**SOUND, "sec-fetch-site": "cross-site"}, 403),
        ({**SOUND, "host": "elsewhere.example"}, 421),
        ({**SOUND, "content-encoding": "gzip"}, 415),
    ],
)
def test_sound_comes_from_this_page_only_and_as_sound(heard: Served, headers: dict[str, str], status: int) -> None:
    with heard.client() as client:
        _, _, take_id = begin(heard, client)
        reply = client.post(f"/api/voice/takes/{take_id}/sound?at=0", content=b"{}", headers=headers)
        assert reply.status_code == status and reply.json()["error"]
        assert client.get(f"/api/voice/takes/{take_id}").json()["received"] == 0


def test_control_without_the_guard_another_site_gets_in(literal_parts: Parts) -> None:
    parts = Parts(literal_parts.settings, given=literal_parts.given, listener=Scripted(SAID))
    with Room(parts.settings, parts) as room, serving(room, guard=False) as served, served.client() as client:
        _, _, take_id = begin(served, client)
        foreign = {**SOUND, "origin": "http://elsewhere.example", "sec-fetch-site": "cross-site"}
        assert client.post(f"/api/voice/takes/{take_id}/sound?at=0", content=b"\0\0", headers=foreign).status_code == 200


def test_the_sound_type_opens_no_other_route(heard: Served) -> None:
    with heard.client() as client:
        for path in ("/api/voice/takes", "/api/sessions", "/interview", "/api/voice/takes/../sound", f"/api/voice/takes/{'A' * 32}/sound"):
            assert client.post(path, content=b"\0\0", headers=SOUND).status_code in (400, 415)


@pytest.mark.parametrize(
    ("at", "body", "status"),
    [
        ("0", b"odd", 400),
        ("1", b"\0\0", 422),
        ("-2", b"\0\0", 422),
        ("2", b"\0\0", 409),
        (str(LONGEST_SECONDS * 32_000 + 2), b"", 422),
        ("x", b"", 422),
    ],
)
def test_pieces_that_do_not_fit(heard: Served, at: str, body: bytes, status: int) -> None:
    with heard.client() as client:
        _, _, take_id = begin(heard, client)
        reply = client.post(f"/api/voice/takes/{take_id}/sound?at={at}", content=body, headers=SOUND)
        assert reply.status_code == status and reply.json()["error"]


def test_a_piece_that_is_too_long_is_refused(heard: Served) -> None:
    with heard.client() as client:
        _, _, take_id = begin(heard, client)
        reply = client.post(f"/api/voice/takes/{take_id}/sound?at=0", content=bytes(2_000_000), headers=SOUND)
        assert reply.status_code == 413 and client.get(f"/api/voice/takes/{take_id}").json()["received"] == 0


def test_takes_that_are_not_there(heard: Served) -> None:
    with heard.client() as client:
        for take_id in ("0" * 32, "a" * 32):
            assert client.get(f"/api/voice/takes/{take_id}").status_code == 404
            assert client.post(f"/api/voice/takes/{take_id}/sound?at=0", content=b"", headers=SOUND).status_code == 404
        assert client.get("/api/voice/takes/..%2f..").status_code in (400, 404)
        assert client.get("/api/voice/takes/short").status_code == 422


def test_without_the_model_every_door_says_what_to_do(served: Served) -> None:
    with served.client() as client:
        session = served.room.interview.start(ME, Setup(mode="drill", question_ids=("attention",))).session
        found = client.get("/api/voice").json()
        assert not found["ready"] and ("greenroom voice fetch" in found["cure"] or "greenroom[voice]" in found["cure"])
        reply = client.post("/api/voice/takes", json={"session_id": session.session_id, "turn_id": session.turns[0].turn_id})
        assert reply.status_code == 501 and reply.json()["hint"] == found["cure"]
        page = client.get(f"/interview/{session.session_id}").text
        assert "Answer aloud" in page and "voice.js" not in page and 'id="mic"' not in page


def test_the_debrief_shows_how_a_spoken_answer_went_and_lets_its_sound_be_deleted(heard: Served) -> None:
    with heard.client() as client:
        session_id, turn_id, take_id = begin(heard, client, keep=True)
        bring(client, take_id, noise(26))
        client.post(f"/api/voice/takes/{take_id}/end")
        text = client.get(f"/api/voice/takes/{take_id}?wait=2").json()["text"]
        heard.room.interview.answer(ME, session_id, Submission(submission_id="0123456789", turn_id=turn_id, text=text))
        heard.room.interview.wait(ME, "0123456789", 20)
        heard.room.interview.rate(ME, session_id, turn_id, 3)
        heard.room.interview.end(ME, session_id)
        page = client.get(f"/interview/{session_id}/report").text
        for expected in ("How it went, spoken", "words a minute", "you know", "i think", "are not counted", "Delete the sound"):
            assert expected in page, expected
        sound = client.get(f"/interview/{session_id}/takes/{take_id}/sound.wav")
        assert sound.headers["content-type"] == "audio/wav" and sound.content[44:] == noise(26)
        form = {"content-type": "application/x-www-form-urlencoded"}
        assert client.post(f"/interview/{session_id}/takes/{take_id}/forget", headers=form).status_code == 303
        assert client.get(f"/interview/{session_id}/takes/{take_id}/sound.wav").status_code == 404
        assert "Delete the sound" not in client.get(f"/interview/{session_id}/report").text


def test_a_typed_answer_has_no_delivery(heard: Served) -> None:
    with heard.client() as client:
        session = heard.room.interview.start(ME, Setup(mode="drill", question_ids=("attention",))).session
        turn_id = session.turns[0].turn_id
        heard.room.interview.answer(ME, session.session_id, Submission(submission_id="0123456789", turn_id=turn_id, text=SAID))
        heard.room.interview.wait(ME, "0123456789", 20)
        heard.room.interview.rate(ME, session.session_id, turn_id, 3)
        heard.room.interview.end(ME, session.session_id)
        assert "How it went, spoken" not in client.get(f"/interview/{session.session_id}/report").text
