"""What a process that greenroom begins does first: it takes the processor that is left over, bounds itself, and keeps its pipe to itself;
and how the one that began it says by what it was killed.

The operating system holds it to its bounds where it can (memory: Linux; Windows: nothing). This bounds mistakes, not malice.
"""

from __future__ import annotations

import contextlib
import os
import signal
from typing import BinaryIO

NICENESS = 5
"""The pages come first."""


def limit(megabytes: int, cpu_seconds: int | None = None, *, addresses: bool = False) -> None:
    """Bounds the process that calls it.

    Args:
        megabytes: memory it may ask for; with ``addresses`` everything it may map counts, which libraries that map large files exceed.
        cpu_seconds: processor time; None: as much as it takes.
    """
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICENESS)
    try:
        import resource
    except ImportError:
        return
    bounds = {resource.RLIMIT_AS if addresses else resource.RLIMIT_DATA: megabytes * 1_000_000, resource.RLIMIT_CORE: 0}
    if cpu_seconds is not None:
        bounds[resource.RLIMIT_CPU] = cpu_seconds
    for what, most in bounds.items():
        with contextlib.suppress(OSError, ValueError):
            hard = resource.getrlimit(what)[1]
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def take_stdout() -> BinaryIO:
    """The pipe to the parent, out of the libraries' reach: whatever they print goes nowhere."""
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for fd in (1, 2):
        os.dup2(nowhere, fd)
    return out


def signal_name(number: int) -> str:
    """As people know it: SIGKILL."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
