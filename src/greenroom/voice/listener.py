"""The seam to whatever turns speech into words, and the fake that fills it."""

from __future__ import annotations

from typing import Protocol

from greenroom.voice.heard import BYTES_A_SECOND, Heard, Span, Word


class Listener(Protocol):
    """Turns one piece of speech into words."""

    @property
    def name(self) -> str:
        """Which recogniser it is, as it is kept beside what it heard."""
        ...

    def listen(self, sound: bytes, prompt: str) -> Heard:
        """The words in ``sound`` (16,000 samples a second of 16 bits, one channel), with times from its beginning.

        ``prompt``: words that are likely to be said. Raises VoiceError.
        """
        ...


class Scripted:
    """Hears the same words in whatever is not silent, evenly spread, two a second; for tests and for trying a page without a model."""

    name = "scripted"
    WORDS_A_SECOND = 2

    def __init__(self, text: str, probability: float = 0.95) -> None:
        self._words, self._probability = text.split(), probability

    def listen(self, sound: bytes, prompt: str) -> Heard:
        if not any(sound):
            return Heard((), ())
        seconds = len(sound) / BYTES_A_SECOND
        count = min(len(self._words), max(1, int(seconds * self.WORDS_A_SECOND)))
        step = seconds / count
        words = tuple(
            Word(text=f" {text}", start=round(n * step, 2), end=round((n + 0.8) * step, 2), probability=self._probability)
            for n, text in enumerate(self._words[:count])
        )
        return Heard(words, (Span(0.0, seconds),))
