"""What an answer says only to call it untrue, and what it says to whoever grades it. Neither is evidence for what it says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from greenroom.assess.clauses import Window
from greenroom.llm.denials import about_truth, closes, closes_on_a_part, denied_part, denies, denies_before, without_denial
from greenroom.llm.words import negated

_TO_GRADER = re.compile(
    r"^\W*(?:please )?(?:ignore|disregard|forget) (?:all |any )?(?:of )?(?:the |your |my )?(?:previous|prior|above|earlier|preceding) "
    r"|\b(?:the candidate (?:has|made|makes|deserves|gets)|(?:give|grade|mark|rate|score) (?:this|the|my) (?:answer|response|candidate)"
    r"|(?:highest|full|maximum|top|perfect) (?:score|marks?|grade)|every key point|all (?:the )?key points|100 (?:of|out of|/) ?100)\b",
    re.IGNORECASE,
)


class Denial(NamedTuple):
    """A sentence that is denied, by itself or by the next. Indices of windows.

    ``core``: those within the stretch that is called untrue, ``alone``: all of the sentence's own, ``across``: pairs it is part of.
    """

    text: str
    core: tuple[int, ...]
    alone: tuple[int, ...]
    across: tuple[int, ...]


def find_denials(pieces: Sequence[Window]) -> list[Denial]:
    """The denied sentences in order."""
    lines = [piece for piece in pieces if piece.kind == "sentence"]
    parts: dict[int, tuple[int, int]] = {}
    for number, line in enumerate(lines):
        place = denied_part(line.text)
        if place is not None:
            parts[number] = (line.start + place[0], line.start + place[1])
        back = denies_before(line.text)
        if back and number:
            parts |= {n: (lines[n].start, lines[n].end) for n in range(0 if back == "all" else number - 1, number)}
    for number in list(parts):  # a semicolon cuts windows, not what is denied
        other = number - 1 if closes(lines[number].text) else number + 1
        left = min(number, other)
        if 0 <= other < len(lines) and lines[left].text.endswith(";"):
            parts.setdefault(other, (lines[other].start, lines[other].end))
    return [_denial(pieces, lines[number], *place) for number, place in sorted(parts.items())]


def _denial(pieces: Sequence[Window], line: Window, start: int, end: int) -> Denial:
    touching = [n for n, piece in enumerate(pieces) if piece.start < line.end and line.start < piece.end]
    alone = tuple(n for n in touching if pieces[n].kind != "pair")
    core = tuple(n for n in alone if pieces[n].start >= start - 1 and pieces[n].end <= end + 1)
    whole = tuple(n for n in alone if pieces[n].kind == "sentence")
    return Denial(line.text, core or whole, alone, tuple(n for n in touching if pieces[n].kind == "pair"))


def speaks_to_grader(sentence: str) -> bool:
    """An order or a plea to whoever judges the answer. Quoting such an order in the middle of a sentence is an answer like any other."""
    return _TO_GRADER.search(sentence) is not None


def truly_denies(sentence: str, nearest: str) -> bool:
    """Whether a denied sentence denies ``nearest`` too: not where the phrasing is a denial itself or speaks of right and wrong, or is
    negative while what the sentence denies is positive ("it is not true that it cleans data" says "it does not clean data").
    """
    rest = without_denial(sentence)
    if denies(nearest) and not denies(rest):
        return False
    if negated(nearest) and not negated(rest):
        return False
    return not (closes_on_a_part(sentence) and about_truth(nearest))
