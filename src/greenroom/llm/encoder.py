"""The sentence encoder that ships: int8 ONNX weights in the package, run by onnxruntime on the processor.

A text's vector does not depend on what else is in the batch. Texts beyond ``MAX_TOKENS`` are cut: callers hand in clauses and sentences,
not
documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from greenroom.llm.encode import Hearing, Scores, Vectors
from greenroom.llm.weights import WEIGHTS, Network, Words, buckets, check_weights, mask, open_network, padded, sound

MAX_TOKENS = 128
END = 102
"""[SEP] of the vocabulary: the last token of a text, also of one that was cut."""


class OnnxEncoder:
    """An ``Ear``. ``version``: first 12 hex digits of the weights' SHA-256. Safe to use from several threads."""

    dim = 384

    def __init__(self, network: Network, words: Words, version: str) -> None:
        self._network = network
        self.words = words
        self.version = version

    @classmethod
    def load(cls, folder: Path = WEIGHTS, threads: int = 2) -> OnnxEncoder:
        """Read and check the weights.

        Raises:
            WeightsError: the files are missing, damaged or cannot be run, or onnxruntime or tokenizers is not installed.
        """
        sums = check_weights(folder)
        return cls(open_network(folder / "encoder.onnx", threads), Words.load(folder), sums["encoder.onnx"][:12])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit-length vectors, shape (len(texts), 384), float32, in the order of ``texts``."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for places, (found,) in self._run(["sentences"], texts):
            vectors[places] = found
        return vectors

    def hear(self, texts: Sequence[str]) -> Hearing:
        """See ``Ear``. What it learnt from: training/fit_order.py."""
        heard = Hearing(np.zeros((len(texts), self.dim), np.float32), np.zeros(len(texts), np.float32))
        for places, (vectors, order) in self._run(["sentences", "order"], texts):
            heard.vectors[places], heard.order[places] = vectors, order
        return heard

    def order(self, texts: Sequence[str]) -> Scores:
        """See ``Ear``."""
        return self.hear(texts).order

    def tokens(self, text: str) -> list[int]:
        """Ids of what of a text is read."""
        return _cut(self.words.tokenizer.encode(sound(text)).ids)

    def _run(self, outputs: Sequence[str], texts: Sequence[str]) -> Iterator[tuple[list[int], list[Any]]]:
        """Places of texts, and what the network makes of them."""
        tokens = [_cut(ids) for ids in self.words.split(texts)]
        batches = list(buckets([len(ids) for ids in tokens]))
        rows = ([tokens[place] for place in places] for places in batches)
        fed = ({"words": self.words.look_up(padded(some)), "mask": mask(some)} for some in rows)
        return zip(batches, self._network.run(outputs, fed), strict=True)


def _cut(ids: list[int]) -> list[int]:
    return ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - 1], END]
