"""A question as its author wrote it, and the rubric an answer is held against.

Shapes only: reading files is ``load.py``, editorial rules are ``check.py``. The JSON Schema for editors is made from
these classes.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]
Level = Literal["foundation", "practitioner", "expert"]
Kind = Literal["knowledge", "behavioural", "asks"]
Need = Literal["experience", "company"]
Round = Literal["recruiter", "manager", "peer", "executive"]
LabValue = str | int | float | bool


class Value(BaseModel):
    """An immutable value: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Form(Value):
    """Another way the question is asked. Not a synonym: it may add or drop key points."""

    ask: Text
    source: Literal["article", "pack"]
    adds: tuple[Id, ...] = ()
    drops: tuple[Id, ...] = ()
    needs: tuple[Need, ...] = ()


class KeyPoint(Value):
    """One idea that an answer can make or miss by itself. ``says``: ways a candidate may put it."""

    id: Id
    point: Text
    weight: Annotated[int, Field(ge=1, le=3)]
    says: tuple[Text, ...]
    because: Text
    source: Text


class LabLink(Value):
    """A lab with the parameters that show a thing."""

    name: Id
    set: dict[str, LabValue] = {}


class Misconception(Value):
    """A likely wrong belief; ``says`` are ways a candidate states it, ``correction`` contradicts it."""

    id: Id
    claim: Text
    says: tuple[Text, ...]
    correction: Text
    source: Text
    lab: LabLink | None = None


class FollowUp(Value):
    """What to ask when a point was missed or wrong."""

    point_id: Id
    ask: Text


class ModelAnswers(Value):
    plain: Text
    technical: Text


class Rubric(Value):
    """What one answer is held against: the points one form asks for, and the misconceptions.

    ``greenroom grade`` builds one from a row of any subject; the bank builds one per question and form.
    """

    question_id: str
    ask: str
    form: str | None = None
    kind: Kind = "knowledge"
    points: tuple[KeyPoint, ...]
    misconceptions: tuple[Misconception, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 (first 16 hex digits) of everything an answer is held against: stored with each assessment. A link to a lab is not."""
        held = self.model_copy(update={"misconceptions": tuple(m.model_copy(update={"lab": None}) for m in self.misconceptions)})
        return hashlib.sha256(held.model_dump_json().encode()).hexdigest()[:16]


class Question(Value):
    """One question of a pack, complete."""

    id: Id
    topic: Id
    level: Level
    kind: Kind
    ask: Text
    listens_for: Text
    forms: tuple[Form, ...] = ()
    key_points: tuple[KeyPoint, ...]
    misconceptions: tuple[Misconception, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    model_answers: ModelAnswers
    lab: LabLink | None = None
    sources: tuple[Text, ...] = ()
    round: tuple[Round, ...] = ()
    needs: tuple[Need, ...] = ()

    def find_form(self, ask: str) -> Form | None:
        return next((form for form in self.forms if form.ask == ask), None)

    def points(self, form: str | None = None) -> tuple[KeyPoint, ...]:
        """The key points that ``form`` (its wording; None or an unknown wording: the canonical question) asks for.

        A point that any form adds belongs to the forms that add it, not to the canonical question.
        """
        chosen = self.find_form(form) if form else None
        extra = {point_id for f in self.forms for point_id in f.adds}
        adds, drops = (set(chosen.adds), set(chosen.drops)) if chosen else (set[str](), set[str]())
        return tuple(p for p in self.key_points if (p.id not in extra or p.id in adds) and p.id not in drops)

    def rubric(self, form: str | None = None) -> Rubric:
        points = self.points(form)
        kept = {p.id for p in points}
        return Rubric(
            question_id=self.id,
            ask=form or self.ask,
            form=form,
            kind=self.kind,
            points=points,
            misconceptions=self.misconceptions,
            follow_ups=tuple(f for f in self.follow_ups if f.point_id in kept),
        )

    def point_rubric(self, point_id: str, ask: str) -> Rubric:
        """The rubric of a follow-up or a review: one point of any form, every misconception. No such point: no points."""
        points = tuple(p for p in self.key_points if p.id == point_id)
        return Rubric(question_id=self.id, ask=ask, kind=self.kind, points=points, misconceptions=self.misconceptions)
