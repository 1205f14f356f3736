"""One side of the lab *frameworks* in a process of its own, seen from the lab: asked in turn, with a clock, and gone when it is left.

That a side cannot be run is a value there and no end of the lab: ``ask`` raises LabError with what happened and the cure, in words.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NamedTuple, Self

from greenroom.child import begin, signal_name
from greenroom.errors import LabError

SECONDS = 240
"""Until a side is there, and for each order. An idle laptop needs some seconds."""
LINE_LIMIT = 4_000_000
HERE = "greenroom.labs.engine_sides"


class Kind(NamedTuple):
    """``side``: where its class is. ``cure``: how to get what it needs."""

    title: str
    side: str
    weights: str
    cure: str = ""


NUMPY = Kind("greenroom (numpy)", f"{HERE}:Numpy", "unpacked, fp32")
TORCH = Kind(
    "transformers (torch)", f"{HERE}:Transformers", "the same numbers, fp32",
    "pip install 'greenroom[labs]' 'transformers>=5', then run it again.",
)  # fmt: skip
LLAMA = Kind("llama.cpp", f"{HERE}:LlamaCpp", "as packed in the file", "pip install 'greenroom[local]', then run it again.")
CONTROL = LLAMA._replace(title="llama.cpp, unpacked", weights="the same numbers, fp32")
"""Gets a file that is written for it (``unpacked.py``)."""


class Engine:
    """Begins at once; ``ask(None)`` waits until it is there. Use it in a ``with``. ``had``: processor time by time of the last answer, so
    how many processors it had for it."""

    def __init__(self, kind: Kind, file: Path, threads: int, seconds: float = SECONDS) -> None:
        self.kind, self._seconds = kind, seconds
        self.had = 0.0
        self._lines: queue.Queue[bytes] = queue.Queue()
        try:
            self._process = begin("greenroom.labs.engine_child", threads, apart=False)  # ended with the lab, however that ends
        except OSError as error:
            raise LabError(f"No process could be begun: {error.strerror}.", "Close other programs and try again.") from error
        threading.Thread(target=self._read, daemon=True).start()
        self._say({"side": kind.side, "file": str(file), "threads": threads, "path": sys.path})

    def ask(self, order: str | None, **given: Any) -> Any:
        """The answer to an order; None: what it says of itself when it is there. Raises LabError; after that it is gone."""
        if order is not None:
            self._say({"order": order, "given": given})
        try:
            line = self._lines.get(timeout=self._seconds)
        except queue.Empty:
            self.close()
            raise LabError(f"It did not answer within {self._seconds:.0f} seconds.", "Close other programs and try again.") from None
        try:
            said = json.loads(line)
            if "found" in said:
                self.had = said["had"]
                return said["found"]
        except ValueError:
            said = {"failed": "gone"}
        raise self._failed(said)

    def _failed(self, said: dict[str, str]) -> LabError:
        how = said["failed"]
        if how == "missing":
            error = LabError(f"It needs {said['says']}, which is not installed.", self.kind.cure or LabError.hint)
        elif how == "memory":
            error = LabError("There was not enough memory for it.", "Close other programs, or take a smaller model.")
        elif how == "gone":
            error = LabError(f"Its process {self._end()}.", "Close other programs and try again; else install it anew.")
        else:
            error = LabError(said["says"], said["hint"] or "Another version of it may do.")
        self.close()
        return error

    def _end(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        status = self._process.returncode
        if status is None:
            return "said nothing that can be read"
        return f"was killed ({signal_name(-status)})" if status < 0 else f"ended by itself (exit status {status})"

    def _say(self, what: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):  # it has ended: its missing answer says so
            self._process.stdin.write(json.dumps(what).encode() + b"\n")
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            while line := self._process.stdout.readline(LINE_LIMIT):
                self._lines.put(line)
        self._lines.put(b"")

    def close(self) -> None:
        """End the process, whatever it is doing. Idempotent; returns when it is gone."""
        with contextlib.suppress(OSError):
            self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError, BrokenPipeError):
                pipe.close() if pipe else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
