"""A small pack to spoil, for tests of reading and checking."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from greenroom.builtin import PACKS


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """One question of the core pack (attention/attention.yaml), in a pack of its own."""
    folder = tmp_path / "copy"
    (folder / "attention").mkdir(parents=True)
    for file in ("pack.yaml", "attention/attention.yaml"):
        shutil.copy(PACKS / "core" / file, folder / file)
    return folder
