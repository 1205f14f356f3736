"""Inside the process in which a lab runs: reads one request, runs the lab, writes its parts, a line of JSON each.

Nothing is read from the parent after the request: that its end of the pipe closes means that the parent is gone or wants no more, and then
this process ends at once. What a lab prints goes nowhere. Beyond the limits of memory (Linux) and processor time the operating system
refuses or ends it; the wall clock is kept by the parent.

This bounds mistakes, not malice: a lab is code that runs with the rights of whoever installed it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from greenroom.child import limit, take_stdout
from greenroom.errors import GreenroomError, told
from greenroom.labs.lab import Bench, Lab

TRACE_LIMIT = 4000
GONE = 3
"""Exit status when the parent is gone."""


def main(request: Mapping[str, Any]) -> None:
    """``request``: {lab: "module:Class", values, home, threads, labs_model, megabytes, seconds}. Returns when it is done, well or not."""
    out = take_stdout()
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        limit(request["megabytes"], request["seconds"] * (request["threads"] + 1))
        for part in make(request["lab"]).run(*_given(request)):
            _write(out, part.model_dump_json().encode())
    except GreenroomError as error:
        _tell(out, kind="refused", **told(error))
    except MemoryError:
        _tell(out, kind="memory")
    except Exception as error:  # a lab may raise anything: it is named, and the parent lives
        trace = "".join(traceback.format_exception(error))[-TRACE_LIMIT:]
        _tell(out, kind="broke", says=f"{type(error).__name__}: {error}"[:300], trace=trace)
    else:
        _tell(out, kind="end")
    os._exit(0)  # threads that a library left behind do not hold the process open


def make(name: str) -> Lab:
    """The lab of a name ``module:Class``."""
    module, _, kind = name.partition(":")
    lab: Lab = getattr(importlib.import_module(module), kind)()
    return lab


def _given(request: Mapping[str, Any]) -> tuple[Any, Bench]:
    card = make(request["lab"]).card
    own = request["labs_model"]
    return card.read(request["values"]), Bench(Path(request["home"]), request["threads"], Path(own) if own else None)


def _end_with_the_parent() -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stdin.buffer.read()
    os._exit(GONE)


def _tell(out: BinaryIO, **what: str | list[str]) -> None:
    _write(out, json.dumps(what).encode())


def _write(out: BinaryIO, line: bytes) -> None:
    out.write(line + b"\n")
    out.flush()
