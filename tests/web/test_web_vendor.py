"""What others wrote and we ship is what they published: by hash, and nothing else is there."""

from __future__ import annotations

import hashlib
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "src" / "greenroom" / "web" / "static" / "vendor"


def listed() -> dict[str, str]:
    return {name: digest for digest, name in (line.split() for line in (VENDOR / "SHA256SUMS").read_text().splitlines())}


def test_vendored_files_have_their_hashes() -> None:
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.iterdir() if path.name != "SHA256SUMS"} == listed()


def test_htmx_and_its_licence_are_there() -> None:
    assert {"htmx-4.0.1.min.js", "htmx-sse-4.0.1.min.js", "htmx-LICENSE.txt"} <= set(listed())


def test_control_one_changed_byte_is_seen() -> None:
    changed = (VENDOR / "htmx-4.0.1.min.js").read_bytes() + b" "
    assert hashlib.sha256(changed).hexdigest() != listed()["htmx-4.0.1.min.js"]
