"""What came of holding the bank against the assessor, as a report, and the failures that somebody has read.

No fact and no phrasing is bent to please the assessor: a failure is read by somebody and named, with whose fault it is; what nobody has
named fails the test.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import StringConstraints

from greenroom.assess.selftest.trial import CHECKS, Held, Outcome
from greenroom.assess.star.parts import PARTS
from greenroom.bank.question import Question, Value
from greenroom.llm.encode import Encoder

TITLE = "# The bank held against the assessor"
"""The first line of a report: what begins so may be written over by the next one."""
FAULTS = {"assessor": "The assessor's:", "bank": "The bank's:", "overlap": "An overlap:"}
"""*overlap*: nobody's. The answer does make points of the other question."""


class Named(Held):
    """A failure that somebody has read. ``why``: what the reading found, in a sentence."""

    fault: Literal["assessor", "bank", "overlap"]
    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Alike(Value):
    """Two key points of different questions that say nearly the same: candidates for merging. ``cosine`` of the points' own words."""

    one: str
    other: str
    cosine: float


def alike_points(questions: Sequence[Question], encoder: Encoder, least: float) -> list[Alike]:
    """Key points of different questions whose own words are alike to ``least`` or more, most alike first. The parts of a story,
    which every behavioural question asks for, are not meant.
    """
    named = [(q.id, point) for q in questions for point in q.points() if not (q.kind == "behavioural" and point.id in PARTS)]
    vectors = encoder.encode([point.point for _, point in named])
    close = np.triu(vectors @ vectors.T, 1)
    pairs = ((int(a), int(b)) for a, b in zip(*np.nonzero(close >= least), strict=True))
    found = [
        Alike(one=f"{named[a][0]}/{named[a][1].id}", other=f"{named[b][0]}/{named[b][1].id}", cosine=round(float(close[a, b]), 3))
        for a, b in pairs
        if named[a][0] != named[b][0]
    ]
    return sorted(found, key=lambda pair: (-pair.cosine, pair.one, pair.other))


def unnamed(outcomes: Iterable[Outcome], named: Iterable[Named]) -> list[Outcome]:
    """The failures that nobody has read."""
    known = {each.key for each in named}
    return [each for each in outcomes if not each.passed and each.key not in known]


def outlived(outcomes: Sequence[Outcome], named: Iterable[Named]) -> list[Named]:
    """Names that are no failure any more, of questions that were held: to be struck out. What passes now, and what is not there any more
    (a phrasing that was reworded); of other topics' questions only those that were held.
    """
    held, failed = {each.key for each in outcomes}, {each.key for each in outcomes if not each.passed}
    questions = {question_id for question_id, _, _ in held}
    return [
        each for each in named
        if each.question_id in questions and each.key not in failed and (each.check != "other" or each.key in held)
    ]  # fmt: skip


def make_report(outcomes: Sequence[Outcome], alike: Sequence[Alike], named: Sequence[Named] = (), left: int = 0) -> str:
    """Markdown: a table of the checks, every failure by question with its name where it has one, names that have outlived their failure,
    the points that are alike. ``left``: trials that were not held, where a run was broken off. Same outcomes, same text.
    """
    done, failed = Counter(each.check for each in outcomes), defaultdict[str, list[Outcome]](list)
    for each in outcomes:
        if not each.passed:
            failed[each.question_id].append(each)
    misses = Counter(each.check for each in outcomes if not each.passed)
    lines = [
        TITLE,
        "",
        *([f"**Broken off: {left} answers were not held.**", ""] if left else []),
        f"Questions: {len({each.question_id for each in outcomes})}.",
        "",
        "| check | held | passed |",
        "| --- | --- | --- |",
    ]
    lines += [
        f"| {CHECKS[name]} | {done[name]} | {done[name] - misses[name]} ({1 - misses[name] / done[name]:.0%}) |"
        for name in CHECKS
        if done[name]
    ]
    names = {each.key: f" **{FAULTS[each.fault]}** {' '.join(each.why.split())}" for each in named}
    if named:
        lines += ["", f"Failures that nobody has named: {len(unnamed(outcomes, named))} of {sum(misses.values())}."]
    for question_id in sorted(failed):
        lines += ["", f"### {question_id}", ""]
        lines += [f"- *{each.check}*: {each.what}.{names.get(each.key, '')}" for each in failed[question_id]]
    if old := outlived(outcomes, named):
        lines += ["", "### Named, and no failure any more", "", *(f"- {each.question_id}, *{each.check}*: {each.about}" for each in old)]
    if alike:
        lines += ["", "### Points of different questions that say nearly the same", "", "| one | other | cosine |", "| --- | --- | --- |"]
        lines += [f"| {pair.one} | {pair.other} | {pair.cosine:.2f} |" for pair in alike]
    return "\n".join(lines) + "\n"
