"""The marker: the reader with small additions, close to what was trained, and further-sighted than the reader."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from greenroom.errors import WeightsError
from greenroom.llm.encode import COVER
from greenroom.llm.reader import MARK_TOKENS, MAX_TOKENS, OnnxReader
from greenroom.llm.weights import WEIGHTS, open_network

PARITY = Path(__file__).parent / "marker_parity.json"
MEAN, MOST = 0.02, 0.15
"""Allowed difference of the mark between the shipped eight bits and the trained model (training/export_marker.py writes the latter)."""
REFERENCE = "A hash table finds an entry in constant time on average, because the place is computed from the key."


@pytest.fixture(scope="module")
def marker() -> OnnxReader:
    return OnnxReader.marker(threads=1)


def marks(marker: OnnxReader, answers: list[str]) -> list[float]:
    return [float(row[COVER]) for row in marker.read([(answer, REFERENCE) for answer in answers])]


def test_the_shipped_marker_marks_as_the_trained_model_does(marker: OnnxReader) -> None:
    rows = json.loads(PARITY.read_text(encoding="utf-8"))
    wanted = 1 / (1 + np.exp(-np.array([row["logit"] for row in rows])))
    apart = np.abs(marker.read([(row["passage"], row["statement"]) for row in rows])[:, COVER] - wanted)
    assert len(rows) == 100 and apart.mean() < MEAN and apart.max() < MOST


def test_control_the_reader_without_the_additions_marks_otherwise() -> None:
    rows = json.loads(PARITY.read_text(encoding="utf-8"))
    wanted = 1 / (1 + np.exp(-np.array([row["logit"] for row in rows])))
    plain = OnnxReader.load(threads=1).read([(row["passage"], row["statement"]) for row in rows])[:, COVER]
    assert np.abs(plain - wanted).mean() > 3 * MEAN


def test_right_half_vague_and_other_answers_rank(marker: OnnxReader) -> None:
    right, half, vague, other = marks(marker, [
        "You calculate where it sits from the key itself, so lookup is O(1) on average.",
        "Looking something up takes constant time on average.",
        "It is fast.",
        "Photosynthesis happens in the leaves.",
    ])  # fmt: skip
    assert right > half > vague > other and right > 0.7 and other < 0.1


def test_a_long_answer_is_read_further_than_the_reader_reads(marker: OnnxReader) -> None:
    padding = "and there is more to say about it " * 31  # some 250 tokens: the end is beyond the reader's window, not beyond the marker's
    end = "The place is computed from the key, so it takes constant time on average."
    for reader, sees in ((marker, True), (OnnxReader.load(threads=1), False)):
        with_end, without = reader.logits([(padding + end, REFERENCE), (padding, REFERENCE)])[:, COVER]
        assert bool(abs(with_end - without) > 0.5) is sees
    assert MARK_TOKENS > MAX_TOKENS


def test_without_the_reader_beside_it_the_marker_cannot_be_run(tmp_path: Path) -> None:
    shutil.copy(WEIGHTS / "marker.onnx", tmp_path)
    with pytest.raises(WeightsError, match=r"marker\.onnx cannot be run"):
        open_network(tmp_path / "marker.onnx", 1)
