"""A GGUF in this process: what can go wrong before the model is reached, and a real one where there is one.

The real run needs the extra ``local`` and a small chat model: ``GREENROOM_TEST_GGUF=FILE``; without them it says that it was not run.
"""

from __future__ import annotations

import builtins
import json
import os
import re
import sys
import time
import types
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from greenroom.assess.assessment import Verdict
from greenroom.assess.judge import Judge
from greenroom.bank.question import KeyPoint, Rubric
from greenroom.errors import ChatAwayError, ChatError, ExtraMissingError, InputError
from greenroom.llm.chat import Ask, Photo, Turn
from greenroom.llm.local import LocalChat

SCHEMA = {
    "type": "object",
    "properties": {"verdict": {"type": "string", "enum": ["hit", "missed"]}, "quote": {"type": "string", "maxLength": 40}},
    "required": ["verdict", "quote"],
}
ASK = Ask("Reply with JSON.", (Turn("user", "Is the sky blue?"),), SCHEMA, max_tokens=60)


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(b"GGUF\x03\x00\x00\x00")
    return file


def llama(monkeypatch: pytest.MonkeyPatch, reply: Any) -> list[dict[str, Any]]:
    """xllamacpp as far as it is used, replying what it is told; returns the bodies it is given."""
    asked: list[dict[str, Any]] = []

    class Server:
        def __init__(self, params: Any) -> None:
            begun.append(params)
            if reply is None:
                raise RuntimeError("Failed to init server, please check the input params.")

        def handle_chat_completions(self, body: dict[str, Any], stops: Callable[[Any], bool]) -> None:
            asked.append(body)
            if isinstance(reply, Exception):
                raise reply
            any(stops(piece) for piece in (reply if isinstance(reply, list) else [reply]))

    spaces = types.SimpleNamespace
    params = lambda: spaces(model=spaces(path=""), cpuparams=spaces(n_threads=0), cpuparams_batch=spaces(n_threads=0))  # noqa: E731
    monkeypatch.setitem(sys.modules, "xllamacpp", types.SimpleNamespace(CommonParams=params, Server=Server))
    return asked


begun: list[Any] = []
"""The parameters that servers were begun with."""


def test_nobody_else_gets_an_answer_at_the_port_that_it_opens(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    llama(monkeypatch, choice("{}"))
    for _ in range(2):
        LocalChat(gguf).chat(ASK)
    one, two = (each.api_keys for each in begun[-2:])
    assert len(one) == len(two) == 1 and len(one[0]) == 64 and one != two, "a key of its own, that nobody knows"
    assert not (begun[-1].ui or begun[-1].endpoint_slots or begun[-1].endpoint_props or begun[-1].endpoint_metrics)


def test_the_real_ones_port_is_shut() -> None:
    file = os.environ.get("GREENROOM_TEST_GGUF")
    xllamacpp = pytest.importorskip("xllamacpp")
    if not file:
        pytest.skip("GREENROOM_TEST_GGUF is not set")
    chat = LocalChat(Path(file), context=512)
    server = chat._loaded()
    assert xllamacpp.Server is type(server)
    for path, body in (("/v1/models", None), ("/props", None), ("/slots", None), ("/completion", b'{"prompt": "a", "n_predict": 1}')):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(urllib.request.Request(server.listening_address + path, body), timeout=30)
        assert caught.value.code in (401, 404)
        caught.value.close()
    assert chat.chat(ASK), "calls within the process need no key"


def piece(content: str | None, why: str | None = None) -> dict[str, Any]:
    return {"choices": [{"finish_reason": why, "index": 0, "delta": {"content": content}}], "object": "chat.completion.chunk"}


def choice(content: str, why: str = "stop") -> list[dict[str, Any]]:
    """As llama.cpp streams it: progress without content first, then word by word, then why it ended."""
    end = {"choices": [{"finish_reason": why, "index": 0, "delta": {}}]}
    return [piece(None), *(piece(part) for part in re.split(r"(?= )", content)), end]


def test_the_missing_extra_is_named(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "xllamacpp":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "xllamacpp", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ExtraMissingError) as caught:
        LocalChat(gguf).chat(ASK)
    assert "greenroom[local]" in caught.value.hint


def test_a_file_that_is_no_model_is_said_before_it_is_loaded(tmp_path: Path) -> None:
    other = tmp_path / "model.bin"
    other.write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match="is not a GGUF file"):
        LocalChat(other).chat(ASK)
    with pytest.raises(InputError, match="cannot be read"):
        LocalChat(tmp_path / "nowhere.gguf").chat(ASK)


def test_one_that_cannot_be_loaded(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    llama(monkeypatch, None)
    with pytest.raises(ChatAwayError, match="cannot be loaded"):
        LocalChat(gguf).chat(ASK)


@pytest.mark.parametrize(
    "reply",
    [
        {"error": {"code": 400, "message": "request (5031 tokens) exceeds the available context size"}},
        {"error": {}},
        ValueError("Expected 'messages' to be an array"),
        choice('{"verdict": "hi', "length"),
        {"error": "a text"},
        {},
        {"choices": []},
        {"choices": [{"finish_reason": "stop", "delta": None}]},
        "a text",
    ],
    ids=["context", "bare", "raised", "length", "text", "nothing", "no choice", "no delta", "no object"],
)
def test_its_errors_come_back_as_dicts_and_are_ours(gguf: Path, monkeypatch: pytest.MonkeyPatch, reply: Any) -> None:
    llama(monkeypatch, reply)
    with pytest.raises(ChatError) as caught:
        LocalChat(gguf).chat(ASK)
    assert caught.value.hint and not isinstance(caught.value, ChatAwayError)


def test_another_file_of_the_same_name_is_another_judge(gguf: Path) -> None:
    """Opinions are kept under the name: those of the old file must not be taken for the new one's."""
    gguf.write_bytes(b"GGUF" + bytes(10_000_000))
    first = LocalChat(gguf).name
    assert first == LocalChat(gguf).name and first.startswith("tiny.gguf (")
    changed = bytearray(gguf.read_bytes())
    changed[5_000_000:5_200_000] = b"x" * 200_000
    gguf.write_bytes(changed)
    assert LocalChat(gguf).name != first, "of the same size, with the same beginning and end"
    assert LocalChat(gguf.with_name("nowhere.gguf")).name == "nowhere.gguf () in this process"


class Slow:
    """xllamacpp's interface to an engine that takes a while for each token: with a callback it streams and can be stopped, without one
    it comes back with the whole reply.
    """

    TOKEN_SECONDS, TOKENS = 0.05, 100

    def __init__(self, params: Any) -> None:
        self.made = 0

    def handle_chat_completions(self, body: dict[str, Any], stops: Callable[[Any], bool] = lambda piece: False) -> Any:
        for _ in range(self.TOKENS):
            time.sleep(self.TOKEN_SECONDS)
            self.made += 1
            if stops(piece(" ")):
                return None
        text = '{"verdict": "missed", "quote": ""}'
        stops(piece(text, "stop"))
        return {"choices": [{"finish_reason": "stop", "message": {"content": text}}]}


def test_a_slow_one_is_broken_off_when_its_time_is_over(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    llama(monkeypatch, None)
    monkeypatch.setattr(sys.modules["xllamacpp"], "Server", Slow)
    chat, began = LocalChat(gguf), time.monotonic()
    with pytest.raises(ChatAwayError, match="did not answer within 0 seconds"):
        chat.chat(replace(ASK, seconds=0.3))
    assert time.monotonic() - began < 2 < Slow.TOKEN_SECONDS * Slow.TOKENS
    assert chat._server.made < 20, "and the engine is not busy any more"


def test_who_waits_for_another_ask_waits_no_longer_than_its_own_time(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    llama(monkeypatch, None)
    monkeypatch.setattr(sys.modules["xllamacpp"], "Server", Slow)
    chat = LocalChat(gguf)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(chat.chat, replace(ASK, seconds=2))
        while not chat._lock.locked():
            time.sleep(0.01)
        began = time.monotonic()
        with pytest.raises(ChatAwayError):
            chat.chat(replace(ASK, seconds=0.2))
        assert time.monotonic() - began < 1.5
        assert isinstance(first.exception(), ChatAwayError)


def test_a_judge_too_slow_for_its_limit_could_not_judge(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No error, no zero, and not later than the limit and a token."""
    llama(monkeypatch, None)
    monkeypatch.setattr(sys.modules["xllamacpp"], "Server", Slow)
    point = KeyPoint(id="p", point="Tokens weigh each other.", weight=1, says=("They weigh.",), because="b", source="s")
    rubric = Rubric(question_id="q", ask="What is attention?", points=(point,))
    began = time.monotonic()
    found = Judge(LocalChat(gguf), votes=1, seconds=1).assess(rubric, "Each token looks at the others and weighs what they hold.")
    assert time.monotonic() - began < 3
    assert found.status == "abstained" and found.overall is None
    assert [point.verdict for point in found.points] == [Verdict.UNSCORED]
    assert "did not answer within 1 seconds" in (found.reason or "")


def test_it_is_always_given_a_limit_and_the_schema(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = llama(monkeypatch, choice("{}"))
    assert LocalChat(gguf).chat(ASK) == "{}"
    assert asked[0]["max_tokens"] == 60 and asked[0]["response_format"]["json_schema"]["schema"] == SCHEMA


def test_a_real_model_keeps_to_the_schema() -> None:
    file = os.environ.get("GREENROOM_TEST_GGUF")
    if not file:
        pytest.skip("NOT RUN: a real GGUF (set GREENROOM_TEST_GGUF to one, and pip install 'greenroom[local]')")
    pytest.importorskip("xllamacpp", reason="NOT RUN: a real GGUF (pip install 'greenroom[local]')")
    chat = LocalChat(Path(file), threads=1, context=1024)
    found = json.loads(chat.chat(ASK))
    assert found["verdict"] in ("hit", "missed") and isinstance(found["quote"], str)
    assert chat.chat(ASK) == json.dumps(found) or json.loads(chat.chat(ASK)) == found, "the same seed, the same reply"
    long = Ask("Reply with JSON.", (Turn("user", "blue " * 3000),), SCHEMA)
    with pytest.raises(ChatError, match="context"):
        chat.chat(long)


def test_a_real_one_is_broken_off_while_it_reads_and_answers_the_next() -> None:
    file = os.environ.get("GREENROOM_TEST_GGUF")
    if not file:
        pytest.skip("NOT RUN: a real GGUF (set GREENROOM_TEST_GGUF to one, and pip install 'greenroom[local]')")
    pytest.importorskip("xllamacpp", reason="NOT RUN: a real GGUF (pip install 'greenroom[local]')")
    chat = LocalChat(Path(file), threads=1)
    chat.chat(ASK)
    long, began = replace(ASK, turns=(Turn("user", "Is the sky blue? " * 1200),)), time.monotonic()
    with pytest.raises(ChatAwayError):
        chat.chat(replace(long, seconds=0.5))
    assert time.monotonic() - began < 5
    assert chat.chat(ASK)


def test_a_picture_is_refused_before_the_file_is_read(gguf: Path) -> None:
    shown = Ask("Reply with JSON.", (Turn("user", "What is it?", (Photo(b"x", "image/png"),)),), SCHEMA)
    with pytest.raises(ChatError, match="takes no pictures") as caught:
        LocalChat(gguf).chat(shown)
    assert not isinstance(caught.value, ChatAwayError) and "GREENROOM_JUDGE_URL" in caught.value.hint
