"""The recogniser that was fetched, where it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from voice_sounds import fetched


@pytest.fixture(scope="session")
def tiny() -> Path:
    return fetched()
