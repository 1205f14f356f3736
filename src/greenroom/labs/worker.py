"""Runs a lab in a process of its own: its parts arrive while it runs, it can be stopped at any moment, and its time and memory are bounded.

    with Worker(lab, values, bench) as worker:
        for part in worker:
            ...

Leaving the ``with``, for whatever reason, ends the process and whatever it started; so does the end of this process, however it comes. The
process is begun anew (never forked from this one, whose threads and locks it would copy): about half a second until its first part.
Memory is bounded by Linux only, and per process. On Windows, processes that a lab starts by itself are not ended with it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any, Self

from pydantic import ValidationError

from greenroom.child import begin, signal_name
from greenroom.errors import GreenroomError, LabError, retold
from greenroom.labs.lab import PART, Bench, Card, Finding, Lab, Part, Progress, Result, Values, collect

LINE_LIMIT = 4_000_000
"""Bytes of one part. The largest picture we draw has below 100,000."""
MOST_PARTS = 20_000
KEPT_LIMIT = 32_000_000
"""Bytes of all parts that are kept together: of those of one name only the latest is."""
AHEAD = 64
"""Parts that wait for whoever reads; beyond that the lab waits."""
log = logging.getLogger(__name__)


def name_of(lab: Lab) -> str:
    """How the other process finds the lab. Raises LabError for one that it could not make anew."""
    kind = type(lab)
    if kind.__module__ == "__main__" or getattr(sys.modules.get(kind.__module__), kind.__qualname__, None) is not kind:
        raise LabError(f"The lab {kind.__qualname__} cannot be run.", "Make it a class at the top of a module that can be imported.")
    return f"{kind.__module__}:{kind.__name__}"


class Worker:
    """One run. Iterate over it, or ask ``next`` with a time to wait. Raises LabError when the lab broke down or was stopped by a limit,
    and whatever GreenroomError the lab itself raised."""

    def __init__(self, lab: Lab, values: Values, bench: Bench) -> None:
        self.card: Card = lab.card
        self._values, self._parts, self._sizes = values, dict[str, Part](), dict[str, int]()
        self._lines: queue.Queue[bytes | None] = queue.Queue(AHEAD)
        self._late = self._closed = self._done = self._killed = False
        self._lock = threading.Lock()
        request = {
            "lab": name_of(lab), "values": dict(values), "home": str(bench.home), "threads": bench.threads, "path": sys.path,
            "megabytes": self.card.megabytes, "seconds": self.card.seconds,
            "labs_model": bench.labs_model and str(bench.labs_model),
        }  # fmt: skip
        self._process = _begin(bench.threads)
        self._timer = threading.Timer(self.card.seconds, self._expire)
        self._timer.daemon = True
        self._timer.start()
        self._reader = threading.Thread(target=self._read, name=f"greenroom-lab-{self.card.name}", daemon=True)
        self._reader.start()
        try:
            self._ask(request)
        except BaseException:
            self.close()
            raise

    def _ask(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended already: what it leaves unsaid says so
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()  # and stays open: its closing tells the child that nobody is here any more

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def done(self) -> bool:
        """The lab has said all it had to say."""
        return self._done

    def next(self, seconds: float | None = None) -> Part | None:
        """The next part; None after the last one (``done``), and when none came within ``seconds``."""
        if self._done:
            return None
        if self._closed:
            raise self._ended_badly(None)
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            return None
        try:
            part = self._part(line)
            self._keep(part, len(line or b""))
        except GreenroomError:
            self.close()
            raise
        return part

    def _keep(self, part: Part | None, size: int) -> None:
        """For the result: the latest part of each name."""
        if part is None or isinstance(part, Progress):
            return
        key = f"finding {part.id}" if isinstance(part, Finding) else part.name
        self._parts[key], self._sizes[key] = part, size
        if sum(self._sizes.values()) > KEPT_LIMIT:
            raise LabError(f"The lab “{self.card.name}” sent more than {KEPT_LIMIT // 1_000_000} MB of parts to keep; it was stopped.")

    def __iter__(self) -> Iterator[Part]:
        while not self._done:
            part = self.next()
            if part is not None:
                yield part

    def result(self) -> Result:
        """What came, put together; waits for the rest."""
        for _ in self:
            pass
        return collect(self.card, self._values, self._parts.values())

    def close(self) -> None:
        """End the process, whatever it is doing. Idempotent; returns when it is gone."""
        self._closed = True
        self._timer.cancel()
        self._kill()
        self._reader.join(5)
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)  # whoever waits for the next part is told
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close() if pipe else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _read(self) -> None:
        """In a thread: lines from the process, until it ends."""
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for _ in range(MOST_PARTS):
                line = self._process.stdout.readline(LINE_LIMIT + 1)
                if not line or not self._put(line):
                    break
        self._put(None)

    def _put(self, line: bytes | None) -> bool:
        while not self._closed:
            with contextlib.suppress(queue.Full):
                self._lines.put(line, timeout=0.2)
                return True
        return False

    def _expire(self) -> None:
        self._late = True
        self._kill()

    def _kill(self) -> None:
        """The process and all of its group, once: afterwards their number may belong to somebody else. Returns when it is gone."""
        with self._lock:
            if self._killed:
                return
            self._killed = True
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if hasattr(os, "killpg"):
                    os.killpg(self._process.pid, signal.SIGKILL)
                else:
                    self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)

    def _part(self, line: bytes | None) -> Part | None:
        """One line as a part; None for the last one. Everything that can go wrong in the process arrives here."""
        if line is None or len(line) > LINE_LIMIT or not line.endswith(b"\n"):
            raise self._ended_badly(line)
        try:
            said = json.loads(line)
            if said.get("kind") in ("end", "refused", "memory", "broke"):
                self._last(said)
                return None
            return PART.validate_json(line)
        except (ValueError, AttributeError, ValidationError):
            log.warning("the lab %s said %r", self.card.name, line[:500])
            raise LabError(f"The lab “{self.card.name}” said something that cannot be shown; it was stopped.") from None

    def _last(self, said: dict[str, str]) -> None:
        name = self.card.name
        if said["kind"] == "refused":
            raise retold(said, LabError)
        if said["kind"] == "memory":
            raise LabError(f"The lab “{name}” needs more than its {self.card.megabytes:,} MB of memory; it was stopped.")
        if said["kind"] == "broke":
            log.warning("the lab %s broke down:\n%s", name, said["trace"])
            raise LabError(f"The lab “{name}” broke down: {said['says']}.")
        self._done = True
        self.close()

    def _ended_badly(self, line: bytes | None) -> LabError:
        name = self.card.name
        if self._late:
            return LabError(f"The lab “{name}” ran longer than its {self.card.seconds} seconds; it was stopped.")
        if self._closed:
            return LabError(f"The lab “{name}” was stopped.", "Run it again.")
        if line is not None and len(line) > LINE_LIMIT:
            return LabError(f"The lab “{name}” sent more than {LINE_LIMIT // 1_000_000} MB at once; it was stopped.")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        status = self._process.returncode
        if status is None:
            return LabError(f"The lab “{name}” sent more than {MOST_PARTS:,} parts; it was stopped.")
        how = f"was killed ({signal_name(-status)})" if status < 0 else f"ended without a result (exit status {status})"
        return LabError(f"The process of the lab “{name}” {how}.")


def _begin(threads: int) -> subprocess.Popen[bytes]:
    try:
        return begin("greenroom.labs.child", threads)
    except OSError as error:
        raise LabError(f"No process could be begun for the lab: {error.strerror}.", "Close other programs and try again.") from error
