"""The interview in the browser. Plain forms that redirect; with htmx the same answers are swapped into the stage instead of a new page."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from greenroom.bank.question import Need, Value
from greenroom.errors import BacklogFullError, ConflictError, GreenroomError, InputError, NotFoundError
from greenroom.interview.attempt import Submission
from greenroom.interview.session import Mode, Setup, Turn
from greenroom.room import Room
from greenroom.room.views import SessionView
from greenroom.web.deps import IdForm, IdPath, OwnerDep, RoomDep, owner
from greenroom.web.faults import fault_of
from greenroom.web.labs.links import Links
from greenroom.web.render import fragment, page

router = APIRouter(prefix="/interview", dependencies=[Depends(owner)], include_in_schema=False)
STREAM_SECONDS = 120.0
"""A stream of news ends after this; the page opens another."""
MOST_STREAMS, SESSION_STREAMS = 64, 4
"""Open streams of news in all, and of one interview."""
WAITING = ("pending", "running", "interrupted")
IdText = Annotated[str, Field(max_length=64)]
RatingForm = Annotated[Literal["", "1", "2", "3", "4", "5"], Form()]


def view_of(room: RoomDep, owner_id: OwnerDep, session_id: IdPath) -> SessionView:
    return room.interview.get(owner_id, session_id)


ViewDep = Annotated[SessionView, Depends(view_of)]


class StartForm(Value):
    """What the forms that begin a rehearsal send. Empty fields are left to chance."""

    mode: Mode = "drill"
    count: Annotated[int, Field(ge=1, le=50)] = 5
    minutes: Annotated[str, Field(pattern=r"^([1-9][0-9]?|1[0-7][0-9]|180)?$")] = ""
    level: Literal["", "foundation", "practitioner", "expert"] = ""
    topic: Annotated[tuple[IdText, ...], Field(max_length=50)] = ()
    question_id: Annotated[tuple[IdText, ...], Field(max_length=50)] = ()

    @property
    def setup(self) -> Setup:
        minutes = int(self.minutes) if self.minutes else None
        return Setup(
            mode=self.mode, count=self.count, minutes=minutes, level=self.level or None, topics=self.topic, question_ids=self.question_id
        )


@router.post("")
def start(room: RoomDep, owner_id: OwnerDep, chosen: Annotated[StartForm, Form()]) -> Response:
    return _to_stage(room.interview.start(owner_id, chosen.setup).session.session_id)


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
    except ConflictError:
        raise
    except GreenroomError as error:
        fault = fault_of(error)
        return _stage(room, owner_id, view, status=fault.status, fault=fault, typed=text, submission_id=submission_id)
    return _to_stage(view.session.session_id)


@router.post("/{session_id}/draft")
def draft(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm, text: Annotated[str, Form()] = "") -> Response:
    """For browsers without JavaScript; with it, drafts go to the API by themselves."""
    room.interview.draft(owner_id, session_id, turn_id, text.replace("\r\n", "\n"))
    return _to_stage(session_id)


@router.post("/{session_id}/skip")
def skip(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm) -> Response:
    room.interview.skip(owner_id, session_id, turn_id)
    return _to_stage(session_id)


@router.post("/{session_id}/rate")
def rate(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm, rating: RatingForm = "") -> Response:
    room.interview.rate(owner_id, session_id, turn_id, int(rating) if rating else None)
    return _to_stage(session_id)


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


@router.post("/{session_id}/follow-up")
def follow_up(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm) -> Response:
    room.interview.follow_up(owner_id, session_id, turn_id)
    return _to_stage(session_id)


@router.post("/{session_id}/redo")
def redo(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm) -> Response:
    room.interview.redo(owner_id, session_id, turn_id)
    return _to_stage(session_id)


@router.post("/{session_id}/next")
def ask_next(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdForm) -> Response:
    """``turn_id``: the turn the person was looking at; a late repetition then passes over nothing."""
    room.interview.next(owner_id, session_id, after=turn_id)
    return _to_stage(session_id)


@router.post("/{session_id}/end")
def end(room: RoomDep, owner_id: OwnerDep, session_id: IdPath) -> Response:
    room.interview.end(owner_id, session_id)
    return RedirectResponse(f"/interview/{session_id}/report", 303)


@router.post("/{session_id}/dispute")
def dispute(
    room: RoomDep,
    owner_id: OwnerDep,
    view: ViewDep,
    answer_id: IdForm,
    target: IdForm,
    text: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    if not text.strip():
        raise InputError("The objection is empty.", "Say what the room got wrong; it is kept beside the verdict.")
    turn = _turn_of(view, answer_id)
    room.interview.dispute(owner_id, answer_id, target, text)
    return RedirectResponse(f"{_place_of(view, turn)}#{turn.turn_id}-{target}", 303)


@router.post("/{session_id}/judge-again")
def judge_again(room: RoomDep, owner_id: OwnerDep, view: ViewDep, answer_id: IdForm) -> Response:
    turn = _turn_of(view, answer_id)
    room.interview.judge_again(owner_id, answer_id)
    place = _place_of(view, turn)
    return RedirectResponse(f"{place}#answer-{answer_id}" if place.endswith("/report") else place, 303)


@router.get("/{session_id}/report")
def report(room: RoomDep, owner_id: OwnerDep, view: ViewDep) -> Response:
    """The debrief. First the self-ratings, then the scores."""
    found = room.interview.report(owner_id, view.session.session_id)
    if view.session.ended and found.to_rate:
        return page("ratings.html", view=view, unrated=[turn for turn in view.session.turns if turn.turn_id in found.to_rate])
    return page("report.html", view=view, report=found, waiting=_waiting(view), labs=Links(room.labs))


async def stream_slot(request: Request, session_id: IdPath) -> AsyncIterator[None]:
    """A place among the open streams. Raises BacklogFullError when all are taken."""
    taken: Counter[str] = request.app.state.streams
    if taken.total() >= MOST_STREAMS or taken[session_id] >= SESSION_STREAMS:
        raise BacklogFullError("Too many pages wait for news at once.", "Close some of them, or reload this one in a minute.")
    taken[session_id] += 1
    try:
        yield
    finally:
        taken[session_id] -= 1
        if not taken[session_id]:
            del taken[session_id]


@router.get("/{session_id}/events", response_class=EventSourceResponse, dependencies=[Depends(stream_slot)])
async def events(room: RoomDep, owner_id: OwnerDep, view: ViewDep) -> AsyncIterator[ServerSentEvent]:
    """How many answers are still to be read, as they are; then ``assessed``, and the page fetches itself."""
    session_id, told, pause, waited = view.session.session_id, None, 0.15, 0.0
    while (state := await run_in_threadpool(room.interview.waiting, owner_id, session_id))[0] and waited < STREAM_SECONDS:
        if state != told:
            yield ServerSentEvent(raw_data=fragment("_waiting.html", waiting=state[0], backlog=state[1]))
            told = state
        await asyncio.sleep(pause)
        waited, pause = waited + pause, min(1.0, pause * 1.3)
    if not state[0]:
        yield ServerSentEvent(event="assessed", raw_data="done")


def _waiting(view: SessionView) -> int:
    return sum(attempt.status in WAITING for attempt in view.attempts.values())


def _turn_of(view: SessionView, answer_id: str) -> Turn:
    """Raises NotFoundError for an answer of another session."""
    turn = view.session.find_turn_of(answer_id)
    if turn is None:
        raise NotFoundError("answer", answer_id, hint="Open the interview it belongs to.")
    return turn


def _place_of(view: SessionView, turn: Turn) -> str:
    """Where the notes on an answer stand: the stage for the one that is on it, else the debrief, which holds every answer."""
    on_stage = view.current is None and turn == view.last_answered and not view.session.ended
    return f"/interview/{view.session.session_id}{'' if on_stage else '/report'}"


def _to_stage(session_id: str) -> Response:
    return RedirectResponse(f"/interview/{session_id}", 303)


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
        "waiting": _waiting(view),
        "limit": room.settings.answer_limit,
        "fault": None,
        "typed": view.draft or "",
        "submission_id": str(uuid.uuid4()),
        "needs": _needs(room, view.current) if view.current else set(),
        "profile": room.prep.profile(owner_id),
    }
    return page("interview.html", status=status, **(values | shown))
