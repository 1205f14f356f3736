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
from greenroom.paper.document import Block, Document, Heading, Paragraph, Table, listing

TITLE = "The bank held against the assessor"
"""The heading of a report: a file that begins with it may be written over by the next one."""
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


def make_report(outcomes: Sequence[Outcome], alike: Sequence[Alike], named: Sequence[Named] = (), left: int = 0) -> Document:
    """A table of the checks, every failure by question with its name where it has one, names that have outlived their failure, the points
    that are alike. ``left``: answers that were not held, where a run was broken off. Same outcomes, same document.
    """
    blocks: list[Block] = [Heading(1, TITLE)]
    if left:
        blocks.append(Paragraph(f"Broken off: {left} answers were not held."))
    blocks += [Paragraph(f"Questions: {len({each.question_id for each in outcomes})}."), _counts(outcomes)]
    if named:
        failures = sum(not each.passed for each in outcomes)
        blocks.append(Paragraph(f"Failures that nobody has named: {len(unnamed(outcomes, named))} of {failures}."))
    blocks += _failures(outcomes, named)
    if old := outlived(outcomes, named):
        blocks += [
            Heading(3, "Named, and no failure any more"),
            listing([f"{each.question_id}, {each.check}: {each.about}" for each in old]),
        ]
    if alike:
        rows = tuple((pair.one, pair.other, f"{pair.cosine:.2f}") for pair in alike)
        blocks += [Heading(3, "Points of different questions that say nearly the same"), Table(("one", "other", "cosine"), rows)]
    return Document(TITLE, tuple(blocks))


def _counts(outcomes: Sequence[Outcome]) -> Table:
    done, passed = Counter(each.check for each in outcomes), Counter(each.check for each in outcomes if each.passed)
    rows = ((CHECKS[name], str(done[name]), f"{passed[name]} ({passed[name] / done[name]:.0%})") for name in CHECKS if done[name])
    return Table(("check", "held", "passed"), tuple(rows))


def _failures(outcomes: Sequence[Outcome], named: Sequence[Named]) -> list[Block]:
    names = {each.key: f"{FAULTS[each.fault]} {each.why}" for each in named}
    failed = defaultdict[str, list[Outcome]](list)
    for each in outcomes:
        if not each.passed:
            failed[each.question_id].append(each)
    found: list[Block] = []
    for question_id in sorted(failed):
        lines = [(f"{each.check}: {each.what}.", names.get(each.key, "")) for each in failed[question_id]]
        found += [Heading(3, question_id), listing(lines)]
    return found
