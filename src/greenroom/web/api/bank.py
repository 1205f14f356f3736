"""The JSON API of the bank: questions, the search through them, their rubrics; one answer assessed without being kept; and the pack that
is being written, while it is previewed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from greenroom.assess.assessment import Assessment
from greenroom.assess.manner.fit import Situation
from greenroom.bank.bank import Fault
from greenroom.bank.question import Form, Kind, Level, ModelAnswers, Question, Value
from greenroom.bank.search import Hit
from greenroom.review.past import PastAnswer
from greenroom.review.progress import by_question
from greenroom.room.bank import PackDraft
from greenroom.web.api.shapes import make_router
from greenroom.web.bank.found import Wanted, find
from greenroom.web.bank.preview import DraftDep
from greenroom.web.deps import IdPath, OwnerDep, RoomDep

router = make_router()


class QuestionOut(Value):
    """A question in a list."""

    id: str
    topic: str
    level: Level
    kind: Kind
    ask: str
    forms: tuple[Form, ...]
    points: int
    mastery: Annotated[float, Field(ge=0, le=1)] | None
    """Of its points, when last seen; null: none was."""


class NearOut(Value):
    id: str
    topic: str
    ask: str


class LabOut(Value):
    name: str
    title: str


class OpenQuestionOut(Value):
    """A question with its rubric. ``model_answers``, and those of its forms, are null until there is an attempt at it.

    ``history``: your answers to it whose score may be shown, oldest first. ``near``: questions of other topics that speak of the same.
    ``labs``: those of its topic.
    """

    question: QuestionOut
    listens_for: str
    key_points: tuple[dict[str, str | int], ...]
    attempted: bool
    model_answers: ModelAnswers | None
    history: tuple[PastAnswer, ...]
    near: tuple[NearOut, ...]
    labs: tuple[LabOut, ...]
    sources: tuple[str, ...]


class AnswerIn(Value):
    question_id: Annotated[str, Field(min_length=1, max_length=64)]
    form: Annotated[str, Field(max_length=4000)] | None = None
    text: str
    company: Annotated[str, Field(max_length=120)] = ""
    role: Annotated[str, Field(max_length=120)] = ""
    job: Annotated[str, Field(max_length=20_000)] = ""


class SearchIn(Value):
    q: Annotated[str, Field(max_length=1000)]
    topic: Annotated[str, Field(max_length=64)] | None = None
    level: Level | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 20


class ListIn(Value):
    """``only``: due or weak (tried, and less than half of its points held)."""

    topic: Annotated[str, Field(max_length=64)] | None = None
    level: Level | None = None
    only: Literal["due", "weak"] | None = None


class TrialIn(Value):
    text: str
    form: Annotated[str, Field(max_length=4000)] | None = None


class DraftQuestionOut(Value):
    question: Question
    faults: tuple[Fault, ...]


@router.get("/bank")
def list_questions(room: RoomDep, owner_id: OwnerDep, asked: Annotated[ListIn, Query()]) -> list[QuestionOut]:
    found = find(room, owner_id, Wanted("", asked.topic, asked.level, asked.only or ""))
    return [_listed(question, found.mastery.get(question.id)) for question, _ in found.questions]


@router.get("/bank/{question_id}")
def get_question(room: RoomDep, owner_id: OwnerDep, question_id: IdPath) -> OpenQuestionOut:
    found, progress = room.bank.get(question_id), room.review.progress(owner_id)
    shown, attempted = {"id", "point", "weight", "because", "source"}, room.interview.attempted(owner_id, question_id)
    return OpenQuestionOut(
        question=_listed(found, by_question(progress).get(found.id), attempted=attempted),
        listens_for=found.listens_for,
        key_points=tuple(point.model_dump(include=shown) for point in found.active_points),
        attempted=attempted,
        model_answers=found.model_answers if attempted else None,
        history=tuple(answer for answer in progress.history if answer.question_id == found.id),
        near=tuple(NearOut(id=each.id, topic=each.topic, ask=each.ask) for each in room.bank.related(found.id)),
        labs=tuple(LabOut(name=card.name, title=card.title) for card in room.labs.cards() if found.topic in card.topics),
        sources=found.sources,
    )


@router.get("/search")
def search(room: RoomDep, owner_id: OwnerDep, asked: Annotated[SearchIn, Query()]) -> list[Hit]:
    """Questions that speak of the words, best first, with the words marked."""
    return room.bank.search(asked.q, asked.topic, asked.level, asked.limit)


@router.get("/topics")
def list_topics(room: RoomDep, owner_id: OwnerDep) -> list[str]:
    return list(room.bank.topics())


@router.post("/assess")
def assess(room: RoomDep, owner_id: OwnerDep, answer: AnswerIn) -> Assessment:
    """One answer in, one assessment out; nothing is stored. ``company``, ``role``, ``job``: what the answer should fit."""
    return room.assess.once(answer.question_id, answer.form, answer.text, Situation(answer.company, answer.role, answer.job))


@router.get("/preview")
def preview(draft: DraftDep, owner_id: OwnerDep) -> PackDraft:
    """The pack that is being written, with its faults. 404 where none is previewed."""
    return draft


@router.get("/preview/{question_id}")
def preview_question(draft: DraftDep, owner_id: OwnerDep, question_id: IdPath) -> DraftQuestionOut:
    return DraftQuestionOut(question=draft.get(question_id), faults=tuple(draft.faults_of(question_id)))


@router.post("/preview/{question_id}")
def preview_answer(room: RoomDep, draft: DraftDep, owner_id: OwnerDep, question_id: IdPath, given: TrialIn) -> Assessment:
    """An answer tried on a question that is being written; nothing is stored."""
    return room.assess.of(draft.get(question_id), given.form, given.text)


def _listed(question: Question, mastery: float | None, *, attempted: bool = False) -> QuestionOut:
    return QuestionOut(
        id=question.id, topic=question.topic, level=question.level, kind=question.kind, ask=question.ask,
        forms=question.forms if attempted else question.forms_unanswered, points=len(question.points()), mastery=mastery,
    )  # fmt: skip
