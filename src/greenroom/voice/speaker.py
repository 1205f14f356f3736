"""The interviewer's voice where the browser has none of its own (``hibari-tts``, in the worker's process); and sound as bytes."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, Any

from greenroom.errors import ExtraMissingError
from greenroom.voice.heard import RATE

if TYPE_CHECKING:
    import numpy as np

MOST_CHARACTERS = 1_000
SPOKEN_RATE = 24_000


class Speaker:
    """Reads a sentence aloud. Raises ExtraMissingError without hibari."""

    def __init__(self, threads: int) -> None:
        try:
            from hibari import Hibari
        except ImportError as error:
            raise ExtraMissingError("hibari-tts", "voice") from error
        self._voice = Hibari(threads=threads)  # the voice in the package: no other is asked for, none is downloaded

    def say(self, text: str) -> bytes:
        """A WAV file of 24,000 samples a second. The same text gives the same bytes."""
        return wav_of(pcm_of(self._voice(text[:MOST_CHARACTERS], seed=0)), SPOKEN_RATE)


def pcm_of(samples: np.ndarray[Any, Any]) -> bytes:
    """Samples of −1 to 1 as 16 bits."""
    import numpy as np

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
    import numpy as np

    with wave.open(io.BytesIO(wav)) as file:
        samples, old = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64), file.getframerate()
    places = np.arange(int(len(samples) * rate / old)) * old / rate
    return bytes(np.interp(places, np.arange(len(samples)), samples).astype("<i2").tobytes())
