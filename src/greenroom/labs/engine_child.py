"""Inside the process of one side of the lab *frameworks*: makes the side, then answers one order after the other, a line of JSON each.

That its pipe closes means that nobody is there any more: it ends at once. What libraries print goes nowhere.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, BinaryIO

from greenroom.child import take_stdout
from greenroom.errors import GreenroomError
from greenroom.labs.engine_sides import ORDERS, resident

GONE = 3
"""Exit status when the parent is gone."""
SAYS = 300
"""Most characters of another library's error."""


def main(request: Mapping[str, Any]) -> None:
    """``request``: {side: "module:Class", file, threads}. Never returns."""
    out = take_stdout()
    orders: queue.Queue[Mapping[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    side = _answer(out, lambda: _make(request))
    while side is not None:
        asked = orders.get()
        _answer(out, lambda asked=asked: (None, _obey(side, asked)))
    sys.stdout.flush()
    os._exit(0)


def _make(request: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    module, _, name = request["side"].partition(":")
    kind = getattr(importlib.import_module(module), name)
    begun = perf_counter()
    version = kind.begin()
    imported, before = perf_counter(), resident()
    side = kind(Path(request["file"]), request["threads"])
    loaded = perf_counter() - imported
    return side, {"version": version, "imports": imported - begun, "load": loaded, "before": before}


def _obey(side: Any, asked: Mapping[str, Any]) -> Any:
    if asked["order"] not in ORDERS:
        raise ValueError(f"no such order: {asked['order']}")
    return getattr(side, asked["order"])(**asked["given"])


def _answer(out: BinaryIO, work: Any) -> Any:
    """Does it and tells what came of it, and how many processors it ``had``, which are fewer where other programs took them. Whatever goes
    wrong is told, and the parent decides."""
    made = None
    wall, cpu = perf_counter(), process_time()
    try:
        made, found = work()
        said = {"found": found, "had": (process_time() - cpu) / max(perf_counter() - wall, 1e-9)}
    except GreenroomError as error:
        said = {"failed": "refused", "says": error.message, "hint": error.hint}
    except ImportError as error:
        said = {"failed": "missing", "says": f"{error.name or error}", "hint": ""}
    except MemoryError:
        said = {"failed": "memory", "says": "", "hint": ""}
    except Exception as error:  # a library may raise anything: it is named
        said = {"failed": "broke", "says": f"{type(error).__name__}: {error}"[:SAYS], "hint": ""}
    out.write(json.dumps(said).encode() + b"\n")
    out.flush()
    return made


def _listen(orders: queue.Queue[Mapping[str, Any]]) -> None:
    for line in sys.stdin.buffer:
        orders.put(json.loads(line))
    os._exit(GONE)
