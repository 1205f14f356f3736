"""Remembered vectors: encoded once, kept on the disk by content and version, never trusted when damaged. Remembered readings likewise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from greenroom.llm import remember
from greenroom.llm.encode import Readings
from greenroom.llm.fake import FakeEncoder
from greenroom.llm.remember import Remembering, RememberingReader

EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
TEXTS = ("one phrasing", "another phrasing")


def test_a_group_is_encoded_once() -> None:
    fake = FakeEncoder()
    memory = Remembering(fake, None)
    assert np.array_equal(memory.recall(TEXTS), memory.recall(TEXTS))
    assert len(fake.calls) == 1


def test_the_disk_serves_the_next_run_and_only_the_same_texts_and_weights(tmp_path: Path) -> None:
    Remembering(FakeEncoder(), tmp_path).recall(TEXTS)
    again = FakeEncoder()
    Remembering(again, tmp_path).recall(TEXTS)
    assert again.calls == []
    Remembering(again, tmp_path).recall((*TEXTS, "a third"))
    assert len(again.calls) == 1
    other = FakeEncoder()
    other.version = "other weights"
    Remembering(other, tmp_path).recall(TEXTS)
    assert len(other.calls) == 1


def test_a_text_cut_elsewhere_is_another_group() -> None:
    memory, fake = Remembering(FakeEncoder(), None), FakeEncoder()
    assert memory._key(("ab", "c")) != memory._key(("a", "bc"))
    assert not np.array_equal(fake.encode(["ab"]), fake.encode(["bc"]))


def test_damaged_files_cost_time_not_correctness(tmp_path: Path) -> None:
    right = Remembering(FakeEncoder(), tmp_path).recall(TEXTS)
    (file,) = tmp_path.glob("*.npy")
    for junk in (b"", b"junk", b"PK\x03\x04", EMPTY_ZIP, file.read_bytes()[:-7], file.read_bytes().replace(b"}", b"(", 1)):
        file.write_bytes(junk)
        assert np.array_equal(Remembering(FakeEncoder(), tmp_path).recall(TEXTS), right)
    for wrong in (np.zeros((1, 2), np.float32), np.zeros((2, 5), np.float32), right.astype(np.float64)):
        np.save(file, wrong)
        assert np.array_equal(Remembering(FakeEncoder(), tmp_path).recall(TEXTS), right)


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert Remembering(FakeEncoder(), blocked / "cache").recall(TEXTS).shape == (2, 384)


def test_a_passing_rubric_leaves_no_file(tmp_path: Path) -> None:
    Remembering(FakeEncoder(), tmp_path).recall(TEXTS, lasting=False)
    assert not list(tmp_path.iterdir())


class CountingReader:
    """Reads a pair as its two lengths, and keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def read(self, pairs: Sequence[tuple[str, str]]) -> Readings:
        self.asked += pairs
        return np.array([[len(one), len(two), 0, 0, 0] for one, two in pairs], np.float32)


def test_a_pair_is_read_once_and_in_its_place() -> None:
    counting = CountingReader()
    reader = RememberingReader(counting)
    first = reader.read([("a", "bb"), ("ccc", "d"), ("a", "bb")])
    again = reader.read([("ccc", "d"), ("eeee", "f"), ("a", "bb")])
    assert first[:, :2].tolist() == [[1, 2], [3, 1], [1, 2]] and again[:, :2].tolist() == [[3, 1], [4, 1], [1, 2]]
    assert counting.asked == [("a", "bb"), ("ccc", "d"), ("eeee", "f")]
    assert reader.read([]).shape == (0, 5)


def test_the_longest_unused_reading_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remember, "PAIRS_KEPT", 2)
    counting = CountingReader()
    reader = RememberingReader(counting)
    for text in ("a", "b", "a", "c", "a", "b"):
        reader.read([(text, text)])
    assert [pair[0] for pair in counting.asked] == ["a", "b", "c", "b"]
    assert len(reader.read([(text, text) for text in "defgh"])) == 5
