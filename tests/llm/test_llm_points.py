"""The reader of points: the reader with small additions, on dense sentences that say nearly the same or the contrary."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from greenroom.llm.encode import CONTRADICTS, COVER, MAKES
from greenroom.llm.reader import OnnxReader

PARITY = Path(__file__).parent / "points_parity.json"
MEAN, MOST = 0.02, 0.2
"""Allowed difference of a reading between the shipped eight bits and the trained model (training/export_marker.py writes the latter)."""
SAME = [
    (
        "Repetition is self-reinforcing: models copy patterns from context, so the probability of a sentence rises with each time "
        "it was repeated.",
        "Repetition feeds on itself: models have learned to copy patterns from their context, so each time that a sentence is repeated the "
        "chance of the next repetition goes up.",
    ),
    (
        "Some heads can be cut out of a trained model and hardly anything is lost, since others do the same work.",
        "Many heads are redundant: taken out, the rest of the model makes up for them.",
    ),
]
TURNED = [
    (
        "Repetition is self-limiting: the probability of a sentence falls with each time it was repeated.",
        "Repetition feeds on itself: models have learned to copy patterns from their context, so each time that a sentence is repeated the "
        "chance of the next repetition goes up.",
    ),
    (
        "No head can be cut out of a trained model without a great loss.",
        "Many heads are redundant: taken out, the rest of the model makes up for them.",
    ),
]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(PARITY.read_text(encoding="utf-8"))
    return found


def read(reader: OnnxReader, rows: list[dict[str, object]]) -> np.ndarray:
    return reader.read([(str(row["passage"]), str(row["statement"])) for row in rows])[:, [MAKES, COVER]]


def wanted(rows: list[dict[str, object]]) -> np.ndarray:
    cover = 1 / (1 + np.exp(-np.array([row["logit"] for row in rows], np.float64)))
    return np.stack([np.array([row["makes"] for row in rows], np.float64), cover], axis=1)


def test_the_shipped_reader_of_points_reads_as_the_trained_model_does(rows: list[dict[str, object]]) -> None:
    apart = np.abs(read(OnnxReader.points(threads=1), rows) - wanted(rows))
    assert len(rows) == 100 and apart.mean() < MEAN and apart.max() < MOST


def test_control_the_reader_without_the_additions_reads_otherwise(rows: list[dict[str, object]]) -> None:
    assert np.abs(read(OnnxReader.load(threads=1), rows) - wanted(rows)).mean() > 3 * MEAN


def test_nearly_the_same_is_misread_less_and_turned_round_is_still_not_made() -> None:
    """The first of SAME was misread and is read well; the second is doubted more than by the bare reader."""
    same, before = (make(threads=1).read(SAME) for make in (OnnxReader.points, OnnxReader.load))
    assert before[0, CONTRADICTS] > 0.8 and same[0, MAKES] > 0.9 and same[0, CONTRADICTS] < 0.1
    assert same[1, MAKES] > 0.4
    turned = OnnxReader.points(threads=1).read(TURNED)
    assert (turned[:, MAKES] < 0.4).all() and turned[0, CONTRADICTS] > 0.9
