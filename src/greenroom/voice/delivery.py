"""How a spoken answer went, from the times of its words and nothing else: pace, pauses, the longest stretch without one, fillers, hedges.

Reported as what was done and where, in bands; never as what somebody is like. No sound is looked at: no pitch, no accent, no mood.
Recognisers tidy speech up. What they are known to drop is not counted: ``RECALL`` says how much of each kind came through when speech with
known words was played to the recogniser (docs/guide/voice.md), and below ``ENOUGH_RECALL`` a kind is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from greenroom.voice.heard import Span, Take, Word

WINDOW_SECONDS = 30.0
SHORTEST_WINDOW = 10.0
"""The rest at the end is a window of its own from this length on, else it belongs to the one before."""
PAUSE_SECONDS = 1.0
"""A silence within a take that counts as a pause. Times of words are right to about a quarter of a second."""
LONG_PAUSE_SECONDS = 3.0
LEAST_WORDS, LEAST_SECONDS = 20, 10.0
"""Below either, no figure means anything."""
BANDS = ((0.0, "slow"), (100.0, "measured"), (130.0, "conversational"), (170.0, "brisk"), (200.0, "fast"))
"""Words a minute from which on a pace is called so. Decided, not fitted."""
LONG_MONOLOGUE_SECONDS = 45.0

Kind = Literal["filler", "hedge", "hesitation"]
PHRASES: Mapping[Kind, re.Pattern[str]] = {
    "hesitation": re.compile(r"(?:um+|uh+|er|erm|hm+|mm+)"),
    "filler": re.compile(r"(?:you know|i mean|sort of|kind of|basically|or something|and stuff)"),
    "hedge": re.compile(r"(?:i think|i guess|i suppose|i believe|maybe|perhaps|probably|possibly|i'm not sure|not sure)"),
}
LONGEST_PHRASE = 3
RECALL: Mapping[Kind, float] = {"hesitation": 0.32, "filler": 0.96, "hedge": 0.95}
"""Of those that were said, how many tiny.en wrote down: 76 of them in twelve recordings of three texts by four synthetic voices."""
ENOUGH_RECALL = 0.9
SHOWN: tuple[Kind, ...] = tuple(kind for kind, share in RECALL.items() if share >= ENOUGH_RECALL)


class Pace(NamedTuple):
    """One window: where it lies on the timeline, and its words a minute."""

    start: float
    end: float
    words_a_minute: float
    band: str


class Place(NamedTuple):
    """One filler or hedge: the words, and when they were said."""

    kind: Kind
    text: str
    at: float


class Delivery(NamedTuple):
    """Times are on one clock that runs through the takes of an answer; between two takes nothing is measured.

    ``speech``: stretches without a pause. ``a_hundred``: how many of a kind among a hundred words, for the kinds that are shown.
    """

    seconds: float
    words: int
    words_a_minute: float
    band: str
    windows: tuple[Pace, ...]
    speech: tuple[Span, ...]
    pauses: tuple[Span, ...]
    monologue: Span
    places: tuple[Place, ...]
    a_hundred: Mapping[Kind, float]
    breaks: tuple[float, ...]


def deliver(takes: Sequence[Take]) -> Delivery | None:
    """The figures of an answer that was spoken in ``takes``, in order; None where too little was said to measure."""
    takes = [take for take in takes if take.words]
    clocked, breaks = _on_one_clock(takes)
    words = [word for part in clocked for word in part]
    if len(words) < LEAST_WORDS or words[-1].end - words[0].start < LEAST_SECONDS:
        return None
    pauses = [Span(a.end, b.start) for part in clocked for a, b in pairwise(part) if b.start - a.end >= PAUSE_SECONDS]
    speech = _between(clocked, pauses)
    places = tuple(place for part in clocked for place in _places(part))
    spoken = sum(part[-1].end - part[0].start for part in clocked)
    pace = 60 * len(words) / spoken
    return Delivery(
        seconds=round(spoken, 1),
        words=len(words),
        words_a_minute=round(pace),
        band=band_of(pace),
        windows=_windows(clocked),
        speech=speech,
        pauses=tuple(pauses),
        monologue=max(speech, key=lambda span: span.end - span.start),
        places=places,
        a_hundred={kind: round(100 * sum(p.kind == kind for p in places) / len(words), 1) for kind in SHOWN},
        breaks=breaks,
    )


def band_of(words_a_minute: float) -> str:
    return [name for least, name in BANDS if words_a_minute >= least][-1]


def _on_one_clock(takes: Sequence[Take]) -> tuple[list[list[Word]], tuple[float, ...]]:
    clocked, breaks, at = [], [], 0.0
    for take in takes:
        start = take.words[0].start
        clocked.append([w.model_copy(update={"start": at + w.start - start, "end": at + w.end - start}) for w in take.words])
        at = clocked[-1][-1].end + 0.5
        breaks.append(round(at - 0.25, 2))
    return clocked, tuple(breaks[:-1])


def _windows(clocked: Sequence[Sequence[Word]]) -> tuple[Pace, ...]:
    found = []
    for part in clocked:
        start, end = part[0].start, part[-1].end
        count = max(1, int((end - start) // WINDOW_SECONDS) + ((end - start) % WINDOW_SECONDS >= SHORTEST_WINDOW))
        for n in range(count):
            left = start + n * WINDOW_SECONDS
            right = end if n == count - 1 else left + WINDOW_SECONDS
            said = sum(left <= (w.start + w.end) / 2 < right or (n == count - 1 and w.end == end) for w in part)
            pace = 60 * said / (right - left) if right > left else 0.0
            found.append(Pace(round(left, 1), round(right, 1), round(pace), band_of(pace)))
    return tuple(found)


def _between(clocked: Sequence[Sequence[Word]], pauses: Sequence[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for part in clocked:
        inside = [pause for pause in pauses if part[0].start <= pause.start < part[-1].end]
        edges = [part[0].start, *(edge for pause in inside for edge in pause), part[-1].end]
        found.extend(Span(round(a, 2), round(b, 2)) for a, b in zip(edges[::2], edges[1::2], strict=True))
    return tuple(found)


def _places(words: Sequence[Word]) -> list[Place]:
    """The longest phrase at each word, of the kinds that are shown."""
    plain = [re.sub(r"[^a-z']", "", word.text.lower().replace("’", "'")) for word in words]
    found, n = [], 0
    while n < len(words):
        for length in range(min(LONGEST_PHRASE, len(words) - n), 0, -1):
            phrase = " ".join(plain[n : n + length])
            kind = next((kind for kind in SHOWN if PHRASES[kind].fullmatch(phrase)), None)
            if kind is not None:
                found.append(Place(kind, phrase, round(words[n].start, 1)))
                n += length - 1
                break
        n += 1
    return found
