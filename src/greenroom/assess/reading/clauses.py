"""The stretches of an answer that are held against the rubric: sentences, their clauses, pairs of neighbouring sentences; and what of
them is said only to call it untrue, or to whoever grades: neither is evidence for what it says.

Every window names its place in the answer as given: ``answer[start:end] == window.text``, in Unicode code points. Splitting is by
punctuation, line breaks and, in long unpunctuated speech, by conjunctions; it needs no model and never fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from greenroom.llm.denials import about_truth, closes, closes_on_a_part, denied_part, denies, denies_before, without_denial
from greenroom.llm.words import negated

Kind = Literal["sentence", "clause", "pair"]

MAX_WINDOWS = 400
"""Beyond this many, clauses and pairs are left out and the sentences alone cover the whole answer: work stays bounded."""
LONG_SENTENCE = 12
LONGEST_RUN = 40
MIN_CLAUSE = 4
MOST_UNCUT = 80

_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s|$)|[\n\r\u2028\u2029]+|[。！？؟]|[}\]](?=\s+[A-Z])|;(?=\s)")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|dr|mr|mrs|ms|fig|eq|no|al|resp)|\b[A-Za-z]|^\s*\d{1,3})\.$", re.IGNORECASE)
_WRAPPED, _AFTER_WORD, _GOES_ON = re.compile(r"(?:\r\n|\n|\r)\Z"), re.compile(r"\w\s*$"), re.compile(r"[^\S\n\r]*[a-z]")
"""A line break after a word and before a small letter: a line that was full, as in pasted mail, no end of a sentence."""
_JOINT = re.compile(
    r"(?<=[,;:–—])\s++|(?<!\s)\s++[-–—]++\s++|(?<!\s)\s++(?=(?:because|so that|so|but|whereas|while|which|although|though|since|unless|therefore|then|if|when"  # noqa: E501
    r"|and (?:the|it|they|then|so|this|that|you|we|i|not|its|there|each|every|a|an|these|those|by|in|for|how|what|is|are|can|also)"
    r"|or (?:the|you|by|it|a))\b)",
    re.IGNORECASE,
)
_SPOKEN = re.compile(r"(?<!\s)\s++(?=(?:and|so|but|because|then|now|okay|well|like|also|basically|which|um|uh)\b)", re.IGNORECASE)
_TO_GRADER = re.compile(
    r"^\W*(?:please )?(?:ignore|disregard|forget) (?:all |any )?(?:of )?(?:the |your |my )?(?:previous|prior|above|earlier|preceding) "
    r"|\b(?:the candidate (?:has|made|makes|deserves|gets)|(?:give|grade|mark|rate|score) (?:this|the|my) (?:answer|response|candidate)"
    r"|(?:highest|full|maximum|top|perfect) (?:score|marks?|grade)|every key point|all (?:of )?(?:the )?key points"
    r"|100 (?:of|out of|/) ?100)\b",
    re.IGNORECASE,
)

_OPEN = re.compile(
    r"^\W*(?:(?:so|but|and|well|hm|um|honestly)\W+)*+(?:i (?:do not|don['’]t|cannot|can['’]t) (?:know|say|tell|recall) (?:whether|if)"
    r"|i(?: am|['’]m) not sure (?:whether|if)|i would have to look up (?:whether|if)|who knows (?:whether|if)"
    r"|(?:\w+\W+){0,6}?(?:wonder(?:s|ed|ing)?|unclear|not clear|unknown|debate[ds]?|disputed?|open question|to be seen) (?:whether|if)"
    r"|(?:is it (?:so|true|right|the case)|would you say|do you (?:think|mean)|could it be|can one say) that)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^\W*(?:(?:so|but|and|or|well|hm|okay)\W+)*+(?:is|are|was|were|am|do|does|did|can|could|would|will|should|shall|may|might|must|has|have"
    r"|had|isn['’]t|aren['’]t|doesn['’]t|don['’]t|didn['’]t|can['’]t|wouldn['’]t|what|why|how|who|whom|whose|when|where|which)\b",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"(?:(?<=[,;–—-])\s++(?:still|yet|though|what i do know)|(?<!\s)\s++(?:but|however))\b"
    r"(?!\s+(?:needs?|is|are|was|were|has|have|does|do|can|not|only|also|costs?|takes?)\b)",  # the same thing is still spoken of
    re.IGNORECASE,
)
_ENDS = ".!?…。！？؟\"'”’)]}"
"""What the text of a whole sentence ends with; one that was cut by its length or at a semicolon ends otherwise."""


class Window(NamedTuple):
    """A stretch of the answer. ``words``: how many whitespace-separated tokens it has."""

    text: str
    start: int
    end: int
    kind: Kind
    words: int


def windows(answer: str) -> list[Window]:
    """All windows of ``answer``: sentences in order first, then clauses, then pairs; none twice, none empty."""
    whole = [place for place in _sentences(answer)]
    found = {(start, end): "sentence" for start, end in whole}
    if 3 * len(whole) <= MAX_WINDOWS:
        for start, end in whole:
            for clause in _clauses(answer, start, end):
                found.setdefault(clause, "clause")
        for (start, _), (_, end) in pairwise(whole):
            found.setdefault((start, end), "pair")
    return [_window(answer, start, end, kind) for (start, end), kind in found.items()]  # type: ignore[arg-type]


def sentences(answer: str) -> list[Window]:
    return [_window(answer, start, end, "sentence") for start, end in _sentences(answer)]


def _window(answer: str, start: int, end: int, kind: Kind) -> Window:
    text = answer[start:end]
    return Window(text, start, end, kind, len(text.split()))


def _sentences(answer: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _END.finditer(answer):
        near = max(start, match.start() - 12)
        if match.group()[0] == "." and _ABBREVIATION.search(answer, near, match.start() + 1):
            continue
        if _WRAPPED.match(match.group()) and _AFTER_WORD.search(answer, near, match.start()) and _GOES_ON.match(answer, match.end()):
            continue
        yield from _runs(answer, start, match.end())
        start = match.end()
    yield from _runs(answer, start, len(answer))


def _runs(answer: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """One sentence, or the pieces of a run-on one: speech without full stops is cut at conjunctions, then by length."""
    place = _trimmed(answer, start, end)
    if place is None:
        return
    if len(answer[start:end].split()) <= LONGEST_RUN:
        yield place
        return
    for piece in _merged(answer, _cut(answer, *place, _SPOKEN), LONGEST_RUN // 4):
        yield from _by_length(answer, *piece)


def _by_length(answer: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    spaces = [match.start() for match in re.finditer(r"\s+", answer[start:end])]
    cuts = [start, *(start + space for space in spaces[LONGEST_RUN - 1 :: LONGEST_RUN]), end]
    for left, right in pairwise(cuts):
        place = _trimmed(answer, left, right)
        if place:
            yield place


def _clauses(answer: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    text = answer[start:end]
    if len(text.split()) < LONG_SENTENCE and denied_part(text) is None:  # "not so, but so": the second half must stand alone
        return
    pieces = _merged(answer, _cut(answer, start, end, _JOINT), MIN_CLAUSE)
    if len(pieces) > 1:
        yield from pieces


def _cut(answer: str, start: int, end: int, joint: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    at = start
    for match in joint.finditer(answer, start, end):
        place = _trimmed(answer, at, match.start())
        if place:
            yield place
        at = match.end()
    place = _trimmed(answer, at, end)
    if place:
        yield place


def _merged(answer: str, pieces: Iterable[tuple[int, int]], least: int) -> list[tuple[int, int]]:
    """Neighbours joined until each has at least ``least`` words; a short last one joins the one before."""
    merged: list[tuple[int, int]] = []
    for start, end in pieces:
        if merged and _count(answer, merged[-1]) < least:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    if len(merged) > 1 and _count(answer, merged[-1]) < least:
        merged[-2:] = [(merged[-2][0], merged[-1][1])]
    return merged


def _count(answer: str, place: tuple[int, int]) -> int:
    return len(answer[place[0] : place[1]].split())


def _trimmed(answer: str, start: int, end: int) -> tuple[int, int] | None:
    """The stretch without white space, list marks and stray separators at its ends; None when no letter or digit is left."""
    while start < end and not answer[start].isalnum() and answer[start] not in "([\"'“‘<`$":
        start += 1
    while end > start and answer[end - 1].isspace():
        end -= 1
    return (start, end) if any(character.isalnum() for character in answer[start:end]) else None


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


def left_open(pieces: Sequence[Window], text: str) -> list[tuple[int, int]]:
    """The stretches of ``text`` that ask, or leave open, whether something is so: a sentence that begins so, up to where it turns ("…, but
    I do know that …"), and what a semicolon or its mere length cut off it, which would stand as a statement by itself.
    """
    found: list[tuple[int, int]] = []
    for lines in _uncut([piece for piece in pieces if piece.kind == "sentence"], text):
        asks = "?" in lines[-1].text[-3:]
        if (asks and _ASKS.match(lines[0].text)) or _OPEN.match(lines[0].text):
            turns = ((line, turn) for line in lines if not asks and (turn := _TURN.search(line.text)) is not None)
            line, turn = next(turns, (lines[-1], None))
            found.append((lines[0].start, line.end if turn is None else line.start + turn.start()))
    return found


def _uncut(lines: Sequence[Window], text: str) -> Iterator[list[Window]]:
    """The sentences as they were written: in order, those together that a semicolon or their length cut apart; up to ``MOST_UNCUT`` words,
    for speech without a full stop is no one sentence.
    """
    held: list[Window] = []
    for line in lines:
        if held and ("\n" in text[held[-1].end : line.start] or sum(piece.words for piece in held) + line.words > MOST_UNCUT):
            yield held
            held = []
        held.append(line)
        if line.text[-1] in _ENDS:
            yield held
            held = []
    if held:
        yield held


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
