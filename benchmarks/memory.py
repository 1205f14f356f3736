"""Resident memory of the web app: after the first page, and while it assesses. Part of ``python -m benchmarks speed``.

A whole process with a folder of its own, asked over loopback. Reads /proc, so Linux only.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.authored import knowledge
from benchmarks.public import environment
from benchmarks.tables import Report

SETTLE = 2.0
"""Seconds after the last answer before the idle figure is read."""


def run(report: Report, model: str | None) -> None:
    if not Path("/proc/self/status").exists():
        report.lack("memory: it is read from /proc, which this system does not have")
        return
    with tempfile.TemporaryDirectory() as home:
        with web_app(Path(home)) as (pid, url):
            first = _idle(pid, url)
        with web_app(Path(home)) as (pid, url):
            idle, busy, after = _idle(pid, url), *_working(pid, url)
    rows: list[list[object]] = [
        ["web app, idle after its first page, the very first time (it makes the database)", first, "≤ 120"],
        ["the same, any later time", idle, "≤ 120"],
        ["while assessing (highest seen)", busy, "≤ 250"],
        ["idle again, the encoder loaded", after, None],
    ]  # fmt: skip
    other = _torch(model)
    if other is None:
        report.lack("memory of sentence-transformers on torch: it needs both packages and GREENROOM_BENCH_MODEL")
    else:
        rows.append(["a process with sentence-transformers on torch and the encoder", other, None])
    report.say("### Resident memory")
    report.table(["", "MB", "aim"], rows)


def _idle(pid: int, url: str) -> float:
    for page in (url, f"{url}/api/bank"):
        urllib.request.urlopen(page, timeout=30).read()
    time.sleep(SETTLE)
    return resident(pid)


def _working(pid: int, url: str) -> tuple[float, float]:
    """The highest figure while it assesses, and what it has when it has done so."""
    busy = highest(pid, lambda: _assess_all(url))
    time.sleep(SETTLE)
    return busy, resident(pid)


def resident(pid: int) -> float:
    """Resident memory of a process in megabytes (10⁶ bytes); 0 where it has ended or there is no /proc."""
    try:
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    except OSError:
        return 0.0
    return int(found[1]) * 1.024 / 1000 if found else 0.0


@contextmanager
def web_app(home: Path) -> Iterator[tuple[int, str]]:
    """A web app of its own with its data in ``home``: (process id, address)."""
    command = [sys.executable, "-m", "greenroom", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, env=environment(home), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = next((line for line in process.stdout if "http://" in line), "")
            found = re.search(r"http://[^\s/]+", line)
            if not found:
                raise SystemExit("The web app did not start.")
            yield process.pid, found[0]
        finally:
            process.terminate()
            process.wait(30)


def _assess_all(url: str) -> None:
    for question in knowledge():
        body = json.dumps({"question_id": question.id, "text": question.model_answers.technical}).encode()
        request = urllib.request.Request(f"{url}/api/assess", body, {"Content-Type": "application/json", "Origin": url})
        urllib.request.urlopen(request, timeout=120).read()


def highest(pid: int, work: Callable[[], object]) -> float:
    """The highest resident memory seen, every 10 ms, while ``work`` runs. (The system's own maximum starts from the parent's.)"""
    done, seen = threading.Event(), [0.0]

    def watch() -> None:
        while not done.wait(0.01):
            seen[0] = max(seen[0], resident(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        work()
    finally:
        done.set()
        thread.join()
    return seen[0]


def _torch(model: str | None) -> float | None:
    """Of a process that loads the encoder through sentence-transformers and encodes one sentence."""
    code = (
        "import sys; from sentence_transformers import SentenceTransformer as S; "
        "m = S(sys.argv[1], device='cpu'); m.encode(['One sentence.']); "
        "print([l.split()[1] for l in open('/proc/self/status') if l.startswith('VmRSS')][0])"
    )
    if model is None:
        return None
    done = subprocess.run([sys.executable, "-c", code, model], capture_output=True, text=True, check=False)
    return int(done.stdout.split()[-1]) * 1.024 / 1000 if done.returncode == 0 else None
