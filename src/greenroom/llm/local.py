"""A chat model in this process: a GGUF file run by llama.cpp (extra ``local``: xllamacpp). Nothing leaves the machine.

It streams, to itself: after each piece of the reply, and each piece of the prompt, it looks at the clock and breaks off when the ask's
``seconds`` are over. It can be late by one such piece, and by the loading of the file, which nothing can break off. The file is trusted as
much as any program you install: take models from where you would take software.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from greenroom.errors import ChatAwayError, ChatError, ExtraMissingError, InputError
from greenroom.llm.chat import Ask

CONTEXT = 8192
"""Tokens that question, criterion, answer and reply may have together."""
PIECE = 64
"""Tokens of a prompt that are read at once. A large model on a slow processor may need a second for ten."""
MAGIC = b"GGUF"
SAMPLES, SAMPLE = 64, 65_536
"""So many pieces of so many bytes tell one file from another."""


class LocalChat:
    """A ``ChatModel``. The file is read when it is first asked."""

    parallel = 1

    def __init__(self, file: Path, threads: int = 2, context: int = CONTEXT) -> None:
        self._file, self._threads, self._context = file, threads, context
        self._server: Any = None
        self._lock = threading.Lock()
        self.name = f"{file.name} ({fingerprint(file)}) in this process"  # opinions are kept under it: another file is another judge

    def chat(self, ask: Ask) -> str:
        """See ``ChatModel``. One ask at a time; others wait. It sees no pictures."""
        if ask.has_photos:
            raise ChatError(
                f"{self.name} takes no pictures.", "Connect a server with a model that can see: GREENROOM_JUDGE_URL and _MODEL."
            )
        body = {
            "messages": [{"role": "system", "content": ask.system}, *({"role": turn.role, "content": turn.text} for turn in ask.turns)],
            "max_tokens": ask.max_tokens,
            "temperature": ask.temperature,
            "seed": ask.seed,
            "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "schema": dict(ask.schema)}},
            "stream": True,
            "return_progress": True,
        }
        until = time.monotonic() + ask.seconds
        if not self._lock.acquire(timeout=max(0.0, ask.seconds)):
            raise self._late(ask.seconds)
        try:
            pieces = self._pieces(self._loaded(), body, until)
        finally:
            self._lock.release()
        if pieces is None:
            raise self._late(ask.seconds)
        return self._read(pieces)

    def _pieces(self, server: Any, body: dict[str, Any], until: float) -> list[Any] | None:
        """What comes of a reply; None: its time was over first."""
        pieces: list[Any] = []
        late = time.monotonic() >= until

        def stops(piece: Any) -> bool:
            nonlocal late
            pieces.append(piece)
            late = time.monotonic() >= until
            return late

        try:
            if not late:
                server.handle_chat_completions(body, stops)
        except (RuntimeError, ValueError) as error:
            raise ChatError(f"{self.name} cannot answer: {str(error)[:160]}.", "Choose another GGUF file.") from error
        return None if late else pieces

    def _late(self, seconds: float) -> ChatAwayError:
        cure = "Choose a smaller model, or let it use more threads (GREENROOM_THREADS)."
        return ChatAwayError(f"{self.name} did not answer within {seconds:.0f} seconds.", cure)

    def _loaded(self) -> Any:
        if self._server is None:
            check_gguf(self._file)
            try:
                import xllamacpp
            except ImportError as error:
                raise ExtraMissingError("xllamacpp", "local") from error
            params = xllamacpp.CommonParams()
            params.model.path = str(self._file)
            params.n_ctx = self._context
            params.n_parallel = 1
            params.n_batch = params.n_ubatch = PIECE
            params.warmup = False
            params.verbosity = -1  # llama.cpp would write across the page
            params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self._threads
            try:
                self._server = xllamacpp.Server(closed(params))
            except RuntimeError as error:
                raise ChatAwayError(
                    f"{self._file} cannot be loaded: {str(error)[:160]}", "Is it a chat model, whole, and is there memory for it?"
                ) from error
        return self._server

    def _read(self, pieces: Sequence[Any]) -> str:
        """An error comes as a dict like any piece."""
        for piece in pieces:
            if not isinstance(piece, dict) or "error" in piece:
                fault = piece["error"] if isinstance(piece, dict) else None
                why = str(fault.get("message", "no reason given") if isinstance(fault, dict) else fault)
                raise ChatError(f"{self.name} cannot answer: {why[:160]}.", "Shorten the answer.")
        try:
            choices = [choice for piece in pieces for choice in piece["choices"]]
            text = "".join(choice["delta"].get("content") or "" for choice in choices)
            why = choices[-1]["finish_reason"]
        except (LookupError, TypeError, AttributeError):
            raise ChatError(f"{self.name} did not reply in OpenAI's format.", "Choose another GGUF file.") from None
        if why != "stop":
            raise ChatError(
                f"{self.name} did not come to an end within the length it has.", "Choose a model that answers without thinking aloud."
            )
        return text


def closed(params: Any) -> Any:
    """The parameters (``xllamacpp.CommonParams``), with the port shut.

    ``xllamacpp.Server`` always listens on a free port of 127.0.0.1 as well, and by itself answers anybody there: other people of the
    machine, and any page in a browser, whose origin it echoes back as allowed. There is no switch for that: it gets a key that nobody
    knows. Calls within the process need none. What stays open is that it lives (``/health``).
    """
    params.api_keys = [secrets.token_hex(32)]
    params.ui = params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
    return params


def fingerprint(file: Path) -> str:
    """Eight hex digits from a file's size and from pieces all over it: gigabytes are not read whole for a name. Empty: not readable."""
    digest = hashlib.sha256()
    try:
        size = file.stat().st_size
        digest.update(str(size).encode())
        with file.open("rb") as stream:
            for n in range(SAMPLES):
                stream.seek(max(0, size - SAMPLE) * n // (SAMPLES - 1))
                digest.update(stream.read(SAMPLE))
    except OSError:
        return ""
    return digest.hexdigest()[:8]


def check_gguf(file: Path) -> None:
    """Raises InputError when ``file`` is no GGUF file that can be read. What stands in it is checked by llama.cpp when it is loaded."""
    try:
        with file.open("rb") as stream:
            start = stream.read(len(MAGIC))
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Set GREENROOM_JUDGE_FILE to a GGUF file.") from error
    if start != MAGIC:
        raise InputError(f"{file} is not a GGUF file.", "Set GREENROOM_JUDGE_FILE to a GGUF file of a chat model.")
