"""The parts of a story and the rule that decides each: small sums of signs in the open, every constant in this file.

A part comes to between 0 and 1; from the first of ``BARS`` it counts as partly told, from the second as told. None is "could not judge".
Signs are words: a part told in unusual words is missed, and one that is claimed in the right words is believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from greenroom.assess.star import signs
from greenroom.assess.star.telling import Line, told_share

BARS = (0.35, 0.6)
"""Partly told, and told."""
OWN_STEPS = (0.0, 0.4, 0.6, 0.75, 0.85)
"""What no, one, two … steps of one's own come to."""
OUR_STEP, OUR_MOST = 0.18, 0.45
"""A step of "we", or of nobody who is named; and what such steps can come to together: never to an action of one's own."""
REASON = 0.1
OURS_COUNT = 0.75
"""What a step of "we" counts against one's own."""
NAMED = 4
"""Steps that are named to the person."""
SCENE = ((signs.WHEN, 0.35), (signs.PLACE, 0.3), (signs.WHO, 0.1), (signs.GOING_ON, 0.25))
GOAL = ((signs.DUTY, 0.65), (signs.AIM, 0.4), (signs.BY_WHEN, 0.1))
AFTER, LATE, KNOWN, AT_LAST, FIGURE = 0.3, 0.15, 0.2, 0.15, 0.2
"""Of an outcome: it comes after a step; after the last; has a word of one, of an end, a number."""
HOLLOW = 0.45
""""It went well" and nothing else."""
SHORT = 2
"""Sentences of an answer that may be all outcome: the answer to a follow-up."""
LESSON, SINCE, AT_LENGTH, COMMON = 0.5, 0.5, 0.15, 0.15
"""Of a reflection: a word of learning, one of what is done since, more than ``LONG`` words; and what a commonplace takes away."""
LONG = 8
CLOSING = 0.4
"""A last sentence in the present, in a story of two steps or more."""
CLAUSE = re.compile(r"[,;:–—]\s++(?:(?:and|so|but)\s++)?|(?<!\s)\s++(?:and|so|but)\s++")
"""Where one part of a sentence ends and the next begins."""
JOINED = re.compile(r"[;–—]|\b(?:and|so|but)\b")
"""What joins a clause of its own to a lesson."""
LEARNT_THAT = re.compile(r"\b(?:that|how|what|why|which|who|where|when|if|should|could|would|must)\b", re.IGNORECASE)
"""What makes a clause part of what was learnt ("I learned that it pays, and which …")."""
TURNED_OUT = re.compile(
    r"(?:[\w'’-]+\s+){1,7}?(?:fell|rose|dropped|went|came|got|grew|shrank|sank|halved|doubled|climbed|stopped|ended|was|were|became|improved"
    r"|declined|decreased|increased|disappeared|vanished)\b",
    re.IGNORECASE,
)
"""A clause in which something changed: a subject, and one of the verbs that tell of it. Others are missed."""
LEARNT_INSTEAD = 0.4
"""Of a proof: a lesson where there is no figure."""


TOLD_SHARE = 0.4
"""Verbs in the past, of all known, from which on a text is a story. Set with every labelled story and the core pack's model answers in
view: every story told in the past reaches it, and four of 106 explanations.
"""


class Told(NamedTuple):
    """What a part came to. ``score`` None: it could not be judged. ``line``: the sentence to quote. ``signs``: the words it rests on."""

    score: float | None
    line: Line | None = None
    signs: tuple[str, ...] = ()


MISSING = Told(0.0)
Rule = Callable[[Sequence[Line]], Told]


def situation(lines: Sequence[Line]) -> Told:
    """When, where, who and what was going on, in one sentence and the next. Without a time or a place it is none."""
    best = MISSING
    for place, line in enumerate(lines):
        text = " ".join(each.text for each in lines[place : place + 2] if not each.loose)
        dated = signs.WHEN.search(line.text) is not None
        if line.loose or not (dated or (line.past and signs.PLACE.search(line.text))):
            continue
        best = _better(best, _sum(line, text, SCENE))
    return best


def task(lines: Sequence[Line]) -> Told:
    """The teller's own duty or goal; the team's is partly one."""
    best = MISSING
    for line in lines:
        if not line.loose and (signs.DUTY.search(line.text) or signs.AIM.search(line.text)):
            best = _better(best, _sum(line, line.text, GOAL))
    return best


def action(lines: Sequence[Line]) -> Told:
    """Steps that were taken: the teller's own, or told without a subject; else ours or nobody's. A reason adds to them."""
    own, ours = [*_steps(lines, "own"), *_steps(lines, "bare")], _steps(lines, "ours") or _steps(lines, "nobodys")
    if not own and not ours:
        return Told(None) if _as_if_now(lines) else MISSING
    line = max(lines, key=lambda each: (len(each.own) + len(each.bare), len(each.ours), len(each.nobodys)))
    why = [sign for each in lines if each.own or each.ours or each.bare for sign in signs.found(each.text, (signs.WHY,))]
    steps = max(OWN_STEPS[min(len(own), len(OWN_STEPS) - 1)], min(OUR_STEP * len(ours), OUR_MOST))
    return Told(round(steps + REASON * bool(why), 2), line, (*(own or ours)[:NAMED], *why[:1]))


def own_part(lines: Sequence[Line]) -> Told:
    """The share of the steps that are the teller's own; one step alone, or only the word that it was theirs, is at most half."""
    own, ours, claims = _steps(lines, "own"), _steps(lines, "ours"), [line for line in lines if signs.MINE.search(line.text)]
    if not own and not ours and not claims:
        nameless = len(_steps(lines, "nobodys")) + len(_steps(lines, "bare"))
        return Told(None) if _as_if_now(lines) or nameless > 1 else MISSING
    line = max(lines, key=lambda each: (len(each.own), each in claims, len(each.ours)))
    count = len(own) + bool(claims)
    share = count / (count + OURS_COUNT * len(ours))
    named = (f"I: {', '.join(own[:NAMED]) or 'no step'}", f"we: {', '.join(ours[:NAMED]) or 'no step'}")
    return Told(round(min(share, 0.5 if len(own) < 2 else 1.0), 2), line, named)


def result(lines: Sequence[Line]) -> Told:
    """What came of it: told after the steps, best of all with a word of an outcome, of an end, or a number."""
    best = MISSING
    for score, line in _outcomes(lines):
        found = signs.found(_beside_lesson(line.text), (signs.OUTCOME, signs.HOLLOW, signs.AT_LAST, signs.NUMBER))
        best = _better(best, Told(score, line, found))
    return best


def proof(lines: Sequence[Line]) -> Told:
    """A number in what came of it; a length of time alone, or a lesson in its place, is worth half of one."""
    best = MISSING
    came = [line for score, line in _outcomes(lines) if score >= BARS[0]]
    for line in came:
        text = _beside_lesson(line.text)
        best = _better(best, Told(_figure(text), line, signs.found(text, (signs.CHANGE, signs.NUMBER, signs.LENGTH))))
    if came and (best.score or 0) < BARS[0]:
        learnt = reflection(lines)
        return learnt._replace(score=LEARNT_INSTEAD) if learnt.score and learnt.score >= BARS[0] else MISSING
    return best


def reflection(lines: Sequence[Line]) -> Told:
    """What was learnt, or what is done otherwise since; a commonplace takes away from it. A story that closes in the present ("two people
    read it now") may mean it so.
    """
    best = MISSING
    for line in lines:
        learnt, since = signs.LESSON.search(line.text) is not None, signs.SINCE.search(line.text) is not None
        common = signs.COMMONPLACE.search(line.text) is not None
        length = AT_LENGTH * (len(line.text.split()) > LONG)
        if learnt or since:
            score = min(1.0, LESSON * learnt + SINCE * since + length) - COMMON * common
            best = _better(best, Told(round(score, 2), line, signs.found(line.text, (signs.LESSON, signs.SINCE))))
    if lines and not (best.score or 0) and not lines[-1].past and sum(len(line.own) + len(line.bare) for line in lines[:-1]) > 1:
        best = Told(CLOSING, lines[-1], signs.found(lines[-1].text, (signs.AT_LAST,)) or (signs.NO_PAST,))
    return best


PARTS: Mapping[str, Rule] = {
    "situation": situation,
    "task": task,
    "action": action,
    "own-part": own_part,
    "result": result,
    "proof": proof,
    "reflection": reflection,
}
"""By the id of the key point that the rule decides."""


def _sum(line: Line, text: str, worth: Sequence[tuple[re.Pattern[str], float]]) -> Told:
    score = sum(points for pattern, points in worth if pattern.search(text))
    return Told(min(1.0, round(score, 2)), line, signs.found(text, [pattern for pattern, _ in worth]))


def _better(one: Told, other: Told) -> Told:
    """The earlier of equals."""
    return other if (other.score or 0) > (one.score or 0) else one


def _outcomes(lines: Sequence[Line]) -> list[tuple[float, Line]]:
    """How much of an outcome each sentence is that comes after the first step; every sentence where no step is told."""
    steps = [n for n, line in enumerate(lines) if line.own or line.ours or line.bare or line.nobodys]
    first, last = (steps[0], max((n for n in steps if lines[n].own or lines[n].bare), default=steps[0])) if steps else (0, len(lines))
    if len(lines) <= SHORT and not any(line.own or line.ours for line in lines):
        first, last = 0, -1
    return [(_outcome(line, n > last), line) for n, line in enumerate(lines) if n >= first]


def _outcome(line: Line, late: bool) -> float:
    """``late``: it comes after the last step. A step of one's own is an outcome only where it says what changed or that it is the end."""
    text = _beside_lesson(line.text)
    hollow, changed = signs.HOLLOW.search(text) is not None, signs.CHANGE.search(text) is not None
    known, last = signs.OUTCOME.search(text) is not None, signs.AT_LAST.search(text) is not None
    told = line.past or line.now or known or last
    if line.ours and not (known or last or changed):  # a step of ours, with whatever number
        return 0.0
    if line.loose or not told or not text or ((line.own or line.bare) and not (known and (last or changed))):
        return 0.0
    if hollow and not changed:
        return HOLLOW
    return round(AFTER + LATE * (late and not line.own) + KNOWN * known + AT_LAST * last + FIGURE * (_figure(text) >= BARS[0]), 2)


def _beside_lesson(text: str) -> str:
    """What a sentence tells beside what was learnt ("errors fell by half, and I learned …"); all of it where it holds no lesson."""
    lesson = signs.LESSON.search(text)
    if lesson is None:
        return text
    ends = [border.start() for border in CLAUSE.finditer(text, 0, lesson.start() + 1)]
    return f"{text[: ends[-1]] if ends else ''} {_after_lesson(text, lesson.end())}".strip()


def _after_lesson(text: str, end: int) -> str:
    """A clause in the past that is joined to the lesson ("I learned to sample, and errors fell by half"); "" where it belongs to what was
    learnt ("I learned that it pays, and that …").
    """
    joined = next((border for border in CLAUSE.finditer(text, end) if JOINED.search(border.group())), None)
    told = None if joined is None or LEARNT_THAT.search(text, end, joined.start()) else TURNED_OUT.match(text, joined.end())
    return "" if told is None or LEARNT_THAT.search(told.group()) or told.group().lower().startswith("to ") else text[told.start() :]


def _figure(text: str) -> float:
    """How much of a number a sentence has: 0.4 for a length of time, 0.7 for another number, 1 where it says how it changed."""
    rest = signs.LENGTH.sub(" ", signs.YEAR.sub(" ", text))
    changed = signs.CHANGE.search(text) is not None
    if signs.NUMBER.search(rest):
        return 1.0 if changed else 0.7
    return 0.7 if changed else 0.4 * bool(signs.LENGTH.search(text))


def _steps(lines: Sequence[Line], whose: str) -> list[str]:
    return [step for line in lines for step in getattr(line, whose)]


def _as_if_now(lines: Sequence[Line]) -> bool:
    """Told as if it happened now: one dated occasion of the teller's with steps in the present, which might be a habit all the same."""
    dated = any(signs.WHEN.search(line.text) and signs.ME.search(line.text) for line in lines if not line.loose)
    return dated and sum(len(line.now) for line in lines if not line.loose) > 1 and (situation(lines).score or 0) >= BARS[0]


def is_told(lines: Sequence[Line]) -> bool:
    """Whether a text tells something that happened, and does not explain, advise or imagine."""
    return told_share(lines) >= TOLD_SHARE or _as_if_now(lines)
