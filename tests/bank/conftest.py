"""A small pack to spoil, for tests of reading and checking."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A question of its own to spoil: what the core pack's *attention* was in 0.1, in schema 2."""
    folder = tmp_path / "copy"
    (folder / "attention").mkdir(parents=True)
    for file in ("pack.yaml", "attention/attention.yaml"):
        shutil.copy(SAMPLE / file, folder / file)
    return folder
