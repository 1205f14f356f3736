"""A server on this machine that serves what a test says, and breaks off, ignores ranges, sends wrong bytes, too much, or elsewhere."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Site:
    """What is served: ``files`` by path. ``cut``: bytes after which a reply breaks off, one entry a request, then none. ``asked``: path
    and range of each request."""

    files: dict[str, bytes]
    cut: list[int] = field(default_factory=list)
    ranges: bool = True
    etag: bool = True
    tag: str = ""
    heeds: bool = True
    length: bool = True
    more: bytes = b""
    packed: bool = False
    place: int = 0
    status: dict[str, list[int]] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        site, path, ask = self.site, self.path, self.headers.get("Range", "")
        site.asked.append((path, ask))
        if path in site.moved:
            self.send_response(302)
            self.send_header("Location", site.moved[path])
            self.end_headers()
            return
        status = site.status[path].pop(0) if site.status.get(path) else 200
        if status != 200 or path not in site.files:
            self.send_error(status if status != 200 else 404)
            return
        body, etag = site.files[path], site.tag or f'"{sha256(site.files[path])}"'
        start = int(ask.removeprefix("bytes=").rstrip("-")) if ask and site.ranges else 0
        if site.heeds and self.headers.get("If-Range", etag) != etag:
            start = 0
        if start >= len(body) > 0 and start:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            at = start + site.place
            self.send_header("Content-Range", f"bytes {at}-{len(body) - 1}/{len(body)}")
        if site.etag:
            self.send_header("ETag", etag)
        if site.packed:
            self.send_header("Content-Encoding", "gzip")
        send = body[start:] + site.more
        if site.length:
            self.send_header("Content-Length", str(len(send)))
        self.end_headers()
        if site.cut:
            send = send[: site.cut.pop(0)]
        self.wfile.write(send)
        self.close_connection = True

    def log_message(self, *args: object) -> None: ...


@contextmanager
def served(files: dict[str, bytes]) -> Iterator[Site]:
    made = Site(files)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Handler,), {"site": made}))
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
