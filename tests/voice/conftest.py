"""The recogniser that was fetched, where it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from greenroom.settings import default_home
from greenroom.voice.fetch import TINY

REAL_HOME = Path(os.environ.get("GREENROOM_HOME") or default_home())
"""Read before a test moves it."""


@pytest.fixture(scope="session")
def tiny() -> Path:
    """The fetched recogniser: $GREENROOM_TEST_VOICE_MODEL, or where `greenroom voice fetch` puts it."""
    pytest.importorskip("faster_whisper", reason="NOT RUN: pip install 'greenroom[voice]'")
    given = os.environ.get("GREENROOM_TEST_VOICE_MODEL")
    folder = Path(given) if given else REAL_HOME / "models" / TINY.folder
    if not TINY.is_whole(folder):
        pytest.skip("NOT RUN: the recogniser. `greenroom voice fetch`, or set GREENROOM_TEST_VOICE_MODEL to its folder.")
    return folder
