"""The runtime of the networks keeps and sends no record of what it ran."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from greenroom.llm.weights import WEIGHTS

ALONE = f"import onnxruntime; onnxruntime.InferenceSession({str(WEIGHTS / 'encoder.onnx')!r}, providers=['CPUExecutionProvider'])"
ASSESS = "from greenroom.llm.encoder import OnnxEncoder; OnnxEncoder.load().encode(['a sentence'])"


def kept_after(code: str, home: Path) -> list[str]:
    """Files that a new process leaves in an empty home."""
    hidden = ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME", "XDG_DATA_HOME")
    env = {**{name: value for name, value in os.environ.items() if name not in hidden}, "HOME": str(home)}
    subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, timeout=60)
    return [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]


def test_a_reading_leaves_no_record(tmp_path: Path) -> None:
    assert kept_after(ASSESS, tmp_path) == []


def test_control_the_runtime_by_itself_keeps_one(tmp_path: Path) -> None:
    if not (found := kept_after(ALONE, tmp_path)):
        pytest.skip("NOT RUN: this build of onnxruntime has no telemetry")
    assert any("onnxruntime" in name for name in found)
