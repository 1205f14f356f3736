"""The pages around the interview: today, review, progress, profile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from greenroom.assess.scale import RATING_STEP
from greenroom.errors import InputError
from greenroom.interview.plan import LONGEST_PLAN
from greenroom.prep.language import LANGUAGES
from greenroom.prep.profile import ENGLISH, Profile
from greenroom.review.past import PastAnswer
from greenroom.web.deps import OwnerDep, RoomDep, owner
from greenroom.web.render import page

router = APIRouter(dependencies=[Depends(owner)], include_in_schema=False)
LEVELS = ("foundation", "practitioner", "expert")


@router.get("/")
def today(room: RoomDep, owner_id: OwnerDep) -> Response:
    """What is due, what was left open, and how to begin."""
    sessions = room.interview.list(owner_id, limit=8)
    left_open = next((s for s in sessions if not s.ended), None)
    due = room.review.due(owner_id)
    return page(
        "today.html",
        now=room.interview.now(),
        profile=room.prep.profile(owner_id),
        due=due,
        sitting=room.review.sitting(owner_id, len(due)),
        plan=room.prep.plan.today(owner_id),
        left_open=left_open,
        recent=[s for s in sessions if s.ended and any(t.answer_id for t in s.turns)][:5],
        topics=room.bank.topics(),
        levels=LEVELS,
        faults=room.bank.faults(),
    )


@router.get("/review")
def review(room: RoomDep, owner_id: OwnerDep) -> Response:
    due, found = room.review.due(owner_id), room.review.progress(owner_id)
    sitting = room.review.sitting(owner_id, len(due))
    return page(
        "review.html",
        now=room.interview.now(),
        due=due,
        sitting=sitting,
        most=LONGEST_PLAN,
        progress=found,
        profile=room.prep.profile(owner_id),
    )


@router.get("/profile")
def profile(room: RoomDep, owner_id: OwnerDep, saved: bool = False, erased: bool = False) -> Response:
    """Preparing: what for, and the way to everything that helps."""
    return page(
        "profile.html", profile=room.prep.profile(owner_id), levels=LEVELS, saved=saved, erased=erased, languages=LANGUAGES,
        plan=room.prep.plan.get(owner_id),
        job=room.prep.papers.job(owner_id), cv=room.prep.papers.cv(owner_id), gaps=room.prep.company.gaps(owner_id),
        now=room.interview.now(),
    )  # fmt: skip


@router.post("/profile")
def save_profile(
    room: RoomDep,
    owner_id: OwnerDep,
    role: Annotated[str, Form(max_length=120)] = "",
    company: Annotated[str, Form(max_length=120)] = "",
    level: Annotated[str, Form(max_length=20)] = "",
    interview_on: Annotated[str, Form(max_length=10)] = "",
    language: Annotated[str, Form(max_length=8)] = ENGLISH,
) -> Response:
    chosen: Any = level if level in LEVELS else None
    spoken = language if language in LANGUAGES else ENGLISH
    made = Profile(role=role.strip(), company=company.strip(), level=chosen, interview_on=_day(interview_on), language=spoken)
    room.prep.save(owner_id, made)
    return RedirectResponse("/profile?saved=true", 303)


@router.post("/profile/erase")
def erase(room: RoomDep, owner_id: OwnerDep, sure: Annotated[bool, Form()] = False) -> Response:
    """Delete everything of one's own. Without the tick nothing happens."""
    if not sure:
        raise InputError("Nothing was deleted.", "Tick the box first if you mean it.")
    room.data.erase(owner_id)
    return RedirectResponse("/profile?erased=true", 303)


def ratings_of(history: Sequence[PastAnswer]) -> list[float | None]:
    """Self-ratings on the scale of the scores; None where there was none."""
    return [float(past.self_rating * RATING_STEP) if past.self_rating else None for past in history]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(f"“{text}” is no date.", "Write it as 2026-11-25, or leave it empty.") from None
