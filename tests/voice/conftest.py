"""Sound for the tests: from flite where it is installed, and made by ourselves where no words are needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from greenroom.settings import default_home
from greenroom.voice.fetch import TINY

Say = Callable[[str], bytes]


def noise(seconds: float, loud: float = 0.05) -> bytes:
    """White noise: sound without speech."""
    return (np.random.default_rng(7).standard_normal(int(16_000 * seconds)) * loud * 32768).clip(-32768, 32767).astype("<i2").tobytes()


def silence(seconds: float) -> bytes:
    return bytes(2 * int(16_000 * seconds))


@pytest.fixture(scope="session")
def say(tmp_path_factory: pytest.TempPathFactory) -> Say:
    """Known words, spoken by flite's voice slt: 16,000 samples a second."""
    program = shutil.which("flite")
    if program is None:
        pytest.skip("NOT RUN: needs speech with known words (Debian: apt-get install flite)")
    folder = tmp_path_factory.mktemp("speech")

    def spoken(text: str) -> bytes:
        path = folder / f"{abs(hash(text))}.wav"
        if not path.exists():
            subprocess.run([program, "-voice", "slt", "-t", text, "-o", str(path)], check=True, timeout=60)
        with wave.open(str(path)) as file:
            return file.readframes(file.getnframes())

    return spoken


@pytest.fixture(scope="session")
def tiny() -> Path:
    """The fetched recogniser: $GREENROOM_TEST_VOICE_MODEL, or where `greenroom voice fetch` puts it."""
    pytest.importorskip("faster_whisper", reason="NOT RUN: pip install 'greenroom[voice]'")
    given = os.environ.get("GREENROOM_TEST_VOICE_MODEL")
    folder = Path(given) if given else REAL_HOME / "models" / TINY.folder
    if not TINY.is_whole(folder):
        pytest.skip("NOT RUN: the recogniser. `greenroom voice fetch`, or set GREENROOM_TEST_VOICE_MODEL to its folder.")
    return folder


REAL_HOME = default_home()
