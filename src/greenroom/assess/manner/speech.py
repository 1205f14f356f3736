"""Traces of thinking aloud in the words of an answer: fillers, restarts, a run-up, a story before the answer.

Words only: no voice is heard. What timed speech adds (pace, pauses) is measured elsewhere.
"""

from __future__ import annotations

import re

from greenroom.llm.words import content, words

FILLER = re.compile(
    r"\b(?:um+|uh+|er+|erm|hm+|mm+|ooh|you know|i mean|sort of|kind of|what do you call it|i want to say|or something|and stuff|no wait)\b"
    r"|\b(?:like|right|okay|well|so|yeah),|, (?:like|right|yeah|honestly|basically)\b",
    re.IGNORECASE,
)
RESTART = re.compile(r"\b([a-z']{1,12})(?:,? )\1\b", re.IGNORECASE)
PREAMBLE = re.compile(
    r"^\W*(?:(?:so|well|okay|ok|um|uh|right|yeah|hmm)\b\W*)*(?:(?:that['’]?s|that is|this is) (?:a |an )?(?:really |very )?(?:good"
    r"|great|interesting|excellent|tough|hard) question"
    r"|thank(?:s| you)|before (?:i|we|answering)|let me (?:start|begin|think|first)|first of all,? (?:let|i|we)|to answer (?:this"
    r"|that)|in order to understand|nowadays|in today['’]s|in recent years|since the (?:dawn|beginning)"
    r"|i (?:guess|think i|am not sure|['’]m not sure|would like to)|there (?:is|are) (?:a lot|many|so much|lots)|as we all know"
    r"|everybody knows|everyone knows)\b",
    re.IGNORECASE,
)
STORY = re.compile(
    r"^\W*(?:(?:so|well|okay|um+|uh+)\W+)*(?:take (?:a|the|my)|think of|imagine|picture|i (?:was|built|had|always|once|worked)|we had|my "
    r"|last year|at my)",
    re.IGNORECASE,
)
RUN = 30
"""Content words over which repetition is measured, so that long answers do not look repetitive for being long."""


def fillers(text: str) -> float:
    """Fillers per 100 words."""
    return 100 * len(FILLER.findall(text)) / max(len(words(text)), 1)


def restarts(text: str) -> float:
    """Words said twice in a row, per 100 words."""
    return 100 * len(RESTART.findall(text)) / max(len(words(text)), 1)


def variety(text: str) -> float:
    """Share of different stems among the content words, mean over every run of ``RUN``; 0..1."""
    said = content(text)
    if len(said) <= RUN:
        return len(set(said)) / max(len(said), 1)
    runs = range(len(said) - RUN + 1)
    return sum(len(set(said[start : start + RUN])) for start in runs) / (RUN * len(runs))
