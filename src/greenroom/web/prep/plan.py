"""The days until the interview, the company page and studying a question, in the browser."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from greenroom.prep.company import Company
from greenroom.prep.days import Order
from greenroom.web.deps import IdForm, IdPath, OwnerDep, RoomDep, owner
from greenroom.web.render import page

router = APIRouter(prefix="/prep", dependencies=[Depends(owner)], include_in_schema=False)
PerDay = Annotated[str, Form(pattern=r"^([1-9]|10)?$")]


@router.get("/plan")
def plan(room: RoomDep, owner_id: OwnerDep) -> Response:
    view = room.prep.plan.get(owner_id)
    sitting = room.review.sitting(owner_id, view.now.reviews if view.now else 0)
    return page("plan.html", view=view, sitting=sitting, now=room.interview.now(), has_job=room.prep.papers.job(owner_id) is not None)


@router.post("/plan")
def choose(room: RoomDep, owner_id: OwnerDep, order: Annotated[Order, Form()], per_day: PerDay = "", anew: bool = Form(False)) -> Response:
    room.prep.plan.choose(owner_id, order, int(per_day) if per_day else None, anew=anew)
    return RedirectResponse("/prep/plan", 303)


@router.get("/company")
def company(room: RoomDep, owner_id: OwnerDep, saved: bool = False) -> Response:
    profile, found = room.prep.profile(owner_id), room.prep.company.get(owner_id)
    return page("company.html", company=found, profile=profile, gaps=room.prep.company.gaps(owner_id), saved=saved)


@router.post("/company")
def save_company(room: RoomDep, owner_id: OwnerDep, given: Annotated[Company, Form()]) -> Response:
    room.prep.company.save(owner_id, given.model_copy(update={k: v.replace("\r\n", "\n").strip() for k, v in given.model_dump().items()}))
    return RedirectResponse("/prep/company?saved=true", 303)


@router.get("/study/{question_id}")
def study(room: RoomDep, owner_id: OwnerDep, question_id: IdPath) -> Response:
    view = room.prep.study.get(owner_id, question_id)
    return page("study.html", view=view, question=view.question)


@router.post("/study/{question_id}")
def begin_study(room: RoomDep, owner_id: OwnerDep, question_id: IdPath) -> Response:
    """Marks it as studied, and shows it."""
    room.prep.study.begin(owner_id, question_id)
    return RedirectResponse(f"/prep/study/{question_id}", 303)


@router.post("/best/{question_id}")
def keep(room: RoomDep, owner_id: OwnerDep, question_id: IdPath, answer_id: IdForm) -> Response:
    """Keep this answer as one's best."""
    room.prep.study.keep(owner_id, question_id, answer_id)
    return RedirectResponse(f"/bank/{question_id}", 303)
