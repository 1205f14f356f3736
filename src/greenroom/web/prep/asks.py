"""The questions one means to ask, in the browser: a list a round, each looked at; practice is a drill with that round's interviewer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path
from starlette.responses import RedirectResponse, Response

from greenroom.bank.question import Round
from greenroom.errors import NotFoundError
from greenroom.interview.session import Setup
from greenroom.prep.asks.ask import ROUNDS, TEXT_LIMIT, WHY_LIMIT
from greenroom.prep.asks.judge import ROUND_OF
from greenroom.room.own.asks import check_round
from greenroom.web.deps import IdPath, OwnerDep, RoomDep, owner
from greenroom.web.render import page

router = APIRouter(prefix="/prep/asks", dependencies=[Depends(owner)], include_in_schema=False)
TextForm = Annotated[str, Form(max_length=4 * TEXT_LIMIT)]
WhyForm = Annotated[str, Form(max_length=4 * WHY_LIMIT)]


def round_of_path(round_name: Annotated[str, Path(max_length=20)]) -> Round:
    """Raises NotFoundError."""
    return check_round(round_name)


RoundDep = Annotated[Round, Depends(round_of_path)]


@router.get("")
def first(owner_id: OwnerDep) -> Response:
    return _to(ROUNDS[0])


@router.get("/{round_name}")
def asks(room: RoomDep, owner_id: OwnerDep, round_: RoundDep) -> Response:
    found = room.prep.asks.list(owner_id, round_)
    return page(
        "asks.html", found=found, rounds=ROUNDS, who=ROUND_OF, about=room.prep.asks.about(owner_id), text_limit=TEXT_LIMIT,
        why_limit=WHY_LIMIT,
    )  # fmt: skip


@router.post("/{round_name}")
def add(room: RoomDep, owner_id: OwnerDep, round_: RoundDep, text: TextForm = "", why: WhyForm = "") -> Response:
    made = room.prep.asks.add(owner_id, round_, text, why)
    return _to(round_, f"#ask-{made.ask_id}")


@router.post("/{round_name}/practise")
def practise(room: RoomDep, owner_id: OwnerDep, round_: RoundDep) -> Response:
    question = room.prep.asks.question(round_)
    if question is None:
        raise NotFoundError("question for this round", round_, hint="Load the core pack: it has one for every round.")
    view = room.interview.start(owner_id, Setup(mode="drill", question_ids=(question.id,), count=1))
    return RedirectResponse(f"/interview/{view.session.session_id}", 303)


@router.post("/{round_name}/{ask_id}")
def edit(room: RoomDep, owner_id: OwnerDep, round_: RoundDep, ask_id: IdPath, text: TextForm = "", why: WhyForm = "") -> Response:
    room.prep.asks.edit(owner_id, ask_id, text, why)
    return _to(round_, f"#ask-{ask_id}")


@router.post("/{round_name}/{ask_id}/move")
def move(room: RoomDep, owner_id: OwnerDep, round_: RoundDep, ask_id: IdPath, step: Annotated[int, Form(ge=-30, le=30)]) -> Response:
    room.prep.asks.move(owner_id, ask_id, step)
    return _to(round_, f"#ask-{ask_id}")


@router.post("/{round_name}/{ask_id}/delete")
def delete(room: RoomDep, owner_id: OwnerDep, round_: RoundDep, ask_id: IdPath) -> Response:
    room.prep.asks.delete(owner_id, ask_id)
    return _to(round_)


def _to(round_: Round, place: str = "") -> Response:
    return RedirectResponse(f"/prep/asks/{round_}{place}", 303)
