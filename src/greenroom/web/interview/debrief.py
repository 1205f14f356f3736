"""The debrief: the self-ratings before it, the report, and what a person says against a verdict."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi import Path as InPath
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from greenroom.paper.forms import read_form
from greenroom.web.deps import IdForm, OwnerDep, RoomDep, owner
from greenroom.web.interview.place import ViewDep, place_of, turn_of, waiting_in
from greenroom.web.labs.links import Links
from greenroom.web.prep.notes import OwnNotes
from greenroom.web.progress.pages import attached
from greenroom.web.render import page

router = APIRouter(prefix="/interview", dependencies=[Depends(owner)], include_in_schema=False)


@router.post("/{session_id}/ratings")
async def rate_all(request: Request, room: RoomDep, owner_id: OwnerDep, view: ViewDep) -> Response:
    """Every answer of a mock at once, before its debrief: fields ``rating-TURN`` of 1 to 5; one left out counts as declined."""
    form = await request.form()
    for turn in view.session.turns:
        if turn.answer_id and not turn.rated:
            given = str(form.get(f"rating-{turn.turn_id}", ""))
            rating = int(given) if given in ("1", "2", "3", "4", "5") else None
            await run_in_threadpool(room.interview.rate, owner_id, view.session.session_id, turn.turn_id, rating)
    return RedirectResponse(f"/interview/{view.session.session_id}/report", 303)


@router.post("/{session_id}/dispute")
def dispute(
    room: RoomDep,
    owner_id: OwnerDep,
    view: ViewDep,
    answer_id: IdForm,
    target: IdForm,
    text: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    turn = turn_of(view, answer_id)
    room.interview.dispute(owner_id, answer_id, target, text)
    return RedirectResponse(f"{place_of(view, turn)}#{turn.turn_id}-{target}", 303)


@router.post("/{session_id}/judge-again")
def judge_again(room: RoomDep, owner_id: OwnerDep, view: ViewDep, answer_id: IdForm) -> Response:
    turn = turn_of(view, answer_id)
    room.interview.judge_again(owner_id, answer_id)
    place = place_of(view, turn)
    return RedirectResponse(f"{place}#answer-{answer_id}" if place.endswith("/report") else place, 303)


@router.get("/{session_id}/report/{form}")
def report_file(room: RoomDep, owner_id: OwnerDep, view: ViewDep, form: Annotated[str, InPath(max_length=8)]) -> Response:
    """The debrief as a file to take along. What the page does not show yet is not in it."""
    return attached(room.interview.paper(owner_id, view.session.session_id, read_form(form)))


@router.get("/{session_id}/report")
def report(room: RoomDep, owner_id: OwnerDep, view: ViewDep) -> Response:
    """The debrief. First the self-ratings, then the scores."""
    found = room.interview.report(owner_id, view.session.session_id)
    if view.session.ended and found.to_rate:
        return page("ratings.html", view=view, unrated=[turn for turn in view.session.turns if turn.turn_id in found.to_rate])
    own, spoken = OwnNotes(room, owner_id), room.voice.spoken(owner_id, view.session.session_id)
    return page("report.html", view=view, report=found, waiting=waiting_in(view), labs=Links(room.labs), own=own, spoken=spoken)
