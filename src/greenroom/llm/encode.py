"""The seams to a sentence encoder with an ear for order, to a reader, a marker and a flagger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Readings = NDArray[np.float32]
Scores = NDArray[np.float32]
MAKES, PARTLY, NOT, CONTRADICTS, COVER = range(5)
"""The columns of Readings: probabilities that the passage makes the statement, makes it partly, does not, contradicts it (they sum to 1);
and how much of the statement it covers, 0..1.
"""


class Encoder(Protocol):
    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit-length vectors, shape (len(texts), dim), float32."""
        ...


class Hearing(NamedTuple):
    """Texts as vectors, shape (n, dim), and as they read: ``order`` (n,), log odds that the words stand as people put them. Above 0 it
    rather was said than thrown together; of two sentences together it is about the mean of theirs by length.
    """

    vectors: Vectors
    order: Scores


class Ear(Encoder, Protocol):
    """An encoder that also hears whether a text is words in an order that people use: lists of terms and shuffled words are not."""

    def hear(self, texts: Sequence[str]) -> Hearing:
        """Both in one run."""
        ...

    def order(self, texts: Sequence[str]) -> Scores:
        """The order alone: shape (len(texts),)."""
        ...


class Reader(Protocol):
    def read(self, pairs: Sequence[tuple[str, str]]) -> Readings:
        """What each passage does with its statement: pairs are (passage, statement); shape (len(pairs), 5), float32."""
        ...


class Marker(Reader, Protocol):
    """A reader whose *cover* is the mark that a person would give the passage, held against the statement as a reference answer; its
    other columns mean nothing.
    """

    @property
    def room(self) -> int:
        """Tokens that a passage and its statement may have together; what is beyond is not read."""
        ...

    def length(self, text: str) -> int:
        """Tokens of a text."""
        ...


class Readers(NamedTuple):
    """``flagger``: a reader whose *cover* says how surely the passage states the statement, a misconception; its other columns mean
    nothing.
    """

    reader: Reader
    marker: Marker
    flagger: Reader
