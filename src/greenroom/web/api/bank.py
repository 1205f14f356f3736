"""The JSON API of the bank: questions, the search through them, their rubrics; and one answer assessed without being kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from greenroom.assess.assessment import Assessment
from greenroom.bank.question import Form, Kind, Level, ModelAnswers, Question, Value
from greenroom.bank.search import Hit
from greenroom.web.api.shapes import make_router
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


class OpenQuestionOut(Value):
    """A question with its rubric. ``model_answers`` is null until there is an attempt at it."""

    question: QuestionOut
    listens_for: str
    key_points: tuple[dict[str, str | int], ...]
    model_answers: ModelAnswers | None


class AnswerIn(Value):
    question_id: Annotated[str, Field(min_length=1, max_length=64)]
    form: Annotated[str, Field(max_length=4000)] | None = None
    text: str


class SearchIn(Value):
    q: Annotated[str, Field(max_length=1000)]
    topic: Annotated[str, Field(max_length=64)] | None = None
    level: Level | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 20


@router.get("/bank")
def list_questions(room: RoomDep, owner_id: OwnerDep, topic: Annotated[str | None, Query(max_length=64)] = None) -> list[QuestionOut]:
    return [_listed(question) for question in room.bank.questions(topic)]


@router.get("/bank/{question_id}")
def get_question(room: RoomDep, owner_id: OwnerDep, question_id: IdPath) -> OpenQuestionOut:
    found = room.bank.get(question_id)
    shown = {"id", "point", "weight", "because", "source"}
    return OpenQuestionOut(
        question=_listed(found),
        listens_for=found.listens_for,
        key_points=tuple(point.model_dump(include=shown) for point in found.key_points),
        model_answers=found.model_answers if room.interview.attempted(owner_id, question_id) else None,
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
    """One answer in, one assessment out; nothing is stored."""
    return room.assess.once(answer.question_id, answer.form, answer.text)


def _listed(question: Question) -> QuestionOut:
    return QuestionOut(
        id=question.id, topic=question.topic, level=question.level, kind=question.kind, ask=question.ask,
        forms=question.forms, points=len(question.points()),
    )  # fmt: skip
