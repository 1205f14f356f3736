"""Pictures in a turn: how they go to a server, and what is said where a model does not take them. A real server on loopback."""

from __future__ import annotations

import time
from base64 import b64decode

import pytest
from chat_serving import ChatServer, fails, says

from greenroom.errors import ChatAwayError, ChatError
from greenroom.llm.chat import Ask, Photo, Scripted, Turn, ask_json
from greenroom.llm.openai import OpenAIChat

GOOD = {"verdict": "missed", "quote": ""}
PHOTO = Photo(b"\x89PNG\r\n\x1a\n not really", "image/png")
SHOWN = Ask("Reply with JSON.", (Turn("user", "What is it?", (PHOTO,)),), {"type": "object"}, seconds=5.0)
PLAIN = Ask("Reply with JSON.", (Turn("user", "Is it so?"),), {"type": "object"}, seconds=5.0)
BLIND = (
    (500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"),  # llama.cpp
    (400, "tiny is not a multimodal model"),
    (400, "Invalid content type. image_url is only supported by certain models."),
)


def chat(server: ChatServer, waits: list[float] | None = None) -> OpenAIChat:
    return OpenAIChat(server.url, "tiny", lambda origin: None, sleep=(waits if waits is not None else []).append)


def test_a_picture_goes_along_as_a_part_with_a_data_url(server: ChatServer) -> None:
    server.behave = says(GOOD)
    chat(server).chat(SHOWN)
    text, picture = server.seen[0].body["messages"][1]["content"]
    assert text == {"type": "text", "text": "What is it?"} and picture["type"] == "image_url"
    kind, _, data = picture["image_url"]["url"].partition(";base64,")
    assert kind == "data:image/png" and b64decode(data) == PHOTO.data
    chat(server).chat(PLAIN)
    assert server.seen[1].body["messages"][1]["content"] == "Is it so?", "without pictures the text alone"


def test_a_turn_with_a_picture_cannot_be_changed_and_does_not_show_its_bytes() -> None:
    with pytest.raises(AttributeError):
        SHOWN.turns[0].photos[0].data = b""  # type: ignore[misc]
    assert "not really" not in repr(SHOWN) and SHOWN.has_photos and not PLAIN.has_photos


@pytest.mark.parametrize(("status", "message"), BLIND, ids=["llama.cpp", "vLLM's way", "OpenAI's way"])
def test_a_model_that_cannot_see_is_said_once_and_not_asked_again(server: ChatServer, status: int, message: str) -> None:
    server.behave = fails(status, message)
    waits: list[float] = []
    with pytest.raises(ChatError, match="does not take the picture") as caught:
        chat(server, waits).chat(SHOWN)
    assert not isinstance(caught.value, ChatAwayError) and "can see" in caught.value.hint
    assert len(server.seen) == 1 and waits == []


def test_control_other_faults_are_said_as_without_pictures(server: ChatServer) -> None:
    server.behave = fails(500, BLIND[0][1])
    with pytest.raises(ChatAwayError, match=r"fault of its own \(500\)"):  # no picture was sent
        chat(server, []).chat(PLAIN)
    server.behave = fails(500, "out of memory")
    with pytest.raises(ChatAwayError, match=r"fault of its own \(500\)"):
        chat(server, []).chat(SHOWN)
    server.behave = fails(404, "model 'tiny-vision' not found")
    with pytest.raises(ChatAwayError, match="knows no model"):
        chat(server, []).chat(SHOWN)
    server.behave = fails(401, "no key for images")
    with pytest.raises(ChatAwayError, match="wants a key"):
        chat(server, []).chat(SHOWN)


def test_a_picture_is_there_when_the_reply_is_sent_back_for_repair() -> None:
    replies = iter(["A cat.", '{"a": 1}'])
    model = Scripted(lambda ask: next(replies))
    assert ask_json(model, SHOWN, dict, time.monotonic) == {"a": 1}
    assert model.asks[1].turns[0].photos == (PHOTO,) and not model.asks[1].turns[2].photos
