"""A process that greenroom begins: how it is begun, and by what it was killed; inside it, what it does first: it takes the processor that
is left over, bounds itself, and keeps its pipe to itself.

The operating system holds it to its bounds where it can (memory: Linux; Windows: nothing). This bounds mistakes, not malice.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import BinaryIO

NICENESS = 5
"""The pages come first."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
START = (
    "import sys, json; request = json.loads(sys.stdin.buffer.readline()); sys.path[:] = request['path']; "
    "from {module} import main; main(request)"
)


def begin(module: str, threads: int, *, apart: bool = True) -> subprocess.Popen[bytes]:
    """A Python with pipes for its input and output. The first line that it is to be sent is its request, JSON with our ``sys.path`` as
    ``path``: ``main`` of the module gets it. Of greenroom's variables it has none: what it needs is in its request, and an address may hold
    a password. ``-P``: no module of the folder one stands in is taken for one of ours.

    Args:
        threads: for the libraries that compute.
        apart: a session of its own. It is ended with all it started, and a Ctrl-C at the terminal reaches this process, which ends it, and
            not both at once.

    Raises:
        OSError: none can be begun.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GREENROOM_")}
    return subprocess.Popen(
        [sys.executable, "-P", "-c", START.format(module=module)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=apart,
        env={**environment, **dict.fromkeys(THREADS, str(threads))},
    )


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
