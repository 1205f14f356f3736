"""The stage: the question that is on, the answer, the self-rating, the notes, and what comes next."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from greenroom.bank.question import Need
from greenroom.errors import ConflictError, GreenroomError
from greenroom.interview.attempt import Submission
from greenroom.interview.course.rounds import RECIPES
from greenroom.interview.session import Turn
from greenroom.room import Room
from greenroom.room.views import SessionView
from greenroom.web.deps import IdForm, IdPath, OwnerDep, RoomDep, owner
from greenroom.web.faults import fault_of
from greenroom.web.interview.place import ViewDep, to_stage, waiting_in
from greenroom.web.labs.links import Links
from greenroom.web.prep.notes import OwnNotes
from greenroom.web.render import page

router = APIRouter(prefix="/interview", dependencies=[Depends(owner)], include_in_schema=False)
WayForm = Annotated[Literal["", "minute", "plain", "staff"], Form()]
RatingForm = Annotated[Literal["", "1", "2", "3", "4", "5"], Form()]


@router.get("/{session_id}")
def stage(request: Request, room: RoomDep, owner_id: OwnerDep, view: ViewDep) -> Response:
    if view.session.ended:
        report_at = f"/interview/{view.session.session_id}/report"
        asked_by_htmx = "hx-request" in request.headers  # it would swap the report into the stage: it is told to go there instead
        return Response(headers={"hx-redirect": report_at}) if asked_by_htmx else RedirectResponse(report_at, 303)
    return _stage(room, owner_id, view)


@router.post("/{session_id}/answer")
def answer(
    room: RoomDep,
    owner_id: OwnerDep,
    view: ViewDep,
    turn_id: IdForm,
    submission_id: IdForm,
    text: Annotated[str, Form()] = "",
) -> Response:
    """The text is on disk before the redirect. When it cannot be kept, the same page comes back with it in the editor."""
    text = text.replace("\r\n", "\n")
    try:
        room.interview.answer(owner_id, view.session.session_id, Submission(submission_id=submission_id, turn_id=turn_id, text=text))
    except ConflictError as error:
        now = room.interview.get(owner_id, view.session.session_id)
        if now.session.ended:
            raise
        fault = fault_of(error)
        return _stage(room, owner_id, now, status=fault.status, fault=fault)
    except GreenroomError as error:
        fault = fault_of(error)
        return _stage(room, owner_id, view, status=fault.status, fault=fault, typed=text, submission_id=submission_id)
    return to_stage(view.session.session_id)


@router.post("/{session_id}/draft")
def draft(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm, text: Annotated[str, Form()] = "") -> Response:
    """For browsers without JavaScript; with it, drafts go to the API by themselves."""
    room.interview.draft(owner_id, session_id, turn_id, text.replace("\r\n", "\n"))
    return to_stage(session_id)


@router.post("/{session_id}/skip")
def skip(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm) -> Response:
    room.interview.skip(owner_id, session_id, turn_id)
    return to_stage(session_id)


@router.post("/{session_id}/rate")
def rate(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm, rating: RatingForm = "") -> Response:
    room.interview.rate(owner_id, session_id, turn_id, int(rating) if rating else None)
    return to_stage(session_id)


@router.post("/{session_id}/follow-up")
def follow_up(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm) -> Response:
    room.interview.follow_up(owner_id, session_id, turn_id)
    return to_stage(session_id)


@router.post("/{session_id}/redo")
def redo(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm, way: WayForm = "") -> Response:
    room.interview.redo(owner_id, session_id, turn_id, way or None)
    return to_stage(session_id)


@router.post("/{session_id}/next")
def ask_next(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm) -> Response:
    """``turn_id``: the turn the person was looking at; a late repetition then passes over nothing."""
    room.interview.next(owner_id, session_id, after=turn_id)
    return to_stage(session_id)


@router.post("/{session_id}/end")
def end(room: RoomDep, owner_id: OwnerDep, session_id: IdPath) -> Response:
    room.interview.end(owner_id, session_id)
    return RedirectResponse(f"/interview/{session_id}/report", 303)


def _needs(room: Room, turn: Turn) -> set[Need]:
    """What an answer must draw on besides knowledge."""
    question = room.bank.bank.find(turn.question_id)
    form = question.find_form(turn.form) if question and turn.form else None
    return {*(question.needs if question else ()), *(form.needs if form else ())}


def _stage(room: Room, owner_id: str, view: SessionView, *, status: int = 200, **shown: Any) -> Response:
    """The part of the interview that is on: a question, the self-rating, waiting, or the notes."""
    session, turn = view.session, view.last_answered
    notes = model_answers = None
    if view.current is None and turn is not None:
        found = room.interview.report(owner_id, session.session_id)
        block = next(q for q in found.questions if any(t.turn_id == turn.turn_id for t in q.turns))
        notes = next(t for t in block.turns if t.turn_id == turn.turn_id)
        model_answers = block.model_answers
    values: dict[str, Any] = {
        "view": view,
        "session": session,
        "turn": turn,
        "notes": notes,
        "model_answers": model_answers,
        "labs": Links(room.labs) if notes else None,
        "own": OwnNotes(room, owner_id),
        "waiting": waiting_in(view),
        "limit": room.settings.answer_limit,
        "fault": None,
        "recipe": RECIPES.get(session.setup.plan) if session.setup.plan else None,
        "typed": view.draft or "",
        "submission_id": str(uuid.uuid4()),
        "needs": _needs(room, view.current) if view.current else set(),
        "profile": room.prep.profile(owner_id),
        "voice": room.voice.readiness(),
        "speaks": room.voice.speaks,
        "spoken": room.voice.spoken(owner_id, session.session_id) if notes else {},
    }
    return page("interview.html", status=status, **(values | shown))
