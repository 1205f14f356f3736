"""What a recogniser heard: words with their times. And a take: what was recorded from one press of the button to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Annotated, NamedTuple

from pydantic import Field

from greenroom.bank.question import Value

RATE = 16_000
"""Samples a second of every recording here: one channel, 16 bits, little-endian."""
BYTES_A_SECOND = 2 * RATE
LONGEST_SECONDS = 1200
"""Of one take. Then the recording stops, and the next press begins another."""
TAKE_ID = r"^[0-9a-f]{32}$"
Seconds = Annotated[float, Field(ge=0, le=10 * LONGEST_SECONDS, allow_inf_nan=False)]


class Word(Value):
    """``start`` and ``end`` in seconds from the beginning of the take; ``probability`` as the recogniser gives it."""

    text: Annotated[str, Field(max_length=200)]
    start: Seconds
    end: Seconds
    probability: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Span(NamedTuple):
    """A stretch of speech, in seconds."""

    start: float
    end: float


class Heard(NamedTuple):
    """What was recognised in one piece of sound. ``speech``: where somebody spoke, found before any word was."""

    words: tuple[Word, ...]
    speech: tuple[Span, ...]


class Take(Value):
    """One recording as it is kept: its words, not its sound. ``recogniser``: which one heard it."""

    take_id: Annotated[str, Field(pattern=TAKE_ID)]
    session_id: str
    turn_id: str
    begun_at: datetime
    seconds: Seconds
    recogniser: Annotated[str, Field(max_length=100)]
    words: Annotated[tuple[Word, ...], Field(max_length=20_000)] = ()


def text_of(words: Iterable[Word]) -> str:
    """The words as a line of text; a word carries the blank before it, as recognisers give it."""
    return "".join(word.text for word in words).strip()


def moved(words: Iterable[Word], seconds: float) -> tuple[Word, ...]:
    """The same words, that much later."""
    return tuple(w.model_copy(update={"start": round(w.start + seconds, 2), "end": round(w.end + seconds, 2)}) for w in words)


def fitted(words: Iterable[Word], speech: Sequence[Span]) -> tuple[Word, ...]:
    """Words pulled out of the silences they reach into: recognisers stretch the word before a pause, or after it, over the whole of it."""
    gaps = [Span(before.end, after.start) for before, after in pairwise(speech)]
    found = []
    for word in words:
        start, end = word.start, word.end
        for gap in gaps:
            if start < gap.start and gap.end < end:
                start, end = (start, gap.start) if gap.start - start >= end - gap.end else (gap.end, end)
            elif gap.start <= start < gap.end < end:
                start = gap.end
            elif start < gap.start < end <= gap.end:
                end = gap.start
        found.append(word.model_copy(update={"start": round(start, 2), "end": round(max(start, end), 2)}))
    return tuple(found)
