"""An encoder and a reader without weights, for tests and examples: deterministic, instant, and no judges of meaning.

The encoder: each word falls by its hash into one of ``dim`` places; texts that share words have a high cosine. The reader: the share of the
statement's words that the passage has. Synonyms mean nothing to either.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np

from greenroom.llm.encode import Hearing, Readings, Scores, Vectors


class FakeEncoder:
    """An ``Ear`` by hashed words; every text is orderly. ``calls`` records every batch it was given."""

    version = "fake"

    def __init__(self, dim: int = 384) -> None:
        self.dim = dim
        self.calls: list[tuple[str, ...]] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit-length vectors, shape (len(texts), dim), float32; a text without words gets the first axis."""
        self.calls.append(tuple(texts))
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, zlib.crc32(word.encode("utf-8", "replace")) % self.dim] += 1
            if not vectors[row].any():
                vectors[row, 0] = 1
        lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / lengths

    def hear(self, texts: Sequence[str]) -> Hearing:
        return Hearing(self.encode(texts), self.order(texts))

    def order(self, texts: Sequence[str]) -> Scores:
        return np.zeros(len(texts), np.float32)


class FakeReader:
    """A ``Reader`` by words in common: a passage with *not* contradicts what it would make. ``calls`` records every batch it was given."""

    def __init__(self) -> None:
        self.calls: list[tuple[tuple[str, str], ...]] = []

    def read(self, pairs: Sequence[tuple[str, str]]) -> Readings:
        """As ``Reader``: shape (len(pairs), 5)."""
        self.calls.append(tuple(pairs))
        found = np.zeros((len(pairs), 5), np.float32)
        for row, (passage, statement) in enumerate(pairs):
            said, wanted = (set(re.findall(r"\w+", text.lower())) for text in (passage, statement))
            share, against = len(said & wanted) / max(len(wanted), 1), ("not" in said) != ("not" in wanted)
            found[row] = (0, 0, 1 - share, share, 0) if against else (share, 0, 1 - share, 0, share)
        return found
