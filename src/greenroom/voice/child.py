"""Inside the process that hears and speaks: reads one request after the other, answers each, and ends with whoever began it.

A request is a line of JSON and then the sound it announces; a reply likewise. A model is loaded when it is first needed. What a library
prints goes nowhere. Memory is bounded by the operating system (Linux); the wall clock is kept by the parent.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from greenroom.child import limit, take_stdout
from greenroom.errors import GreenroomError, told
from greenroom.voice.heard import BYTES_A_SECOND, LONGEST_SECONDS, Heard

MEGABYTES = 6_000
Reply = tuple[dict[str, Any], bytes]


class Voices:
    """What this process holds: the recogniser and the speaker, each made when first used."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request
        self._made: dict[str, Any] = {}

    def answer(self, asked: Mapping[str, Any], sound: bytes) -> Reply:
        if asked["do"] == "say":
            return {}, self._get("speaker", self._speaker).say(asked["text"])
        listener = self._get("listener", self._listener)
        heard: Heard = listener.listen(sound, asked["prompt"]) if asked["do"] == "listen" else Heard((), ())
        return {"words": [word.model_dump() for word in heard.words], "speech": heard.speech}, b""

    def _get(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def _listener(self) -> Any:
        from greenroom.voice.whisper import Whisper

        return Whisper(self._request["name"], Path(self._request["folder"]), self._request["threads"])

    def _speaker(self) -> Any:
        from greenroom.voice.speaker import Speaker

        return Speaker(self._request["threads"])


def main(request: Mapping[str, Any]) -> None:
    """``request``: {name, folder, threads, path}. Returns when the parent closes its end."""
    os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")  # nothing here has a reason to ask for anything
    out = take_stdout()
    limit(MEGABYTES)
    voices = Voices(request)
    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        sound = sys.stdin.buffer.read(min(asked["bytes"], LONGEST_SECONDS * BYTES_A_SECOND))
        try:
            said, data = voices.answer(asked, sound)
        except GreenroomError as error:
            said, data = told(error), b""
        except MemoryError:
            said, data = {"broke": "it needs more memory than there is"}, b""
        except Exception as error:  # a library may raise anything: it is told, and the next request is taken
            said, data = {"broke": f"{type(error).__name__}: {error}"[:300]}, b""
        out.write(json.dumps({**said, "bytes": len(data)}).encode() + b"\n" + data)
        out.flush()
    os._exit(0)  # threads of the libraries do not hold the process open
