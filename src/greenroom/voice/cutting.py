"""Where a recording that still goes on may be cut, so that what was said before is settled and only the rest is listened to again.

A cut in the middle of a word loses it; a piece longer than half a minute is slow, and so is the wait at the end. So: at a pause once there
is enough, between two words when there is too much, and at the end wherever it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from greenroom.voice.heard import Heard, Span, Word

PAUSE_SECONDS = 0.5
"""A silence that is taken for the end of a phrase."""
ENOUGH_SECONDS = 5.0
"""Shorter pieces are recognised worse: the words around help."""
MOST_SECONDS = 22.0
HELD_SECONDS = 2.0
"""The last words of a piece may still change when the next ones are heard."""
QUIET_SECONDS = 4.0
"""So much silence is let go of, but for its last second."""


def cut_at(heard: Heard, seconds: float, *, ended: bool) -> float:
    """How many of the ``seconds`` may be settled; 0.0: none yet."""
    if ended:
        return seconds
    if not heard.speech:
        return seconds - 1.0 if seconds >= QUIET_SECONDS else 0.0
    pauses = [gap for gap in _silences(heard.speech, seconds) if gap.end - gap.start >= PAUSE_SECONDS and gap.start >= ENOUGH_SECONDS]
    if pauses:
        last = pauses[-1]
        return round(min((last.start + last.end) / 2, last.start + 1.0), 2)
    return _between_words(heard.words, seconds) if seconds >= MOST_SECONDS else 0.0


def _silences(speech: Sequence[Span], seconds: float) -> list[Span]:
    """After each stretch of speech, the one that may still go on included."""
    return [*(Span(a.end, b.start) for a, b in pairwise(speech)), Span(speech[-1].end, seconds)]


def _between_words(words: Sequence[Word], seconds: float) -> float:
    """The widest gap among the words, not in the first seconds nor the last; 0.0 where there are too few words."""
    gaps = [(b.start - a.end, (a.end + b.start) / 2) for a, b in pairwise(words) if ENOUGH_SECONDS <= a.end <= seconds - HELD_SECONDS]
    return round(max(gaps)[1], 2) if gaps else 0.0


def settled(words: Sequence[Word], at: float) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """The words before ``at`` and those after it, by their middles."""
    before = tuple(word for word in words if (word.start + word.end) / 2 < at)
    return before, tuple(words[len(before) :])
