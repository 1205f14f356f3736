"""What comes again is not worked out again: vectors of the rubric's phrasings, in memory and in a folder; readings of pairs, in memory.

A file's name is the hash of the encoder's version and of the texts, so a changed rubric or other weights never meet stale vectors. A
damaged or unwritable file costs time, not correctness: the texts are encoded again.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from greenroom.files import keep
from greenroom.llm.encode import Ear, Reader, Readings, Vectors

KEPT = 32
"""Groups of texts held in memory; the least recently used goes first."""
PAIRS_KEPT = 4096
"""Readings held in memory, some forty answers' worth; the least recently used goes first."""


class Versioned(Ear, Protocol):
    """An ear that says which weights it has."""

    version: str
    dim: int


class Remembering:
    """Wraps an encoder. Safe to use from several threads.

    Args:
        encoder: makes the vectors that are not known yet.
        folder: where they are kept between runs; None keeps them in memory only.
    """

    def __init__(self, encoder: Versioned, folder: Path | None) -> None:
        self.encoder = encoder
        self._folder = folder
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, texts: Sequence[str], lasting: bool = True) -> Vectors:
        """The vectors of a group of texts that will be asked for again, shape (len(texts), dim). ``lasting``: also on the disk."""
        key = self._key(texts)
        with self._lock:
            known = self._kept.get(key)
            if known is None:
                known = self._read(key, len(texts)) if lasting else None
                if known is None:
                    known = self.encoder.encode(texts)
                    if lasting:
                        self._write(key, known)
                self._kept[key] = known
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return known

    def _key(self, texts: Sequence[str]) -> str:
        digest = hashlib.sha256(self.encoder.version.encode())
        for text in texts:
            raw = text.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(8, "big") + raw)
        return digest.hexdigest()[:32]

    def _read(self, key: str, count: int) -> Vectors | None:
        if self._folder is None:
            return None
        try:
            with (self._folder / f"{key}.npy").open("rb") as file:
                vectors = np.load(file, allow_pickle=False)
        except Exception:  # a file that is no array raises what its bytes look like: BadZipFile, TokenError, ValueError
            return None
        shape = (count, self.encoder.dim)
        sound = isinstance(vectors, np.ndarray) and vectors.shape == shape and vectors.dtype == np.float32 and np.isfinite(vectors).all()
        return vectors if sound else None

    def _write(self, key: str, vectors: Vectors) -> None:
        if self._folder is None:
            return
        raw = io.BytesIO()
        np.save(raw, vectors, allow_pickle=False)
        keep(self._folder / f"{key}.npy", raw.getvalue())


class RememberingReader:
    """A ``Reader`` that reads a pair once: an answer is assessed again when it is explained, disputed or said anew with a change.

    Safe to use from several threads; two that ask for the same new pair at once may both read it.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kept: OrderedDict[tuple[str, str], Readings] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, pairs: Sequence[tuple[str, str]]) -> Readings:
        """See ``Reader``."""
        with self._lock:
            known = {pair: self._kept[pair] for pair in pairs if pair in self._kept}
        new = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        if new:
            known.update(zip(new, self._reader.read(new), strict=True))
        with self._lock:
            for pair in dict.fromkeys(pairs):
                self._kept[pair] = known[pair]
                self._kept.move_to_end(pair)
            while len(self._kept) > PAIRS_KEPT:
                self._kept.popitem(last=False)
        return np.stack([known[pair] for pair in pairs]) if pairs else np.zeros((0, 5), np.float32)
