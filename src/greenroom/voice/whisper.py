"""Listens with faster-whisper. Runs in the worker's process: importing it loads a hundred megabytes of libraries.

First the speech is found (Silero's detector, which comes with faster-whisper): noise without speech never reaches the recogniser, which
would write something all the same. Greedy decoding: with a beam of five, three of twelve recordings ended in a phrase repeated for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from greenroom.errors import ExtraMissingError, ModelFileError
from greenroom.voice.heard import RATE, Heard, Span, Word, fitted, moved

REPETITIVE = 2.4
"""A text that can be packed so much smaller goes in circles: decoded again with some chance, and doubted if that does not help."""
MARKS = " .,!?…-–—'\""
"""A word of nothing but these is no word: it comes after the last one, where the sound goes on without speech."""
DOUBT = 0.5
TEMPERATURES = (0.0, 0.4)
AROUND_SECONDS = 0.2
"""Kept before the first and after the last speech."""


class Whisper:
    """A ``Listener``. Raises ModelFileError for a folder that holds no such model, ExtraMissingError without faster-whisper."""

    def __init__(self, name: str, folder: Path, threads: int) -> None:
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise ExtraMissingError("faster-whisper", "voice") from error
        try:
            self._model = WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=threads, num_workers=1, local_files_only=True
            )
        except (RuntimeError, ValueError, OSError) as error:
            cure = "Give a Whisper model in the form of CTranslate2, or run `greenroom voice fetch`."
            raise ModelFileError(f"{folder} cannot be loaded: {str(error)[:200]}.", cure) from error
        self.name = name

    def listen(self, sound: bytes, prompt: str) -> Heard:
        samples = np.frombuffer(sound, "<i2").astype(np.float32) / 32768
        speech = self._speech(samples)
        if not speech:
            return Heard((), ())
        start = max(0.0, speech[0].start - AROUND_SECONDS)
        piece = samples[int(start * RATE) : int((speech[-1].end + AROUND_SECONDS) * RATE)]
        words = moved(self._words(piece, prompt), start)
        return Heard(fitted(words, speech), tuple(speech))

    def _speech(self, samples: np.ndarray[Any, Any]) -> list[Span]:
        from faster_whisper.vad import VadOptions, get_speech_timestamps

        options = VadOptions(threshold=0.5, min_silence_duration_ms=300, min_speech_duration_ms=150, speech_pad_ms=60)
        if not len(samples):
            return []
        return [Span(round(each["start"] / RATE, 2), round(each["end"] / RATE, 2)) for each in get_speech_timestamps(samples, options)]

    def _words(self, piece: np.ndarray[Any, Any], prompt: str) -> list[Word]:
        segments, _ = self._model.transcribe(
            piece, language="en", beam_size=1, best_of=1, temperature=TEMPERATURES, initial_prompt=prompt or None, word_timestamps=True,
            condition_on_previous_text=False, compression_ratio_threshold=REPETITIVE, log_prob_threshold=None, vad_filter=False,
        )  # fmt: skip
        return [word for segment in segments for word in _read(segment.words or (), segment.compression_ratio)]


def _read(words: Sequence[Any], repetitive: float) -> list[Word]:
    worth = DOUBT if repetitive > REPETITIVE else 1.0
    return [
        Word(
            text=str(word.word)[:200],
            start=round(max(0.0, float(word.start)), 2),
            end=round(max(0.0, float(word.start), float(word.end)), 2),
            probability=round(min(1.0, max(0.0, float(word.probability))) * worth, 3),
        )
        for word in words
        if str(word.word).strip(MARKS)
    ]
