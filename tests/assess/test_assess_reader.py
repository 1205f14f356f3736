"""How an answer and its claims are laid out for the network, and what its outputs become."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from greenroom.assess import reader
from greenroom.llm.weights import Words

BASE = 200
ASKED, SAID = "Why is attention used?", "Each word looks at all the others. It was invented in 2014, and nothing is added up."


class Pretending:
    """A network that looks for the first word of a claim in the answer: made where it stands, missed where it does not."""

    def __init__(self) -> None:
        self.rows = list[list[int]]()

    def run(self, outputs: Sequence[str], batches: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
        assert list(outputs) == ["points", "held", "mark", "start", "end"]
        for fed in batches:
            ids = [int(low + BASE * high) for low, high in fed["words"]]
            self.rows.append(ids)
            answer = ids[: int(fed["first"][0])]
            labels, at = np.full((len(fed["first"]), 5), -9.0, np.float32), np.full((len(fed["first"]), len(ids)), -9.0, np.float32)
            for n, first in enumerate(fed["first"]):
                sought = ids[first + 1]
                labels[n, 0 if sought in answer else 2] = 9.0
                if sought in answer:
                    at[n, answer.index(sought)] = 9.0
            yield [labels, labels[:, ::-1], labels[:, :1], at, at]


@pytest.fixture(scope="module")
def words() -> Words:
    """The vector of a word is its number in two digits, so that the pretended network can read it back."""
    held, numbers = Words.load(), np.arange(30522)
    return Words(held.tokenizer, np.stack([numbers % BASE, numbers // BASE], 1).astype(np.int16), np.ones((30522, 1), np.float32))


def test_every_claim_begins_anew_and_has_a_group_of_its_own() -> None:
    row = reader.lay_out([7, 8], [11, 12, 13], [[21], [22, 23]])
    assert row.ids == [101, 7, 8, 102, 11, 12, 13, 102, 101, 21, 102, 101, 22, 23, 102]
    assert row.group == [0] * 8 + [1] * 3 + [2] * 4
    assert row.places == [*range(64, 72), 0, 1, 2, 0, 1, 2, 3]
    assert row.answer == (4, 7) and row.first == [8, 11]


def test_no_place_lies_beyond_what_the_network_has() -> None:
    row = reader.lay_out([7] * 900, [11] * reader.ANSWER_TOKENS, [[21] * 900])
    assert max(row.places) < 512 and len(row.ids) < 700


def test_a_reading_has_shares_and_the_characters_that_decide(words: Words) -> None:
    network = Pretending()
    made, missed, held = reader.Reader(network, words).read(
        ASKED, SAID, [("looks", "point"), ("sums", "point"), ("invented", "misconception")]
    )
    assert made.shares.argmax() == 0 and made.shares.sum() == pytest.approx(1)
    assert made.mark > 0.99 > 0.01 > missed.mark
    assert SAID[slice(*made.span)] == "looks" and missed.shares.argmax() == 2
    assert held.shares.argmax() == 4, "a misconception is read by the other head"


@pytest.mark.parametrize("answer", ["", "\ud800", "\u200b", "word " * 4000, "one sentence. " * 900 + "The end looks good."])
def test_any_answer_can_be_read(words: Words, answer: str) -> None:
    network = Pretending()
    (found,) = reader.Reader(network, words).read(ASKED, answer, [("looks", "point")])
    assert answer[slice(*found.span)] == ("looks" if "looks" in answer else answer[slice(*found.span)])
    assert all(len(row) <= reader.ROW_TOKENS for row in network.rows), "one claim beside a window"


def test_a_long_answer_is_read_in_windows_of_whole_sentences_that_overlap(words: Words) -> None:
    network = Pretending()
    said = " ".join(f"This is sentence number {n}." for n in range(200))
    reader.Reader(network, words).read(ASKED, said, [("looks", "point")])
    texts = [words.tokenizer.decode(row).split("attention used?")[1] for row in network.rows]
    assert len(network.rows) > 3 and all(text.strip().startswith("this is sentence") for text in texts)
    for n in range(200):
        assert any(f"this is sentence number {n}." in text for text in texts), "no sentence is lost or cut in two"
    for before, after in pairwise(texts):
        assert after.strip().split(".")[0] in before, "a window begins with the last of the one before"


def test_many_claims_are_read_in_several_rows(words: Words) -> None:
    network = Pretending()
    claims: list[tuple[str, reader.Kind]] = [("looks " * 40, "point")] * 40
    found = reader.Reader(network, words).read(ASKED, SAID, claims)
    assert len(found) == 40 and len(network.rows) > 1 and all(SAID[slice(*each.span)] == "looks" for each in found)
    assert all(len(row) <= reader.ROW_TOKENS + reader.QUESTION_TOKENS + reader.CLAIM_TOKENS for row in network.rows)
