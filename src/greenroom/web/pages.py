"""The pages around the interview: today, bank, review, progress, profile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from greenroom.assess.scale import RATING_STEP
from greenroom.bank.question import Question
from greenroom.errors import InputError
from greenroom.prep.profile import Profile
from greenroom.review.progress import PastAnswer, by_question
from greenroom.web.deps import IdPath, OwnerDep, RoomDep, owner
from greenroom.web.render import page

router = APIRouter(dependencies=[Depends(owner)], include_in_schema=False)
HISTORY_SHOWN = 5
REVIEW_AT_ONCE = 10
"""Points of one review begun by a button; the rest stays due."""
LEVELS = ("foundation", "practitioner", "expert")


@router.get("/")
def today(room: RoomDep, owner_id: OwnerDep) -> Response:
    """What is due, what was left open, and how to begin."""
    sessions = room.interview.list(owner_id, limit=8)
    left_open = next((s for s in sessions if not s.ended), None)
    due = room.review.due(owner_id)
    return page(
        "today.html",
        now=datetime.now(UTC),
        profile=room.prep.profile(owner_id),
        due=due,
        at_once=min(len(due), REVIEW_AT_ONCE),
        left_open=left_open,
        recent=[s for s in sessions if s.ended and any(t.answer_id for t in s.turns)][:5],
        topics=room.bank.topics(),
        levels=LEVELS,
        faults=room.bank.faults(),
    )


@router.get("/bank")
def bank(room: RoomDep, owner_id: OwnerDep, q: str = "") -> Response:
    wanted = [question for question in room.bank.questions() if _speaks_of(question, q)]
    mastery = by_question(room.review.progress(owner_id))
    return page("bank.html", questions=wanted, mastery=mastery, q=q[:100], faults=room.bank.faults())


@router.get("/bank/{question_id}")
def question(room: RoomDep, owner_id: OwnerDep, question_id: IdPath) -> Response:
    """Key points stay folded and model answers stay out until there is an attempt."""
    found = room.bank.get(question_id)
    siblings = [q for q in room.bank.questions(found.topic) if q.id != found.id]
    past = [answer for answer in room.review.progress(owner_id).history if answer.question_id == found.id]
    attempted = room.interview.attempted(owner_id, found.id)
    return page(
        "question.html", question=found, siblings=siblings, attempted=attempted, history=past[: -HISTORY_SHOWN - 1 : -1],
        cards=[card for card in room.labs.cards() if found.topic in card.topics],
    )  # fmt: skip


@router.get("/review")
def review(room: RoomDep, owner_id: OwnerDep) -> Response:
    due, found = room.review.due(owner_id), room.review.progress(owner_id)
    at_once = min(len(due), REVIEW_AT_ONCE)
    return page("review.html", now=datetime.now(UTC), due=due, at_once=at_once, progress=found, profile=room.prep.profile(owner_id))


@router.get("/progress")
def progress(room: RoomDep, owner_id: OwnerDep) -> Response:
    return page("progress.html", progress=room.review.progress(owner_id), ratings=ratings_of, now=datetime.now(UTC))


@router.get("/profile")
def profile(room: RoomDep, owner_id: OwnerDep, saved: bool = False) -> Response:
    return page("profile.html", profile=room.prep.profile(owner_id), levels=LEVELS, saved=saved)


@router.post("/profile")
def save_profile(
    room: RoomDep,
    owner_id: OwnerDep,
    role: Annotated[str, Form(max_length=120)] = "",
    company: Annotated[str, Form(max_length=120)] = "",
    level: Annotated[str, Form(max_length=20)] = "",
    interview_on: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    chosen: Any = level if level in LEVELS else None
    room.prep.save(owner_id, Profile(role=role.strip(), company=company.strip(), level=chosen, interview_on=_day(interview_on)))
    return RedirectResponse("/profile?saved=true", 303)


def ratings_of(history: Sequence[PastAnswer]) -> list[float | None]:
    """Self-ratings on the scale of the scores; None where there was none."""
    return [float(past.self_rating * RATING_STEP) if past.self_rating else None for past in history]


def _speaks_of(question: Question, words: str) -> bool:
    text = " ".join((question.topic, question.ask, *(form.ask for form in question.forms))).lower()
    return all(word in text for word in words.lower().split())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(f"“{text}” is no date.", "Write it as 2026-11-25, or leave it empty.") from None
