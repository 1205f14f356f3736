"""The bank held against the assessor: each outcome that is not as it should be is a fault of one or the other.

What is held: both model answers on their own question, the model answer shown for each form on that form, and the technical one on
questions of other topics; each phrasing of a misconception and of a key point, by itself. A sentence out of a story is no story: what a
behavioural question listens for is held as the answer to the follow-up that asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Literal, NamedTuple

from greenroom.assess.assessment import Assessment, Verdict
from greenroom.assess.score import CREDIT
from greenroom.bank.question import KeyPoint, Misconception, Question, Rubric, Value

OWN_AT_LEAST, OTHER_AT_MOST = 80.0, 15.0
Check = Literal["own", "form", "accused", "claim", "point", "part", "other"]
Key = tuple[str, str, str]
"""Question, check, and what was held."""
CHECKS: dict[Check, str] = {
    "own": f"model answer scores at least {OWN_AT_LEAST:.0f} on its own question",
    "form": f"model answer shown for a form scores at least {OWN_AT_LEAST:.0f} on that form",
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


class Trial(NamedTuple):
    """An answer to be assessed. ``role``: what is held of the question. ``judge``: what comes of the assessment; nothing where a phrasing
    was too little text to judge, and said to be.
    """

    question_id: str
    role: str
    rubric: Rubric
    answer: str
    judge: Callable[[Assessment], Iterator[Outcome]]

    @property
    def seal(self) -> str:
        """The same for as long as neither the answer nor what it is held against changes, nor a bar: SHA-256, the first 32 hex digits."""
        told = "\0".join((self.question_id, self.role, self.rubric.hash, self.answer, f"{OWN_AT_LEAST} {OTHER_AT_MOST}"))
        return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def trials(question: Question, others: Sequence[Question]) -> Iterator[Trial]:
    """Everything about one question; its technical model answer against ``others``."""
    rubric, answers = question.rubric(), question.model_answers
    for kind in ("plain", "technical"):
        yield Trial(question.id, kind, rubric, getattr(answers, kind), partial(_own, question.id, kind))
    for form in question.forms:
        answer = question.answers(form.id).technical
        yield Trial(question.id, f"form {form.id}", question.rubric(form.id), answer, partial(_form, question.id, form.id))
    for wrong in question.misconceptions:
        yield from (Trial(question.id, wrong.id, rubric, phrase, partial(_claim, question.id, wrong, phrase)) for phrase in wrong.says)
    yield from _parts(question) if question.kind == "behavioural" else _points(question, rubric)
    yield from (Trial(question.id, "other", other.rubric(), answers.technical, partial(_other, question.id)) for other in others)


def other_topics(question: Question, questions: Sequence[Question], most: int | None) -> list[Question]:
    """The questions of other topics; ``most`` of them, strewn over all by a hash: the same ones at each run."""
    found = [other for other in questions if other.topic != question.topic]
    return sorted(found, key=lambda other: sha256(f"{question.id}/{other.id}".encode()).digest())[:most]


def _points(question: Question, rubric: Rubric) -> Iterator[Trial]:
    for point in question.points():
        yield from (Trial(question.id, point.id, rubric, phrase, partial(_point, question.id, point, phrase)) for phrase in point.says)


def _parts(question: Question) -> Iterator[Trial]:
    asks = {follow_up.point_id: follow_up.ask for follow_up in question.follow_ups}
    for point in question.points():
        rubric = question.point_rubric(point.id, asks.get(point.id, question.ask))
        yield from (Trial(question.id, point.id, rubric, phrase, partial(_part, question.id, point, phrase)) for phrase in point.says)


def _own(question_id: str, kind: str, found: Assessment) -> Iterator[Outcome]:
    what = f"its {kind} model answer scores {_shown(found.overall)} ({found.reason or _short_of(found)})"
    enough = found.overall is not None and found.overall >= OWN_AT_LEAST
    yield Outcome(question_id=question_id, check="own", about=kind, passed=enough, what=what)
    if not found.misconceptions:
        yield Outcome(question_id=question_id, check="accused", about=kind, passed=True, what=f"its {kind} model answer is not flagged")
    for wrong in found.misconceptions:
        what = f"its {kind} model answer is flagged for “{wrong.id}”: “{wrong.quote}”"
        yield Outcome(question_id=question_id, check="accused", about=f"{kind}: {wrong.id}", passed=False, what=what)


def _form(question_id: str, form_id: str, found: Assessment) -> Iterator[Outcome]:
    what = f"the model answer shown for its form “{form_id}” scores {_shown(found.overall)} ({found.reason or _short_of(found)})"
    enough = found.overall is not None and found.overall >= OWN_AT_LEAST
    yield Outcome(question_id=question_id, check="form", about=form_id, passed=enough, what=what)


def _claim(question_id: str, wrong: Misconception, phrase: str, found: Assessment) -> Iterator[Outcome]:
    if found.status == "assessed":
        flagged = {each.id for each in found.misconceptions}
        what = f"“{phrase}” is flagged as {_named(flagged)}, it states “{wrong.id}”"
        yield Outcome(question_id=question_id, check="claim", about=phrase, passed=wrong.id in flagged, what=what)


def _point(question_id: str, point: KeyPoint, phrase: str, found: Assessment) -> Iterator[Outcome]:
    if found.status == "assessed":
        credit = {each.id: CREDIT.get(each.verdict, 0.0) for each in found.points}
        own, most = credit.get(point.id, 0.0), max(credit.values(), default=0.0)
        to = {name for name, given in credit.items() if given == most} if most else set()
        what = f"“{phrase}” is credited to {_named(to)}, it makes “{point.id}”"
        yield Outcome(question_id=question_id, check="point", about=phrase, passed=own > 0 and own >= most, what=what)


def _part(question_id: str, point: KeyPoint, phrase: str, found: Assessment) -> Iterator[Outcome]:
    if found.status == "assessed":
        verdict = found.points[0].verdict
        what = f"“{phrase}” counts as {verdict.value} where “{point.id}” is asked for"
        yield Outcome(question_id=question_id, check="part", about=phrase, passed=CREDIT.get(verdict, 0.0) > 0, what=what)


def _other(question_id: str, found: Assessment) -> Iterator[Outcome]:
    figure, other = found.overall, found.question_id
    what = f"its technical model answer scores {_shown(figure)} on “{other}”"
    passed = figure is None or figure <= OTHER_AT_MOST
    yield Outcome(question_id=question_id, check="other", about=other, passed=passed, what=what)


def _named(ids: set[str]) -> str:
    return ", ".join(f"“{each}”" for each in sorted(ids)) or "nothing"


def _short_of(found: Assessment) -> str:
    """What the answer is short of, in the assessor's eyes."""
    ids = {verdict: [each.id for each in found.points if each.verdict is verdict] for verdict in Verdict}
    said = [f"{verdict.value}: {', '.join(ids[verdict])}" for verdict in Verdict if verdict is not Verdict.HIT and ids[verdict]]
    return "; ".join(said) or "every point was found"


def _shown(figure: float | None) -> str:
    return "nothing" if figure is None else f"{figure:.1f}"
