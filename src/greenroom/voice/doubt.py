"""How well an answer was heard, and what that is worth to its verdicts.

What counts are the words of the recording that still stand in the answer: one that the person corrected or typed is theirs, and no longer
in doubt. An answer of which little was spoken is a typed one: it has no figures of delivery and nothing is doubted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from greenroom.assess.assessment import Assessment, PointVerdict, Verdict
from greenroom.voice.heard import Take, Word

SPOKEN_SHARE = 0.5
"""An answer counts as spoken when so many of its words come from its recordings."""
CLEAR, FAINT = 0.78, 0.6
"""Mean probability of the words: from the first on, an answer is taken as heard; below the second it is not judged. Between them its
verdicts are worth less. Measured with tiny.en, synthetic voices and white noise: from 0.78 on one word in ten was wrong, between the two
four, below 0.6 seven."""
LOSS = 0.6
"""What a confidence is multiplied by between the two. The same as for a transcript that reads faulty (``assess/manner/transcript.py``)."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class Spoken(NamedTuple):
    """Of an answer: the share of its words that were spoken, and how surely those were heard (mean probability, 0..1; None: none were)."""

    share: float
    recognised: float | None

    @property
    def is_spoken(self) -> bool:
        return self.share >= SPOKEN_SHARE


def spoken(text: str, takes: Sequence[Take]) -> Spoken:
    """The answer as it was given, beside what was heard."""
    given = _words(text)
    heard = [(plain, word) for take in takes for word in take.words for plain in _words(word.text)]
    if not given or not heard:
        return Spoken(0.0, None)
    kept: list[Word] = []
    blocks = SequenceMatcher(None, [plain for plain, _ in heard], given, autojunk=False).get_matching_blocks()
    for block in blocks:
        kept.extend(word for _, word in heard[block.a : block.a + block.size])
    if not kept:
        return Spoken(0.0, None)
    return Spoken(round(len(kept) / len(given), 3), round(sum(word.probability for word in kept) / len(kept), 3))


def agreement(said: str, heard: str) -> float:
    """The share of the words of ``said`` that were heard, in order."""
    wanted, found = _words(said), _words(heard)
    blocks = SequenceMatcher(None, wanted, found, autojunk=False).get_matching_blocks()
    return round(sum(block.size for block in blocks) / max(1, len(wanted)), 3)


def as_heard(found: Assessment, text: str, takes: Sequence[Take]) -> Assessment:
    """The assessment, worth what the hearing was worth: as it is, less sure, or none."""
    said = spoken(text, takes)
    if found.status != "assessed" or not said.is_spoken or said.recognised is None or said.recognised >= CLEAR:
        return found
    if said.recognised < FAINT:
        return _unjudged(found)
    note = "Your voice was hard to make out, so the verdicts are less sure. Read the text again: where a word is wrong, answer once more."
    points = tuple(p.model_copy(update={"confidence": _less(p.confidence)}) for p in found.points)
    return found.model_copy(update={"points": points, "confidence": _less(found.confidence), "notes": (*found.notes, note)})


def _unjudged(found: Assessment) -> Assessment:
    reason = (
        "Too little of this was heard clearly to judge it. Answer again: come closer to the microphone, correct the text before you give "
        "it, or type."
    )
    points = tuple(PointVerdict(id=p.id, verdict=Verdict.UNSCORED, decided_by="recogniser") for p in found.points)
    return Assessment(
        question_id=found.question_id, form=found.form, status="abstained", reason=reason, rubric_hash=found.rubric_hash,
        grader=found.grader, points=points,
    )  # fmt: skip


def _less(confidence: float | None) -> float | None:
    return None if confidence is None else round(LOSS * confidence, 3)


def _words(text: str) -> list[str]:
    return [match.group().lower().replace("’", "'") for match in _WORD.finditer(text)]
