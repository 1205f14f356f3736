"""The interviewer's voice where the browser has none of its own: ``hibari-tts``, in the worker's process."""

from __future__ import annotations

from greenroom.errors import ExtraMissingError
from greenroom.voice.sound import pcm_of, wav_of

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
