"""The mark as a whole: everything that was written counts, however long it is, and texts that fit are read once, whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from greenroom.assess.reading.mark import LOOKS, read_mark
from greenroom.llm.encode import COVER, Readings
from greenroom.llm.reader import OnnxReader

FACTS = {
    "hash": "A hash table finds an entry in constant time on average, because the place is computed from the key.",
    "tree": "A balanced search tree finds an entry in logarithmic time, because each comparison halves what is left.",
    "list": "In a linked list an entry is found in linear time, because one has to follow the links one after another.",
    "array": "A sorted array is searched in logarithmic time, but putting something in takes linear time.",
    "heap": "A heap gives the smallest entry in constant time and takes logarithmic time to remove it.",
    "trie": "A trie finds a word in time that grows with its length and not with the number of words.",
    "graph": "A graph as lists of neighbours takes space that grows with the number of edges.",
    "matrix": "A graph as a matrix tells in constant time whether two nodes are joined, and takes space for all pairs.",
    "cache": "A cache keeps what was used last, because what was used is likely to be used again soon.",
    "bloom": "A Bloom filter says that something is surely not there or that it may be, in little space.",
    "queue": "A queue gives back first what was put in first, a stack what was put in last.",
    "union": "Union-find tells whether two entries belong together in nearly constant time for each question.",
}


class Counting:
    """A marker that gives a statement the share of its words that the passage has, and keeps what it was asked."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.pairs: list[tuple[str, str]] = []

    def length(self, text: str) -> int:
        return len(text.split())

    def read(self, pairs: Sequence[tuple[str, str]]) -> Readings:
        self.pairs += pairs
        found = np.zeros((len(pairs), 5), np.float32)
        for row, (passage, statement) in enumerate(pairs):
            wanted = set(statement.split())
            found[row, COVER] = len(wanted & set(passage.split())) / max(len(wanted), 1)
        return found


def test_what_fits_is_read_once_and_whole() -> None:
    marker = Counting(40)
    assert read_mark(FACTS["hash"], FACTS["hash"], marker) == 1
    assert marker.pairs == [(FACTS["hash"], FACTS["hash"])]


def test_every_word_of_a_long_reference_is_read_and_few_pairs_are() -> None:
    reference, answer = " ".join(FACTS.values()), " ".join(reversed(FACTS.values()))
    marker = Counting(60)
    read_mark(answer, reference, marker)
    parts = list(dict.fromkeys(statement for _, statement in marker.pairs[1:]))
    assert " ".join(parts) == reference
    assert all(marker.length(a) <= 30 and marker.length(b) <= 30 for a, b in marker.pairs[1:])
    assert len(marker.pairs) <= 1 + LOOKS * len(parts)


def test_a_sentence_beyond_all_room_is_cut_between_words() -> None:
    line, marker = " ".join(f"word{i}" for i in range(500)), Counting(20)
    assert read_mark(line, line, marker) == 1
    assert {word for _, statement in marker.pairs[1:] for word in statement.split()} == set(line.split())


@pytest.mark.parametrize("text", ["", "x" * 5000, "?" * 700])
def test_odd_texts_have_a_mark(text: str) -> None:
    assert 0 <= read_mark(text, FACTS["hash"] * 20, Counting(60)) <= 1


def test_with_the_shipped_marker_the_far_end_of_a_long_reference_counts() -> None:
    """Control: read as the marker alone reads it, cut, the end makes no difference."""
    marker, reference = OnnxReader.marker(threads=2), " ".join(FACTS.values()) * 3
    start, whole = " ".join(list(FACTS.values())[:4]), " ".join(FACTS.values())
    assert marker.length(reference) > 2 * marker.room
    assert read_mark(whole, reference, marker) > read_mark(start, reference, marker) + 0.1
    cut = marker.read([(text, reference) for text in (start, whole)])[:, COVER]
    assert cut[1] < cut[0] + 0.1
