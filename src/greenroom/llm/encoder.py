"""The sentence encoder that ships: int8 ONNX weights in the package, run by onnxruntime on the processor.

A text's vector does not depend on what else is in the batch. Texts beyond ``MAX_TOKENS`` are cut: callers hand in clauses and sentences,
not
documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from greenroom.llm.encode import Vectors
from greenroom.llm.weights import WEIGHTS, Words, buckets, check_weights, mask, open_session, padded, sound

MAX_TOKENS = 128
END = 102
"""[SEP] of the vocabulary: the last token of a text, also of one that was cut."""


class OnnxEncoder:
    """An ``Encoder``. ``version``: first 12 hex digits of the weights' SHA-256. Safe to use from several threads."""

    dim = 384

    def __init__(self, session: Any, words: Words, version: str) -> None:
        self._session = session
        self._words = words
        self.version = version

    @classmethod
    def load(cls, folder: Path = WEIGHTS, threads: int = 2) -> OnnxEncoder:
        """Read and check the weights.

        Raises:
            WeightsError: the files are missing, damaged or cannot be run, or onnxruntime or tokenizers is not installed.
        """
        sums = check_weights(folder)
        return cls(open_session(folder / "encoder.onnx", threads), Words.load(folder), sums["encoder.onnx"][:12])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit-length vectors, shape (len(texts), 384), float32, in the order of ``texts``."""
        tokens = [_cut(encoding.ids) for encoding in self._words.tokenizer.encode_batch([sound(text) for text in texts])]
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for places in buckets([len(ids) for ids in tokens]):
            rows = [tokens[place] for place in places]
            fed = {"words": self._words.look_up(padded(rows)), "mask": mask(rows)}
            vectors[places] = self._session.run(["sentences"], fed)[0]
        return vectors


def _cut(ids: list[int]) -> list[int]:
    return ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - 1], END]
