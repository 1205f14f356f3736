"""The process that hears and speaks, seen from outside: begun when it is first needed, asked one thing at a time, ended when it is idle.

It keeps nothing of a recording: every request brings its sound. So a process that died is begun again and asked again, and nobody loses a
word by it. It is ended with this one, however this one ends: its standard input closes.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from greenroom.child import begin
from greenroom.errors import VoiceError, retold
from greenroom.voice.heard import Heard, Span, Word

REPLY_SECONDS = 90.0
"""Longest that one piece may take, the loading of the model included."""
IDLE_SECONDS = 300.0


class VoiceWorker:
    """A ``Listener`` that also speaks. Safe to call from several threads: they take turns.

    Args:
        name, folder: the model, as ``model.find_voice`` gives them.
    """

    def __init__(self, name: str, folder: Path, threads: int) -> None:
        self.name = name
        self._request = {"name": name, "folder": str(folder), "threads": threads, "path": sys.path}
        self._threads = threads
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._idle: threading.Timer | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def warm(self) -> None:
        """Load the model, so that the first words do not wait for it. Raises what ``listen`` raises."""
        self._ask({"do": "warm"})

    def listen(self, sound: bytes, prompt: str) -> Heard:
        """Raises VoiceError, and what the model raises when it loads: ExtraMissingError, ModelFileError."""
        said, _ = self._ask({"do": "listen", "prompt": prompt}, sound)
        return Heard(tuple(Word.model_validate(word) for word in said["words"]), tuple(Span(*each) for each in said["speech"]))

    def say(self, text: str) -> bytes:
        """A WAV file. Raises VoiceError, ExtraMissingError."""
        return self._ask({"do": "say", "text": text})[1]

    def close(self) -> None:
        """End the process. Idempotent."""
        self._closed = True
        self._end()

    def _ask(self, asked: dict[str, Any], sound: bytes = b"") -> tuple[dict[str, Any], bytes]:
        with self._turn:
            self._rest(None)
            try:
                for attempt in (1, 2):  # a process that died between two requests is no fault of this one
                    try:
                        return self._exchange({**asked, "bytes": len(sound)}, sound)
                    except (OSError, EOFError):
                        self._end()
                        if attempt == 2 or self._closed:
                            raise VoiceError("The process that recognises speech ended by itself.") from None
                raise AssertionError
            finally:
                self._rest(IDLE_SECONDS)

    def _exchange(self, asked: dict[str, Any], sound: bytes) -> tuple[dict[str, Any], bytes]:
        """Raises VoiceError for what it says and when it is late, OSError or EOFError when it ended."""
        process, late = self._running(), threading.Event()
        assert process.stdin and process.stdout

        def stop() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(REPLY_SECONDS, stop)
        clock.daemon = True
        clock.start()
        try:
            process.stdin.write(json.dumps(asked).encode() + b"\n" + sound)
            process.stdin.flush()
            said = json.loads(process.stdout.readline())
            data = process.stdout.read(said["bytes"])
            if len(data) < said["bytes"]:
                raise EOFError
        except (OSError, EOFError, ValueError):  # ValueError: half a line, none, or a pipe that ``close`` took away
            if late.is_set():
                self._end()
                raise VoiceError(f"Recognising took longer than {REPLY_SECONDS:.0f} seconds; it was stopped.") from None
            raise EOFError from None
        finally:
            clock.cancel()
        if "error" in said:
            raise retold(said, VoiceError)
        if "broke" in said:
            raise VoiceError(f"Recognising broke down: {said['broke']}.")
        return said, data

    def _running(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise VoiceError("greenroom is closing.", "Open it again.")
        if self._process is None or self._process.poll() is not None:
            self._process = _begin(self._threads)
            assert self._process.stdin
            self._process.stdin.write(json.dumps(self._request).encode() + b"\n")
            self._process.stdin.flush()
        return self._process

    def _rest(self, seconds: float | None) -> None:
        """From now on idle (end the process after so many seconds), or at work (None)."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = None
        if self._closed:  # meanwhile: one that was just begun would stay
            self._end()
        elif seconds is not None:
            self._idle = threading.Timer(seconds, self._end_if_idle)
            self._idle.daemon = True
            self._idle.start()

    def _end_if_idle(self) -> None:
        if self._turn.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._turn.release()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe.close() if pipe else None


def _begin(threads: int) -> subprocess.Popen[bytes]:
    try:
        return begin("greenroom.voice.child", threads)
    except OSError as error:
        raise VoiceError(f"No process could be begun: {error.strerror}.", "Close other programs and try again.") from error
