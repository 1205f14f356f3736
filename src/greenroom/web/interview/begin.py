"""How an interview begins: the page of whole interviews, and what the forms send."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from pydantic import Field
from starlette.responses import Response

from greenroom.bank.question import Value
from greenroom.errors import InputError
from greenroom.interview.course.rounds import RECIPES
from greenroom.interview.session import Mode, Persona, PlanName, Setup
from greenroom.interview.voices.cast import CAST
from greenroom.web.deps import OwnerDep, RoomDep, owner
from greenroom.web.faults import fault_of
from greenroom.web.interview.place import to_stage
from greenroom.web.render import page

router = APIRouter(prefix="/interview", dependencies=[Depends(owner)], include_in_schema=False)
IdText = Annotated[str, Field(max_length=64)]


class StartForm(Value):
    """What the forms that begin a rehearsal send. Empty fields are left to chance, or to the plan."""

    mode: Mode | None = None
    count: Annotated[int, Field(ge=1, le=50)] | None = None
    minutes: Annotated[str, Field(pattern=r"^([1-9][0-9]?|1[0-7][0-9]|180)?$")] = ""
    level: Literal["", "foundation", "practitioner", "expert"] = ""
    topic: Annotated[tuple[IdText, ...], Field(max_length=50)] = ()
    question_id: Annotated[tuple[IdText, ...], Field(max_length=50)] = ()
    plan: PlanName | None = None
    persona: Annotated[tuple[Persona, ...], Field(max_length=4)] = ()
    clock: Literal["on", "off"] = "on"
    cv: Literal["on", "off"] = "on"

    @property
    def setup(self) -> Setup:
        return Setup(
            mode=self.mode or ("mock" if self.plan else "drill"),
            count=self.count,
            minutes=int(self.minutes) if self.minutes else None,
            level=self.level or None,
            topics=self.topic[:1] if self.plan == "deep-dive" else self.topic,
            question_ids=self.question_id,
            plan=self.plan,
            personas=self.persona,
            clock=self.clock == "on",
            cv=self.cv == "on",
        )


@router.get("")
def interviews(room: RoomDep) -> Response:
    return _interviews(room)


@router.post("")
def start(room: RoomDep, owner_id: OwnerDep, chosen: Annotated[StartForm, Form()]) -> Response:
    """A plan that has nothing to ask yet says what it needs, on the page where another can be chosen."""
    try:
        view = room.interview.start(owner_id, chosen.setup)
    except InputError as error:
        if chosen.plan is None:
            raise
        return _interviews(room, error)
    return to_stage(view.session.session_id)


def _interviews(room: RoomDep, error: InputError | None = None) -> Response:
    fault = fault_of(error) if error else None
    people = [person for person in CAST.values() if person.role]
    topics = [topic for topic in room.bank.topics() if topic not in ("your-questions", "behavioural")]
    return page("interviews.html", status=fault.status if fault else 200, recipes=RECIPES, people=people, topics=topics, fault=fault)
