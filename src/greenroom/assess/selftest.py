"""The bank held against the assessor: each outcome that is not as it should be is a fault of one or the other.

What is held: both model answers on their own question, and the technical one on questions of other topics; each phrasing of a misconception
and of a key point, by itself. A sentence out of a story is no story: what a behavioural question listens for is held as the answer to the
follow-up that asks for it. No fact and no phrasing is bent to please the assessor: a failure is read by somebody and named, with whose
fault it is; what nobody has named fails the test.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Annotated, Literal

import numpy as np
from pydantic import StringConstraints

from greenroom.assess.assessment import Assessment, Verdict
from greenroom.assess.assessor import Assessor
from greenroom.assess.score import CREDIT
from greenroom.assess.star.parts import PARTS
from greenroom.bank.question import Question, Value
from greenroom.llm.encode import Encoder

FAULTS = {"assessor": "The assessor's:", "bank": "The bank's:", "overlap": "An overlap:"}
"""*overlap*: nobody's. The answer does make points of the other question."""
OWN_AT_LEAST, OTHER_AT_MOST = 80.0, 15.0
Check = Literal["own", "accused", "claim", "point", "part", "other"]
Key = tuple[str, str, str]
"""Question, check, and what was held."""
CHECKS: dict[Check, str] = {
    "own": f"model answer scores at least {OWN_AT_LEAST:.0f} on its own question",
    "accused": "model answer states no misconception",
    "claim": "phrasing of a misconception is flagged as that one",
    "point": "phrasing of a key point is credited to that point, and to none more",
    "part": "phrasing of a part of a story is credited where a follow-up asks for that part",
    "other": f"model answer scores at most {OTHER_AT_MOST:.0f} on a question of another topic",
}


class Held(Value):
    """What is held against the assessor. ``about``: of the question, for as long as it stays as it is: which model answer (and of what it
    is accused), the phrasing, the other question.
    """

    question_id: str
    check: Check
    about: str

    @property
    def key(self) -> Key:
        return self.question_id, self.check, self.about


class Outcome(Held):
    """What came of it. ``what``: what was seen, a sentence's end that names its subject."""

    passed: bool
    what: str


class Named(Held):
    """A failure that somebody has read. ``why``: what the reading found, in a sentence."""

    fault: Literal["assessor", "bank", "overlap"]
    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Alike(Value):
    """Two key points of different questions that say nearly the same: candidates for merging. ``cosine`` of the points' own words."""

    one: str
    other: str
    cosine: float


def hold(question: Question, others: Sequence[Question], assessor: Assessor) -> Iterator[Outcome]:
    """Everything about one question; its technical model answer against ``others``."""
    yield from _answers(question, assessor)
    yield from _claims(question, assessor)
    yield from _parts(question, assessor) if question.kind == "behavioural" else _points(question, assessor)
    for other in others:
        figure = assessor.assess(other.rubric(), question.model_answers.technical).overall
        what = f"its technical model answer scores {_shown(figure)} on “{other.id}”"
        yield Outcome(question_id=question.id, check="other", about=other.id, passed=figure is None or figure <= OTHER_AT_MOST, what=what)


def other_topics(question: Question, questions: Sequence[Question], most: int | None) -> list[Question]:
    """The questions of other topics; ``most`` of them, strewn over all by a hash: the same ones at each run."""
    found = [other for other in questions if other.topic != question.topic]
    return sorted(found, key=lambda other: sha256(f"{question.id}/{other.id}".encode()).digest())[:most]


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


def make_report(outcomes: Sequence[Outcome], alike: Sequence[Alike], named: Sequence[Named] = ()) -> str:
    """Markdown: a table of the checks, every failure by question with its name where it has one, names that have outlived their failure,
    the points that are alike. Same outcomes, same text.
    """
    done, failed = Counter(each.check for each in outcomes), defaultdict[str, list[Outcome]](list)
    for each in outcomes:
        if not each.passed:
            failed[each.question_id].append(each)
    misses = Counter(each.check for each in outcomes if not each.passed)
    lines = [
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


def _answers(question: Question, assessor: Assessor) -> Iterator[Outcome]:
    for kind, text in (("plain", question.model_answers.plain), ("technical", question.model_answers.technical)):
        found = assessor.assess(question.rubric(), text)
        what = f"its {kind} model answer scores {_shown(found.overall)} ({found.reason or _short_of(found)})"
        enough = found.overall is not None and found.overall >= OWN_AT_LEAST
        yield Outcome(question_id=question.id, check="own", about=kind, passed=enough, what=what)
        if not found.misconceptions:
            yield Outcome(question_id=question.id, check="accused", about=kind, passed=True, what=f"its {kind} model answer is not flagged")
        for wrong in found.misconceptions:
            what = f"its {kind} model answer is flagged for “{wrong.id}”: “{wrong.quote}”"
            yield Outcome(question_id=question.id, check="accused", about=f"{kind}: {wrong.id}", passed=False, what=what)


def _claims(question: Question, assessor: Assessor) -> Iterator[Outcome]:
    for wrong in question.misconceptions:
        for phrase in wrong.says:
            found = assessor.assess(question.rubric(), phrase)
            if found.status != "assessed":
                continue  # too little text to judge, and said to be
            flagged = {each.id for each in found.misconceptions}
            what = f"“{phrase}” is flagged as {_named(flagged)}, it states “{wrong.id}”"
            yield Outcome(question_id=question.id, check="claim", about=phrase, passed=wrong.id in flagged, what=what)


def _points(question: Question, assessor: Assessor) -> Iterator[Outcome]:
    for point in question.points():
        for phrase in point.says:
            found = assessor.assess(question.rubric(), phrase)
            if found.status != "assessed":
                continue
            credit = {each.id: CREDIT.get(each.verdict, 0.0) for each in found.points}
            own, most = credit.get(point.id, 0.0), max(credit.values(), default=0.0)
            to = {name for name, given in credit.items() if given == most} if most else set()
            what = f"“{phrase}” is credited to {_named(to)}, it makes “{point.id}”"
            yield Outcome(question_id=question.id, check="point", about=phrase, passed=own > 0 and own >= most, what=what)


def _parts(question: Question, assessor: Assessor) -> Iterator[Outcome]:
    asks = {follow_up.point_id: follow_up.ask for follow_up in question.follow_ups}
    for point in question.points():
        rubric = question.point_rubric(point.id, asks.get(point.id, question.ask))
        for phrase in point.says:
            found = assessor.assess(rubric, phrase)
            if found.status != "assessed":
                continue
            verdict = found.points[0].verdict
            what = f"“{phrase}” counts as {verdict.value} where “{point.id}” is asked for"
            yield Outcome(question_id=question.id, check="part", about=phrase, passed=CREDIT.get(verdict, 0.0) > 0, what=what)


def _named(ids: set[str]) -> str:
    return ", ".join(f"“{each}”" for each in sorted(ids)) or "nothing"


def _short_of(found: Assessment) -> str:
    """What the answer is short of, in the assessor's eyes."""
    ids = {verdict: [each.id for each in found.points if each.verdict is verdict] for verdict in Verdict}
    said = [f"{verdict.value}: {', '.join(ids[verdict])}" for verdict in Verdict if verdict is not Verdict.HIT and ids[verdict]]
    return "; ".join(said) or "every point was found"


def _shown(figure: float | None) -> str:
    return "nothing" if figure is None else f"{figure:.1f}"
