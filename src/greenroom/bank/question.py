"""A question as its author wrote it, and the rubric an answer is held against.

Shapes only: reading files is ``read.py``, editorial rules are ``check.py``. The JSON Schema for editors is made from
these classes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from greenroom.errors import NotFoundError

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]
Level = Literal["foundation", "practitioner", "expert"]
Kind = Literal["knowledge", "behavioural", "asks"]
Need = Literal["experience", "company"]
Round = Literal["recruiter", "manager", "peer", "executive"]
LabValue = str | int | float | bool
V = TypeVar("V")
FORMS_LIMIT, MANY_LIMIT, FOLLOW_UPS_LIMIT = 50, 40, 80
"""Entries of a list. The longest of our own: 6 forms, 24 key points, 7 misconceptions, 6 phrasings of a point."""


def at_most(limit: int) -> Callable[[object], object]:
    """Says no to a longer list before any entry of it is looked at: each wrong one would make an error of its own."""

    def check(value: object) -> object:
        if isinstance(value, list | tuple | dict) and len(value) > limit:
            raise PydanticCustomError("too_long", "more than {limit} entries", {"limit": limit})
        return value

    return check


Many = Annotated[V, Field(max_length=MANY_LIMIT), BeforeValidator(at_most(MANY_LIMIT))]
CV_LINE = "cv-line"
"""The question about one line of a CV; which line, it does not say. A person's own line is asked about by it: a CV is untrusted text, so
the rubric, a connected model and a connected program see the form, and only the person the line.
"""


class Value(BaseModel):
    """An immutable value: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Form(Value):
    """Another way the question is asked. Not a synonym: it may add or drop key points."""

    id: Id = Field(description="Stable, and unique in the question: stored answers name their form by it.")
    ask: Text = Field(description="The other wording, as an interviewer says it.")
    aliases: Many[tuple[Text, ...]] = Field(default=(), description="Earlier wordings and ids; stored answers may still name them.")
    source: Literal["article", "pack"] = Field(description="Where it comes from: `pack` for your own.")
    adds: Many[tuple[Id, ...]] = Field(default=(), description="Ids of key points that only this form (and others that add them) asks for.")
    drops: Many[tuple[Id, ...]] = Field(default=(), description="Ids of key points that this form does not ask for.")
    needs: Many[tuple[Need, ...]] = Field(default=(), description="What the answer must draw on besides knowledge.")
    model_answer: Text | None = Field(default=None, description="A good answer to this form; without it the question's own are shown.")

    def named(self, name: str) -> bool:
        """Whether ``name`` is its id, its wording or an alias."""
        return name in (self.id, self.ask, *self.aliases)


class KeyPoint(Value):
    """One claim that an answer can make or miss by itself. ``says``: ways a candidate may put it."""

    id: Id = Field(description="For ever: a person's progress hangs on `question_id/point_id`.")
    point: Text = Field(description="The claim, in one sentence that can be said in one breath.")
    weight: Annotated[int, Field(ge=1, le=3)] = Field(description="How much it counts: 3 most, 1 least.")
    essential: bool = Field(default=False, description="Whether a good two-minute answer has to make it.")
    retired: bool = Field(default=False, description="No longer asked for. Kept so that earlier answers stay readable.")
    says: Many[tuple[Text, ...]] = Field(
        description="At least four ways a candidate may put it, each one whole sentence, far apart in wording."
    )
    because: Text = Field(description="Why it is true, for somebody who missed it.")
    source: Text = Field(description="A primary source with its URL, or `computed: path::test`.")


class LabLink(Value):
    """A lab with the parameters that show a thing."""

    name: Id = Field(description="A lab of `greenroom labs list`.")
    set: Many[dict[str, LabValue]] = Field(default={}, description="Values that show the point; `greenroom labs show NAME` lists them.")


class Misconception(Value):
    """A likely wrong belief; ``says`` are ways a candidate states it, ``correction`` contradicts it."""

    id: Id = Field(description="For ever, and none of the ids of the key points.")
    claim: Text = Field(description="What people wrongly believe, in one sentence.")
    says: Many[tuple[Text, ...]] = Field(description="At least three ways a candidate may state it, false as they stand.")
    correction: Text = Field(description="What is true instead; it contradicts the claim outright.")
    source: Text = Field(description="A primary source with its URL, or `computed: path::test`.")
    lab: LabLink | None = Field(default=None, description="The lab that shows that it is not so.")


class FollowUp(Value):
    """What to ask when a point was missed or wrong."""

    point_id: Id = Field(description="A key point of this question.")
    ask: Text = Field(description="What to ask when it was missed; it must not give the point away.")


class ModelAnswers(Value):
    """A good answer in two voices, 40 to 380 words each. Shown after the first attempt."""

    plain: Text = Field(description="For a general audience.")
    technical: Text = Field(description="For an engineer.")

    @property
    def alike(self) -> bool:
        """There is one answer for both audiences: a form's own."""
        return self.plain == self.technical


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
    whole: bool = Field(default=False, exclude=True)
    """Only a mark is wanted: the points are the sentences of one reference, and nobody asks which of them were made."""

    @property
    def hash(self) -> str:
        """SHA-256 (first 16 hex digits) of everything an answer is held against: stored with each assessment. A link to a lab is not."""
        held = self.model_copy(update={"misconceptions": tuple(m.model_copy(update={"lab": None}) for m in self.misconceptions)})
        return hashlib.sha256(held.model_dump_json().encode()).hexdigest()[:16]


class Question(Value):
    """One question of a pack, complete."""

    id: Id = Field(description="The name of the file without .yaml; unique over all packs, for ever.")
    topic: Id = Field(description="The folder that the file lies in.")
    level: Level = Field(description="Who is asked this.")
    kind: Kind = Field(description="knowledge: held against facts; behavioural: a story; asks: the candidate's own questions.")
    ask: Text = Field(description="The question as an interviewer says it.")
    listens_for: Text = Field(description="What a good interviewer is listening for.")
    forms: Annotated[tuple[Form, ...], Field(max_length=FORMS_LIMIT), BeforeValidator(at_most(FORMS_LIMIT))] = Field(
        default=(), description="Other ways it is asked. A form is no synonym: it may add and drop points."
    )
    key_points: Many[tuple[KeyPoint, ...]] = Field(description="At least six ideas that can be said or missed by themselves.")
    misconceptions: Many[tuple[Misconception, ...]] = Field(default=(), description="At least four things that people get wrong.")
    follow_ups: Annotated[tuple[FollowUp, ...], Field(max_length=FOLLOW_UPS_LIMIT), BeforeValidator(at_most(FOLLOW_UPS_LIMIT))] = Field(
        default=(), description="One for every key point."
    )
    model_answers: ModelAnswers
    lab: LabLink | None = Field(default=None, description="A lab for the whole question.")
    sources: Many[tuple[Text, ...]] = Field(default=(), description="Further reading: title and URL.")
    round: Many[tuple[Round, ...]] = Field(default=(), description="For kind asks: in which rounds such a question is at its place.")
    needs: Many[tuple[Need, ...]] = Field(default=(), description="What an answer must draw on besides knowledge.")

    @property
    def active_points(self) -> tuple[KeyPoint, ...]:
        """The key points that some form asks for: all but the retired ones."""
        return tuple(point for point in self.key_points if not point.retired)

    def find_form(self, name: str) -> Form | None:
        """The form with this id, wording or alias."""
        return next((form for form in self.forms if form.named(name)), None)

    def get_form(self, name: str) -> Form:
        """The form with this id, wording or alias. Raises NotFoundError, naming the nearest ids."""
        found = self.find_form(name)
        if found is None:
            raise NotFoundError("form", name, [form.id for form in self.forms], f"`greenroom bank show {self.id}` lists the forms.")
        return found

    def points(self, form: str | None = None) -> tuple[KeyPoint, ...]:
        """The key points that ``form`` (None: the canonical question) asks for. Raises NotFoundError for an unknown form.

        A point that any form adds belongs to the forms that add it, not to the canonical question.
        """
        return self._asked(None if form is None else self.get_form(form), self._added())

    def points_by_form(self) -> list[tuple[KeyPoint, ...]]:
        """What each form asks for, in the order of the forms. What they share is looked for once."""
        added = self._added()
        return [self._asked(form, added) for form in self.forms]

    def _added(self) -> set[str]:
        return {point_id for form in self.forms for point_id in form.adds}

    def _asked(self, form: Form | None, added: set[str]) -> tuple[KeyPoint, ...]:
        adds, drops = (set(form.adds), set(form.drops)) if form else (set[str](), set[str]())
        return tuple(p for p in self.active_points if (p.id not in added or p.id in adds) and p.id not in drops)

    def answers(self, form: str | None = None) -> ModelAnswers:
        """The model answers to show for ``form``: its own, in one voice, where it has one, else the question's."""
        found = self.find_form(form) if form else None
        own = found.model_answer if found else None
        return ModelAnswers(plain=own, technical=own) if own else self.model_answers

    @property
    def forms_unanswered(self) -> tuple[Form, ...]:
        """The forms without their model answers: what may be shown before an attempt."""
        return tuple(form.model_copy(update={"model_answer": None}) for form in self.forms)

    def rubric(self, form: str | None = None) -> Rubric:
        """What an answer to ``form`` is held against. Raises NotFoundError for an unknown form."""
        chosen = None if form is None else self.get_form(form)
        points = self._asked(chosen, self._added())
        kept = {p.id for p in points}
        return Rubric(
            question_id=self.id,
            ask=chosen.ask if chosen else self.ask,
            form=chosen.id if chosen else None,
            kind=self.kind,
            points=points,
            misconceptions=self.misconceptions,
            follow_ups=tuple(f for f in self.follow_ups if f.point_id in kept),
        )

    def point_rubric(self, point_id: str, ask: str) -> Rubric:
        """The rubric of a follow-up or a review: one point of any form, every misconception. No such point: no points."""
        points = tuple(p for p in self.key_points if p.id == point_id)
        return Rubric(question_id=self.id, ask=ask, kind=self.kind, points=points, misconceptions=self.misconceptions)
