"""The JSON API of the interview: sessions, answers, drafts, reports. The client makes the id of a submission: sending it again is safe."""

from __future__ import annotations

import asyncio
from datetime import datetime
from time import monotonic
from typing import Annotated, TypeVar

from fastapi import Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from greenroom.bank.question import Value
from greenroom.errors import InputError, NotFoundError
from greenroom.interview.attempt import Attempt, Dispute, Submission
from greenroom.interview.report import Report
from greenroom.interview.session import Session, Setup, Way
from greenroom.room.views import Receipt, SessionView
from greenroom.web.api.shapes import make_router
from greenroom.web.deps import IdPath, OwnerDep, RoomDep

router = make_router()
Given = TypeVar("Given")
IdText = Annotated[str, Field(min_length=1, max_length=64)]
WaitQuery = Annotated[float, Query(ge=0, le=30, allow_inf_nan=False)]
AfterQuery = Annotated[str | None, Query(min_length=1, max_length=64)]


class DraftIn(Value):
    text: str


class DraftOut(Value):
    saved_at: datetime


class RatingIn(Value):
    """1 to 5; null: would rather not."""

    rating: Annotated[int, Field(ge=1, le=5)] | None


class RatingsIn(Value):
    """By turn id, 1 to 5; null, or left out: would rather not."""

    ratings: Annotated[dict[IdText, Annotated[int, Field(ge=1, le=5)] | None], Field(max_length=200)]


class RedoIn(Value):
    way: Way | None = None


class NextIn(Value):
    """``after``: the turn the person was looking at; a late repetition then passes over nothing."""

    after: IdText | None = None


class DisputeIn(Value):
    """``target``: the id of a point or misconception of that answer."""

    target: Annotated[str, Field(min_length=1, max_length=64)]
    view: Annotated[str, Field(min_length=1, max_length=2000)]


def one_of(name: str, in_body: Given | None, in_address: Given | None) -> Given | None:
    """What was given in either place; nothing is quietly passed over."""
    if in_body is not None and in_address is not None and in_body != in_address:
        raise InputError(f"“{name}” is given twice, and not the same.", "Give it in the body or in the address.")
    return in_address if in_body is None else in_body


@router.get("/sessions")
def list_sessions(room: RoomDep, owner_id: OwnerDep, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> list[Session]:
    """Newest first."""
    return list(room.interview.list(owner_id, limit=limit))


@router.post("/sessions", status_code=201)
def start(room: RoomDep, owner_id: OwnerDep, setup: Setup) -> SessionView:
    return room.interview.start(owner_id, setup)


@router.get("/sessions/{session_id}")
def get_session(room: RoomDep, owner_id: OwnerDep, session_id: IdPath) -> SessionView:
    return room.interview.get(owner_id, session_id)


@router.post("/sessions/{session_id}/answers", status_code=201)
def answer(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, submission: Submission) -> Receipt:
    """The answer is on disk when this replies; its assessment follows."""
    return room.interview.answer(owner_id, session_id, submission)


@router.put("/sessions/{session_id}/turns/{turn_id}/draft")
def draft(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdPath, draft: DraftIn) -> DraftOut:
    return DraftOut(saved_at=room.interview.draft(owner_id, session_id, turn_id, draft.text))


@router.post("/sessions/{session_id}/turns/{turn_id}/skip")
def skip(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdPath) -> SessionView:
    return room.interview.skip(owner_id, session_id, turn_id)


@router.post("/sessions/{session_id}/turns/{turn_id}/rating")
def rate(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdPath, given: RatingIn) -> SessionView:
    return room.interview.rate(owner_id, session_id, turn_id, given.rating)


@router.post("/sessions/{session_id}/ratings")
def rate_all(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, given: RatingsIn) -> SessionView:
    """Every answer that is not rated yet, at once: of a mock, before its debrief."""
    view = room.interview.get(owner_id, session_id)
    unrated = [turn.turn_id for turn in view.session.turns if turn.answer_id and not turn.rated]
    if strangers := sorted(set(given.ratings) - set(unrated)):
        raise NotFoundError("unrated answer", strangers[0], unrated, "Rate the turns that have an answer and no rating yet.")
    for turn_id in unrated:
        view = room.interview.rate(owner_id, session_id, turn_id, given.ratings.get(turn_id))
    return view


@router.post("/sessions/{session_id}/turns/{turn_id}/follow-up")
def follow_up(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdPath) -> SessionView:
    return room.interview.follow_up(owner_id, session_id, turn_id)


@router.post("/sessions/{session_id}/turns/{turn_id}/redo")
def redo(
    room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdPath, given: RedoIn | None = None, way: Way | None = None
) -> SessionView:
    """``way``, in the body or the address: to be said in a minute, to a non-expert, to a staff engineer; it is judged for that too."""
    return room.interview.redo(owner_id, session_id, turn_id, one_of("way", given.way if given else None, way))


@router.post("/sessions/{session_id}/pause")
def pause(room: RoomDep, owner_id: OwnerDep, session_id: IdPath) -> SessionView:
    """The clock stands still until somebody answers, skips, goes on or resumes."""
    return room.interview.pause(owner_id, session_id)


@router.post("/sessions/{session_id}/resume")
def resume(room: RoomDep, owner_id: OwnerDep, session_id: IdPath) -> SessionView:
    return room.interview.resume(owner_id, session_id)


@router.post("/sessions/{session_id}/turns/{turn_id}/thinking")
def think(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, turn_id: IdPath) -> SessionView:
    """A moment to think: nothing runs out, and the interviewer says so."""
    return room.interview.think(owner_id, session_id, turn_id)


@router.post("/sessions/{session_id}/wording")
def word(room: RoomDep, owner_id: OwnerDep, session_id: IdPath) -> SessionView:
    """The open question in a connected model's words (waits for it), or with a note why the authored ones stand; else unchanged."""
    return room.interview.word(owner_id, session_id)


@router.post("/sessions/{session_id}/next")
def ask_next(room: RoomDep, owner_id: OwnerDep, session_id: IdPath, given: NextIn | None = None, after: AfterQuery = None) -> SessionView:
    """``after``, in the body or the address: the turn the person was looking at; a late repetition then passes over nothing."""
    return room.interview.next(owner_id, session_id, after=one_of("after", given.after if given else None, after))


@router.post("/sessions/{session_id}/end")
def end(room: RoomDep, owner_id: OwnerDep, session_id: IdPath) -> SessionView:
    return room.interview.end(owner_id, session_id)


@router.get("/sessions/{session_id}/report")
def report(room: RoomDep, owner_id: OwnerDep, session_id: IdPath) -> Report:
    return room.interview.report(owner_id, session_id)


@router.get("/answers/{answer_id}")
async def get_answer(request: Request, room: RoomDep, owner_id: OwnerDep, answer_id: IdPath, wait: WaitQuery = 0.0) -> Attempt:
    """The answer as it stands: ``status`` says whether it has been read; its assessment is null while the score may not be shown.

    ``wait``: reply when it has been read, or after so many seconds.
    """
    until = monotonic() + wait
    while True:
        found = await run_in_threadpool(room.interview.wait, owner_id, answer_id, 0.0)
        if found.status in ("done", "failed") or monotonic() >= until or await request.is_disconnected():
            return found
        await asyncio.sleep(0.2)  # no thread is held while it waits


@router.post("/answers/{answer_id}/judge-again")
def judge_again(room: RoomDep, owner_id: OwnerDep, answer_id: IdPath) -> Attempt:
    """Put a failed assessment back in the queue; 409 when it has not failed."""
    return room.interview.judge_again(owner_id, answer_id)


@router.post("/answers/{answer_id}/disputes", status_code=201)
def dispute(room: RoomDep, owner_id: OwnerDep, answer_id: IdPath, given: DisputeIn) -> Dispute:
    return room.interview.dispute(owner_id, answer_id, given.target, given.view)
