"""How long from *Submit* to the debrief: a whole server over loopback, somebody with a history, a typed answer, the page's last byte.

    python -m benchmarks report [--rows N] [--write]      --rows: so many answers in the history (320 without)

Each answer is a model answer of another question of the bank (nothing of it was read before). Three spans: until the answer is on disk and
acknowledged, until its assessment is there (asked for over the API), and from there, with the self-rating and the end of the rehearsal
sent at once, to the last byte of the report page. Beside the time on the clock the server's own processor time, which a busy machine does
not stretch as much.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from benchmarks.authored import knowledge
from benchmarks.memory import web_app
from benchmarks.progress import fill
from benchmarks.public import Options
from benchmarks.tables import Report
from greenroom.bank.question import Question
from greenroom.room import Room
from greenroom.settings import Settings

HISTORY, TIMES, WARM = 320, 8, 1
AIM = 1.0
"""Seconds from submission to the report page (issue: the rehearsal)."""


class Spent(NamedTuple):
    """Seconds: acknowledged, assessed and shown one after the other; ``processor`` of the server over all of it."""

    acknowledged: float
    assessed: float
    shown: float
    processor: float
    page_bytes: int

    @property
    def whole(self) -> float:
        return self.acknowledged + self.assessed + self.shown


class Door:
    """One connection to the server, as a browser keeps it."""

    def __init__(self, url: str, pid: int) -> None:
        self.pid, parts = pid, urlsplit(url)
        self._to, self._origin = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120), f"http://{parts.netloc}"

    def close(self) -> None:
        self._to.close()

    def get(self, path: str) -> bytes:
        return self._ask("GET", path)[1]

    def post(self, path: str, fields: Mapping[str, str]) -> str:
        """Where it leads."""
        return self._ask("POST", path, urlencode(fields))[0]

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[str, bytes]:
        headers = {"Origin": self._origin} | ({"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {})
        self._to.request(method, path, body, headers)
        reply = self._to.getresponse()
        found = reply.read()
        if reply.status >= 400:
            raise SystemExit(f"{method} {path}: {reply.status} {found[:200]!r}")
        return reply.headers.get("location", ""), found


def run(options: Options) -> Report:
    report, count = Report("report"), options.rows or HISTORY
    questions = [question for question in knowledge() if question.topic != "your-questions"][: TIMES + WARM]
    with tempfile.TemporaryDirectory() as home:
        with Room(Settings(home=Path(home)), assess=False) as room:
            fill(room, count)
        with _served(Path(home)) as door:
            spent = [rehearse(door, question) for question in questions][WARM:]
    report.say(f"### From submission to the debrief, with {count:,} answers before ({os.getloadavg()[0]:.1f} runnable, the last minute)")
    rows: list[list[Any]] = []
    for name, of in {"acknowledged": 0, "assessed": 1, "debrief shown": 2}.items():
        rows.append([name, *_summed([each[of] for each in spent]), None])
    rows.append(["submission to the last byte", *_summed([each.whole for each in spent]), f"≤ {1000 * AIM:.0f}"])
    rows.append(["processor time of the server", *_summed([each.processor for each in spent]), None])
    report.table(["", "median, ms", "least, ms", "most, ms", "aim"], rows)
    over = sum(each.whole > AIM for each in spent)
    report.say(f"{over} of {len(spent)} over the aim; the page has {statistics.median(each.page_bytes for each in spent) / 1000:.0f} kB.")
    return report


def _summed(seconds: list[float]) -> list[float]:
    return [round(1000 * each) for each in (statistics.median(seconds), min(seconds), max(seconds))]


def rehearse(door: Door, question: Question) -> Spent:
    at = door.post("/interview", {"mode": "drill", "count": "1", "question_id": question.id})
    answer_id, text = str(uuid.uuid4()), question.model_answers.plain
    busy, begun = processor(door.pid), time.perf_counter()
    door.post(f"{at}/answer", {"turn_id": "t1", "submission_id": answer_id, "text": text})
    acknowledged = time.perf_counter()
    while (status := json.loads(door.get(f"/api/answers/{answer_id}?wait=30"))["status"]) in ("pending", "running"):
        pass
    if status != "done":
        raise SystemExit(f"{question.id}: {status}")
    assessed = time.perf_counter()
    door.post(f"{at}/rate", {"turn_id": "t1", "rating": "3"})
    door.post(f"{at}/end", {})
    page = door.get(f"{at}/report")
    shown = time.perf_counter()
    if text.split(".")[0].strip()[:30].encode() not in page:
        raise SystemExit(f"{question.id}: the report page does not show the answer")
    return Spent(acknowledged - begun, assessed - acknowledged, shown - assessed, processor(door.pid) - busy, len(page))


def processor(pid: int) -> float:
    """Seconds that a process spent, user and system; 0 where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _served(home: Path) -> Iterator[Door]:
    with web_app(home) as (pid, url), closing(Door(url, pid)) as door:
        door.get("/")
        yield door
