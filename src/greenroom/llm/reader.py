"""The reader that ships: a cross-encoder that reads a passage and a statement together and says what the one does with the other.

int8 ONNX weights in the package, run by onnxruntime on the processor. A pair's reading does not depend on what else is in the batch.
A pair beyond ``MAX_TOKENS`` is cut, the longer text first: callers hand in sentences, and pieces of what is longer. Trained by
training/fit_reader.py on sentences; what it was not trained to see, and what it gets wrong, is in weights/MODEL_CARD.md.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from greenroom.llm.encode import COVER, Readings
from greenroom.llm.weights import WEIGHTS, Network, Words, buckets, check_weights, mask, open_network, padded, sound

MAX_TOKENS = 192
MARK_TOKENS = 320
"""For whole answers beside whole references (``OnnxReader.marker``)."""
START, END = 101, 102
"""[CLS] and [SEP] of the vocabulary."""
FRAME = 3
"""Such tokens around a pair."""

SAME = (1.0, 0.0, 0.0, 0.0, 1.0)
"""A text makes itself. The network misreads one in twenty of the bank's texts beside themselves: most nearly equal texts that it saw were
turned round.
"""


def bare(text: str) -> str:
    """Without case, spacing and the full stop; a question mark stays."""
    return " ".join(text.casefold().split()).rstrip(" .!")


class OnnxReader:
    """A ``Reader``. Safe to use from several threads.

    Args:
        start: opens the network; called when the first pair is read, for a rehearsal may need none.
        longest: tokens of a pair beyond which it is cut.
    """

    def __init__(self, start: Callable[[], Network], words: Words, longest: int = MAX_TOKENS) -> None:
        self._start = start
        self._words = words
        self._longest = longest
        self._network: Network | None = None
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path = WEIGHTS, threads: int = 2, words: Words | None = None) -> OnnxReader:
        """``words``: where they are loaded already, and the weights checked. Raises WeightsError as ``OnnxEncoder.load`` does."""
        return cls._of("reader.onnx", folder, threads, words)

    @classmethod
    def points(cls, folder: Path = WEIGHTS, threads: int = 2, words: Words | None = None) -> OnnxReader:
        """The reader with what training/fit_marker.py added for the bank's points: the same five outputs, on dense sentences that say
        nearly the same told apart from those turned round. Arguments and errors as ``load``.
        """
        return cls._of("points.onnx", folder, threads, words)

    @classmethod
    def marker(cls, folder: Path = WEIGHTS, threads: int = 2, words: Words | None = None) -> OnnxReader:
        """The reader with what training/fit_marker.py added: *cover* is the mark that a person would give the passage, held against the
        statement as a reference answer. Its other columns mean nothing. Arguments and errors as ``load``.
        """
        return cls._of("marker.onnx", folder, threads, words, MARK_TOKENS)

    @classmethod
    def flagger(cls, folder: Path = WEIGHTS, threads: int = 2, words: Words | None = None) -> OnnxReader:
        """The reader with what training/fit_marker.py added for misconceptions: see ``Readers``. Arguments and errors as ``load``."""
        return cls._of("flagger.onnx", folder, threads, words)

    @classmethod
    def _of(cls, name: str, folder: Path, threads: int, words: Words | None, longest: int = MAX_TOKENS) -> OnnxReader:
        if words is None:
            check_weights(folder)
            words = Words.load(folder)
        return cls(lambda: open_network(folder / name, threads), words, longest)

    @property
    def room(self) -> int:
        """See ``Marker``."""
        return self._longest - FRAME

    def length(self, text: str) -> int:
        """See ``Marker``."""
        return len(self._words.tokenizer.encode(sound(text)).ids) - 2

    def read(self, pairs: Sequence[tuple[str, str]]) -> Readings:
        """See ``Reader``: shape (len(pairs), 5), in the order of ``pairs``."""
        logits = self.logits(pairs)
        high = np.exp(logits[:, :COVER] - logits[:, :COVER].max(axis=1, keepdims=True))
        cover = 1 / (1 + np.exp(-np.clip(logits[:, COVER:], -30, 30)))
        found: Readings = np.concatenate([high / high.sum(axis=1, keepdims=True), cover], axis=1)
        found[[place for place, (passage, statement) in enumerate(pairs) if bare(passage) == bare(statement)]] = SAME
        return found

    def logits(self, pairs: Sequence[tuple[str, str]]) -> Readings:
        """What the network gives, before it is made into probabilities, shape (len(pairs), 5)."""
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        tokens = dict(zip(texts, (ids[1:-1] for ids in self._words.split(texts)), strict=True))
        made = [_joined(tokens[statement], tokens[passage], self.room) for passage, statement in pairs]
        found = np.zeros((len(pairs), 5), np.float32)
        batches = list(buckets([len(ids) for ids, _ in made]))
        if batches:
            fed = (self._fed([made[place] for place in places]) for places in batches)
            for places, (logits,) in zip(batches, self._opened().run(["logits"], fed), strict=True):
                found[places] = logits
        return found

    def _opened(self) -> Network:
        with self._lock:
            self._network = self._network or self._start()
            return self._network

    def _fed(self, rows: Sequence[tuple[list[int], list[int]]]) -> dict[str, Any]:
        """What the network is given of pairs: their words' vectors, segments, and what is no padding."""
        ids = [ids for ids, _ in rows]
        return {"words": self._words.look_up(padded(ids)), "types": padded([types for _, types in rows]), "mask": mask(ids)}


def _joined(statement: list[int], passage: list[int], room: int) -> tuple[list[int], list[int]]:
    """The tokens of a pair and their segments: the statement first, as the backbone learnt queries. ``room``: tokens for both texts."""
    if len(statement) + len(passage) > room:  # the longer one gives way, down to half
        least = min(len(statement), len(passage), room // 2)
        short = len(statement) <= len(passage)
        statement, passage = (statement[:least], passage[: room - least]) if short else (statement[: room - least], passage[:least])
    ids = [START, *statement, END, *passage, END]
    return ids, [0] * (len(statement) + 2) + [1] * (len(passage) + 1)
