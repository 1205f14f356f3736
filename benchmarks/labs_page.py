"""How long a lab takes to its first words on the page: the web app over loopback, the run's stream of events.
Part of ``python -m benchmarks labs``.

Three spans, one after the other: until the lab's process says that it opens the model; until the model is open; until the first part (a
text with its first token, a chart of what could come first) has arrived whole. What a browser then needs to show it is not in them.
"""

from __future__ import annotations

import http.client
import shutil
import statistics
import tempfile
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks.memory import web_app
from benchmarks.tables import Report

LABS = ("continuation", "generation", "playground")
TIMES = 5
AIM = 0.3
"""Seconds to the first token once the model is open (issue: the labs)."""


class Begun(NamedTuple):
    """Seconds of the three spans."""

    process: float
    opening: float
    first: float


def run(report: Report, file: Path, name: str) -> None:
    """``name``: what the file is called in a data folder."""
    with tempfile.TemporaryDirectory() as home:
        place = Path(home) / "models" / name
        place.parent.mkdir()
        shutil.copy(file, place)
        with web_app(Path(home)) as (_, url):
            found = {lab: [begin(url, lab) for _ in range(TIMES + 1)][1:] for lab in LABS}
    report.say(f"### To the first words on the page: median (least to most) of {TIMES} runs at the defaults, over loopback, ms")
    rows: list[list[object]] = [
        [f"*{lab}*", *(_spread([each[n] for each in runs]) for n in range(3)), f"≤ {1000 * AIM:.0f}"] for lab, runs in found.items()
    ]
    report.table(["", "until its process runs", "until the model is open", "from there to the first token", "aim for the last"], rows)


def _spread(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.0f} ({1000 * min(seconds):.0f} to {1000 * max(seconds):.0f})"


def begin(url: str, lab: str) -> Begun:
    """One run, left at its first part (which ends it)."""
    parts = urlsplit(url)
    headers = {"Origin": f"http://{parts.netloc}", "Content-Type": "application/x-www-form-urlencoded"}
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)) as to:
        marks = [time.perf_counter()]
        to.request("POST", f"/labs/{lab}/run", "", headers)
        reply = to.getresponse()
        if reply.status != 200:
            raise SystemExit(f"{lab}: {reply.status} {reply.read(200)!r}")
        kind = ""
        while line := reply.readline():
            kind = line.removeprefix(b"event: ").decode().strip() if line.startswith(b"event: ") else kind
            if line.startswith(b"data:") and kind == "progress" and len(marks) < 3:
                marks.append(time.perf_counter())
            elif line == b"\n" and kind == "part":  # the end of the event: the part is there whole
                marks.append(time.perf_counter())
                break
        if len(marks) != 4:
            raise SystemExit(f"{lab}: the stream ended before its first part.")
    time.sleep(0.5)  # its process is being ended
    return Begun(*(after - before for before, after in pairwise(marks)))
