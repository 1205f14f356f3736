"""The JSON API of preparing: the job text and the CV, the plan day by day, the company, studying a question.

A text is sent as JSON, a file as a form (``multipart/form-data``, field ``file``): read within the same bounds, in the same process of its
own, as on the pages. The replies are JSON either way.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import File, Query, UploadFile
from pydantic import Field

from greenroom.bank.question import Level, Value
from greenroom.prep.company import Company
from greenroom.prep.days import Order
from greenroom.prep.papers.paper import Paper
from greenroom.prep.papers.text import FILE_LIMIT, TEXT_LIMIT
from greenroom.room.own.papers import CvView, JobView
from greenroom.room.own.plan import PlanView
from greenroom.room.own.study import StudyView
from greenroom.web.api.shapes import make_router
from greenroom.web.deps import IdPath, OwnerDep, RoomDep

router = make_router("/api/prep")


Upload = Annotated[UploadFile, File(description=f"PDF, DOCX or text; at most {FILE_LIMIT // 1_000_000} MB and 30 pages.")]


class TextIn(Value):
    text: Annotated[str, Field(max_length=4 * TEXT_LIMIT)]


class PlanIn(Value):
    """``anew``: from today on, whatever was begun."""

    order: Order
    per_day: Annotated[int, Field(ge=1, le=10)] | None = None
    anew: bool = False


class BestIn(Value):
    answer_id: Annotated[str, Field(min_length=1, max_length=64)]


class LevelOut(Value):
    level: Level | None


class DoneOut(Value):
    done: bool = True


@router.get("/job")
def job(room: RoomDep, owner_id: OwnerDep) -> JobView | None:
    """The job text in use, and what it asks for; null: there is none."""
    return room.prep.papers.job(owner_id)


@router.post("/job", status_code=201)
def give_job(room: RoomDep, owner_id: OwnerDep, given: TextIn) -> Paper:
    return room.prep.papers.paste(owner_id, "job", given.text)


@router.post("/job/file", status_code=201)
def upload_job(room: RoomDep, owner_id: OwnerDep, file: Upload) -> Paper:
    """The job text as a file. What cannot be read is refused with the cure, and the text that was there stays."""
    return room.prep.papers.upload(owner_id, "job", file.file.read(FILE_LIMIT + 1), file.filename or "")


@router.post("/job/level")
def take_level(room: RoomDep, owner_id: OwnerDep) -> LevelOut:
    """The level that the text names becomes one's own."""
    return LevelOut(level=room.prep.papers.take_level(owner_id))


@router.get("/cv")
def cv(room: RoomDep, owner_id: OwnerDep) -> CvView | None:
    return room.prep.papers.cv(owner_id)


@router.post("/cv", status_code=201)
def give_cv(room: RoomDep, owner_id: OwnerDep, given: TextIn) -> Paper:
    return room.prep.papers.paste(owner_id, "cv", given.text)


@router.post("/cv/file", status_code=201)
def upload_cv(room: RoomDep, owner_id: OwnerDep, file: Upload) -> Paper:
    """The CV as a file; as for the job text."""
    return room.prep.papers.upload(owner_id, "cv", file.file.read(FILE_LIMIT + 1), file.filename or "")


@router.get("/papers")
def papers(room: RoomDep, owner_id: OwnerDep, kind: Annotated[Literal["job", "cv"], Query()]) -> list[Paper]:
    """The one in use first."""
    return list(room.prep.papers.list(owner_id, kind))


@router.post("/papers/{paper_id}/use")
def use(room: RoomDep, owner_id: OwnerDep, paper_id: IdPath) -> Paper:
    return room.prep.papers.use(owner_id, paper_id)


@router.delete("/papers/{paper_id}")
def delete(room: RoomDep, owner_id: OwnerDep, paper_id: IdPath) -> Paper:
    return room.prep.papers.delete(owner_id, paper_id)


@router.get("/plan")
def plan(room: RoomDep, owner_id: OwnerDep) -> PlanView:
    return room.prep.plan.get(owner_id)


@router.post("/plan")
def choose(room: RoomDep, owner_id: OwnerDep, given: PlanIn) -> PlanView:
    return room.prep.plan.choose(owner_id, given.order, given.per_day, anew=given.anew)


@router.get("/company")
def company(room: RoomDep, owner_id: OwnerDep) -> Company:
    return room.prep.company.get(owner_id)


@router.put("/company")
def save_company(room: RoomDep, owner_id: OwnerDep, given: Company) -> Company:
    return room.prep.company.save(owner_id, given)


@router.get("/study/{question_id}")
def study(room: RoomDep, owner_id: OwnerDep, question_id: IdPath) -> StudyView:
    return room.prep.study.get(owner_id, question_id)


@router.post("/study/{question_id}")
def begin_study(room: RoomDep, owner_id: OwnerDep, question_id: IdPath) -> StudyView:
    """Marks it as studied: a later answer to it says so."""
    return room.prep.study.begin(owner_id, question_id)


@router.put("/best/{question_id}")
def keep(room: RoomDep, owner_id: OwnerDep, question_id: IdPath, given: BestIn) -> DoneOut:
    """Keep this answer as one's best."""
    room.prep.study.keep(owner_id, question_id, given.answer_id)
    return DoneOut()
