"""Sound for the tests: from flite where it is installed, and made by ourselves where no words are needed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from greenroom.settings import default_home
from greenroom.voice.fetch import TINY

RATE = 16_000
REAL_HOME = Path(os.environ.get("GREENROOM_HOME") or default_home())
"""Read before a test moves it."""


def fetched() -> Path:
    """The recogniser's folder: $GREENROOM_TEST_VOICE_MODEL, or where `greenroom voice fetch` puts it. Skips without it."""
    pytest.importorskip("faster_whisper", reason="NOT RUN: pip install 'greenroom[voice]'")
    given = os.environ.get("GREENROOM_TEST_VOICE_MODEL")
    folder = Path(given) if given else REAL_HOME / "models" / TINY.folder
    if not TINY.is_whole(folder):
        pytest.skip("NOT RUN: the recogniser. `greenroom voice fetch`, or set GREENROOM_TEST_VOICE_MODEL to its folder.")
    return folder


def noise(seconds: float, loud: float = 0.05) -> bytes:
    """White noise: sound without speech."""
    samples = np.random.default_rng(7).standard_normal(int(RATE * seconds)) * loud * 32768
    return bytes(samples.clip(-32768, 32767).astype("<i2").tobytes())


def silence(seconds: float) -> bytes:
    return bytes(2 * int(RATE * seconds))


def louder(sound: bytes, times: float) -> bytes:
    """Beyond full scale it is cut off, as by a microphone."""
    return bytes((np.frombuffer(sound, "<i2").astype(np.float64) * times).clip(-32768, 32767).astype("<i2").tobytes())


def speech(folder: Path, text: str, voice: str = "slt") -> bytes:
    """Known words, spoken by flite: 16,000 samples a second. Skips without flite."""
    program = shutil.which("flite")
    if program is None:
        pytest.skip("NOT RUN: needs speech with known words (Debian: apt-get install flite)")
    path = folder / f"{hashlib.sha256(f'{voice}{text}'.encode()).hexdigest()[:12]}.wav"
    if not path.exists():
        subprocess.run([program, "-voice", voice, "-t", text, "-o", str(path)], check=True, timeout=60)
    with wave.open(str(path)) as file:
        return file.readframes(file.getnframes())


def write_wav(path: Path, sound: bytes) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound)
    return path
