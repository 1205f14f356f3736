"""The benchmark of the report page measures what it says: the spans are those that a server of ours slept, and a page without the answer
is no report."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2]))  # benchmarks is no installed package
from benchmarks.authored import knowledge
from benchmarks.report import Door, processor, rehearse

ACKNOWLEDGES, ASSESSES, SHOWS = 0.05, 0.3, 0.15


@contextmanager
def playing(page: str) -> Iterator[Door]:
    """A server that takes its time, each step another."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            time.sleep(ACKNOWLEDGES if self.path.endswith("/answer") else 0)
            self.send("", 303, "/interview/s1")

        def do_GET(self) -> None:
            api = self.path.startswith("/api/")
            time.sleep(ASSESSES if api else SHOWS)
            self.send('{"status": "done"}' if api else page)

        def send(self, text: str, status: int = 200, location: str | None = None) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(text.encode())))
            if location:
                self.send_header("location", location)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with closing(Door(f"http://127.0.0.1:{server.server_port}", os.getpid())) as door:
            yield door
    finally:
        server.shutdown()
        server.server_close()


def test_each_span_is_the_one_that_it_is_called() -> None:
    question = knowledge()[0]
    page = f"<p>{question.model_answers.plain}</p>"
    with playing(page) as door:
        found = rehearse(door, question)
    assert found.acknowledged >= ACKNOWLEDGES and found.assessed >= ASSESSES and found.shown >= SHOWS
    assert found.whole == pytest.approx(found.acknowledged + found.assessed + found.shown)
    assert found.page_bytes == len(page.encode()) and found.processor >= 0
    assert found.whole < 10 * (ACKNOWLEDGES + ASSESSES + SHOWS) or os.getloadavg()[0] > 4, "nothing is counted twice"


def test_a_page_without_the_answer_is_no_report() -> None:
    with playing("<p>Something else.</p>") as door, pytest.raises(SystemExit, match="does not show the answer"):
        rehearse(door, knowledge()[0])


def test_processor_time_is_that_of_the_process() -> None:
    before, spent = processor(os.getpid()), time.process_time() + 0.2
    while time.process_time() < spent:
        pass
    assert processor(os.getpid()) - before >= 0.15 or not Path("/proc").exists()
