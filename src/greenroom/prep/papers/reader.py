"""Text, PDF or DOCX to text, whatever the file: the reading is done in a process of its own, with its memory and time bounded.

What kind of file it is, its first bytes say, not its name. On Windows memory is not bounded. Not protected: what the text says; it is data
to everything that reads it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from typing import NamedTuple

from greenroom.child import begin
from greenroom.errors import InputError, ReadersBusyError, TooLargeError
from greenroom.prep.papers.text import FILE_LIMIT, PASTE, PaperKind, check_paper_text

SECONDS, CPU_SECONDS = 60, 15
"""By the clock, which a busy machine needs; of processor time, which stops what loops."""
MEGABYTES = 1_000
SAID_LIMIT = 2_000_000
AT_ONCE = 2
"""Files read at the same time: each may take ``MEGABYTES``."""
_free = threading.BoundedSemaphore(AT_ONCE)


class Read(NamedTuple):
    """What a file says. ``pages`` None: it has none."""

    text: str
    pages: int | None


class Bounds(NamedTuple):
    """``seconds`` by the clock, ``cpu_seconds`` of processor time, ``megabytes`` of memory."""

    seconds: int = SECONDS
    cpu_seconds: int = CPU_SECONDS
    megabytes: int = MEGABYTES


def read_file(data: bytes, kind: PaperKind, bounds: Bounds = Bounds()) -> Read:
    """Raises TooLargeError, InputError with the cure for a file that cannot be read, ReadersBusyError."""
    if not data:
        raise InputError("The file is empty.", "Choose another one, or paste the text.")
    if len(data) > FILE_LIMIT:
        raise TooLargeError(f"The file is larger than {FILE_LIMIT // 1_000_000} MB.", PASTE)
    if not _free.acquire(blocking=False):
        raise ReadersBusyError(f"{AT_ONCE} files are being read already.")
    try:
        said = _ask(data, bounds)
    finally:
        _free.release()
    if "error" in said:
        raise InputError(str(said["error"]), str(said["hint"]))
    pages = said["pages"]
    return Read(check_paper_text(str(said["text"]), kind), pages if isinstance(pages, int) else None)


def _ask(data: bytes, bounds: Bounds) -> dict[str, object]:
    request = {"path": sys.path, "megabytes": bounds.megabytes, "seconds": bounds.cpu_seconds}
    process = _begin()
    try:
        out, _ = process.communicate(json.dumps(request).encode() + b"\n" + data, timeout=bounds.seconds)
        said = json.loads(out[:SAID_LIMIT])
    except subprocess.TimeoutExpired:
        raise InputError(f"The file could not be read within {bounds.seconds} seconds.", PASTE) from None
    except ValueError:
        raise InputError("Reading the file took more than it may, and was stopped.", PASTE) from None
    finally:
        _end(process)
    return dict(said)


def _begin() -> subprocess.Popen[bytes]:
    try:
        return begin("greenroom.prep.papers.child", threads=1)
    except OSError as error:
        raise InputError(
            f"No process could be begun to read the file: {error.strerror}.", "Close other programs, or paste the text."
        ) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            pipe.close() if pipe else None
    process.wait(5)
