"""Small values kept by a hash of what they were made from: in memory, and in a folder if there is one.

One JSON file a value, written whole. A file that is damaged or cannot be written costs time, not correctness. Both memory and folder are
bounded: the oldest go first. Keys are hashes and values hold no text of answers, so that the folder tells nobody what was said.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from greenroom.files import keep, thin

IN_MEMORY = 4096
IN_FOLDER = 20_000
LOOKED_AFTER = 500
"""So many new files, then the folder is looked through for too many."""


def key_of(parts: Iterable[str]) -> str:
    """A hash over texts in their order; where one ends and the next begins matters."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()[:40]


class Kept:
    """Safe to use from several threads. ``folder``: None keeps values in memory only."""

    def __init__(self, folder: Path | None = None, most: int = IN_FOLDER) -> None:
        self._folder, self._most = folder, most
        self._memory: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = threading.Lock()
        self._new = 0

    def find(self, key: str) -> dict[str, Any] | None:
        with self._lock:
            found = self._memory.get(key)
            if found is None:
                found = self._read(key)
            if found is not None:
                self._remember(key, found)
            return found

    def put(self, key: str, value: dict[str, Any]) -> None:
        with self._lock:
            self._remember(key, value)
            if self._folder is None:
                return
            keep(self._folder / f"{key}.json", json.dumps(value).encode())
            self._new += 1
            if self._new % LOOKED_AFTER == 1:
                thin(self._folder, self._most)

    def _remember(self, key: str, value: dict[str, Any]) -> None:
        self._memory[key] = value
        self._memory.move_to_end(key)
        if len(self._memory) > IN_MEMORY:
            self._memory.popitem(last=False)

    def _read(self, key: str) -> dict[str, Any] | None:
        if self._folder is None:
            return None
        try:
            found = json.loads((self._folder / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None
