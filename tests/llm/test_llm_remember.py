"""Remembered vectors: encoded once, kept on the disk by content and version, never trusted when damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from greenroom.llm.fake import FakeEncoder
from greenroom.llm.remember import Remembering

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
    for junk in (b"", b"junk", file.read_bytes()[:-7]):
        file.write_bytes(junk)
        assert np.array_equal(Remembering(FakeEncoder(), tmp_path).recall(TEXTS), right)
    np.save(file, np.zeros((1, 2), np.float32))
    assert np.array_equal(Remembering(FakeEncoder(), tmp_path).recall(TEXTS), right)


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert Remembering(FakeEncoder(), blocked / "cache").recall(TEXTS).shape == (2, 384)


def test_a_passing_rubric_leaves_no_file(tmp_path: Path) -> None:
    Remembering(FakeEncoder(), tmp_path).recall(TEXTS, lasting=False)
    assert not list(tmp_path.iterdir())
