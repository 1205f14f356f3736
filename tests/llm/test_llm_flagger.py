"""The flagger: the reader with small additions that make it tell whether a misconception is stated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from greenroom.llm.encode import COVER
from greenroom.llm.reader import OnnxReader

PARITY = Path(__file__).parent / "flagger_parity.json"
MEAN, MOST = 0.02, 0.15
"""Allowed difference of the reading between the shipped eight bits and the trained model (training/export_marker.py writes the latter)."""


@pytest.fixture(scope="module")
def rows() -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(PARITY.read_text(encoding="utf-8"))
    return found


def read(reader: OnnxReader, rows: list[dict[str, object]]) -> np.ndarray:
    return reader.read([(str(row["passage"]), str(row["statement"])) for row in rows])[:, COVER]


def wanted(rows: list[dict[str, object]]) -> np.ndarray:
    return 1 / (1 + np.exp(-np.array([row["logit"] for row in rows], np.float64)))


def test_the_shipped_flagger_reads_as_the_trained_model_does(rows: list[dict[str, object]]) -> None:
    apart = np.abs(read(OnnxReader.flagger(threads=1), rows) - wanted(rows))
    assert len(rows) == 100 and apart.mean() < MEAN and apart.max() < MOST


def test_control_the_reader_without_the_additions_reads_otherwise(rows: list[dict[str, object]]) -> None:
    assert np.abs(read(OnnxReader.load(threads=1), rows) - wanted(rows)).mean() > 3 * MEAN
