"""The bank in the browser: find a question, and look at one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import ConfigDict
from starlette.responses import Response

from greenroom.bank.question import Value
from greenroom.web.bank.found import LEVELS, Wanted, find
from greenroom.web.deps import IdPath, OwnerDep, RoomDep, owner
from greenroom.web.render import page

router = APIRouter(prefix="/bank", dependencies=[Depends(owner)], include_in_schema=False)
HISTORY_SHOWN = 5


class BankQuery(Value):
    """What the bank's page is asked for. Values that it does not know are as if they were not given."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    q: str = ""
    topic: str = ""
    level: str = ""
    only: str = ""


@router.get("")
def bank(room: RoomDep, owner_id: OwnerDep, asked: Annotated[BankQuery, Query()]) -> Response:
    """All questions, or those that speak of the words, each with the line that does; by topic, level, and what is due or weak."""
    topic = asked.topic if asked.topic in room.bank.topics() else None
    level: Any = asked.level if asked.level in LEVELS else None
    found = find(room, owner_id, Wanted(asked.q, topic, level, asked.only))
    return page(
        "bank.html", found=found.questions, mastery=found.mastery, asked=asked, topics=room.bank.topics(), levels=LEVELS,
        faults=room.bank.faults(), filtered=bool(asked.q.strip() or topic or level or asked.only in ("due", "weak")),
    )  # fmt: skip


@router.get("/{question_id}")
def question(room: RoomDep, owner_id: OwnerDep, question_id: IdPath) -> Response:
    """Key points stay folded and model answers stay out until there is an attempt."""
    found = room.bank.get(question_id)
    siblings = [q for q in room.bank.questions(found.topic) if q.id != found.id]
    past = [answer for answer in room.review.progress(owner_id).history if answer.question_id == found.id]
    attempted = room.interview.attempted(owner_id, found.id)
    return page(
        "question.html", question=found, siblings=siblings, attempted=attempted, history=past[: -HISTORY_SHOWN - 1 : -1],
        cards=[card for card in room.labs.cards() if found.topic in card.topics], related=room.bank.related(found.id),
        best=room.prep.study.best(owner_id, found.id), studied=room.prep.study.get(owner_id, found.id).mark,
        next_ask=room.interview.next_ask(owner_id, found.id),
        stories=room.prep.story.fitting(owner_id, found.id) if found.kind == "behavioural" else (),
    )  # fmt: skip
