"""An encoder without weights, for tests and examples: deterministic, instant, and no judge of meaning.

Each word falls by its hash into one of ``dim`` places; texts that share words have a high cosine. Synonyms mean nothing to it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np

from greenroom.llm.encode import Vectors


class FakeEncoder:
    """An ``Encoder`` by hashed words. ``calls`` records every batch it was given."""

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
