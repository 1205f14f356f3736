"""Sound as bytes: samples of 16 bits, WAV files, another rate."""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np

from greenroom.voice.heard import RATE


def pcm_of(samples: np.ndarray[Any, Any]) -> bytes:
    """Samples of −1 to 1 as 16 bits."""
    return bytes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def wav_of(pcm: bytes, rate: int = RATE) -> bytes:
    """One channel, 16 bits."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    return out.getvalue()


def at_rate(wav: bytes, rate: int = RATE) -> bytes:
    """The samples of a WAV file of one channel and 16 bits, at ``rate``. Linear between samples: good enough for speech that is slowed."""
    with wave.open(io.BytesIO(wav)) as file:
        samples, old = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64), file.getframerate()
    places = np.arange(int(len(samples) * rate / old)) * old / rate
    return bytes(np.interp(places, np.arange(len(samples)), samples).astype("<i2").tobytes())
