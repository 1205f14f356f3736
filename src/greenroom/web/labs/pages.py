"""The pages of the labs. A run is a POST answered by a stream of events: the worker lives as long as the connection, and ends with it.

Without JavaScript the same form gets the whole page with the result.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from greenroom.bank.question import LabValue
from greenroom.errors import GreenroomError
from greenroom.labs.lab import Card, Finding, Progress, Result, Seen, Values, collect
from greenroom.labs.worker import Worker
from greenroom.room import Room
from greenroom.room.labs import find_extra
from greenroom.web.deps import IdPath, OwnerDep, RoomDep, owner
from greenroom.web.faults import Fault, fault_of
from greenroom.web.labs.own_picture import Words
from greenroom.web.render import fragment, page

router = APIRouter(prefix="/labs", dependencies=[Depends(owner)], include_in_schema=False)
POLL_SECONDS = 0.2
"""How long a closed connection may go unnoticed while the lab is silent."""
PLAYGROUND = "playground"
"""Free exploration: its page loads what walks through attention, and says at once if the live model is not here."""
FEW = 14
"""Parameters that are all shown at once; of more, a group is folded unless something in it was changed."""


@router.get("")
def labs(room: RoomDep, owner_id: OwnerDep, topic: str = "") -> Response:
    """All labs, or those that bear on a topic; of a topic that no lab has, all."""
    cards = room.labs.cards()
    topics = [each for each in room.bank.topics() if any(each in card.topics for card in cards)]
    topic = topic if topic in topics else ""
    shown = [card for card in cards if not topic or topic in card.topics]
    return page("labs.html", cards=shown, topics=topics, topic=topic, faults=room.labs.faults(), own_picture=Words.TITLE)


@router.get("/{name}")
def lab(request: Request, room: RoomDep, owner_id: OwnerDep, name: IdPath) -> Response:
    """The form, filled from the query; with a query the page begins by itself."""
    card = room.labs.get(name)
    try:
        return _page(room, card, card.read(_given(card, dict(request.query_params))), begin=bool(request.query_params))
    except GreenroomError as error:
        return _page(room, card, card.read({}), fault=fault_of(error))


async def form_of(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


FormDep = Annotated[dict[str, str], Depends(form_of)]


@router.post("/{name}")
def result(room: RoomDep, owner_id: OwnerDep, name: IdPath, form: FormDep) -> Response:
    """The whole run, then the page."""
    card = room.labs.get(name)
    values = card.read({})
    try:
        values = card.read(_given(card, form))
        return _page(room, card, values, result=room.labs.result(name, values))
    except GreenroomError as error:
        return _page(room, card, values, fault=fault_of(error))


def begun(room: RoomDep, name: IdPath, form: FormDep) -> Iterator[Worker]:
    """A run, ended when the reply is over. What cannot be run is refused before any reply begins."""
    with room.labs.run(name, _given(room.labs.get(name), form)) as worker:
        yield worker


@router.post("/{name}/run", response_class=EventSourceResponse)
async def run(room: RoomDep, owner_id: OwnerDep, worker: Annotated[Worker, Depends(begun)]) -> AsyncIterator[ServerSentEvent]:
    """``progress`` · ``part``: a table or picture, in place of an earlier one of its name · ``end``: what was seen · ``fault``."""
    try:
        while not worker.done:
            part = await run_in_threadpool(worker.next, POLL_SECONDS)
            if isinstance(part, Progress):
                yield ServerSentEvent(event="progress", raw_data=json.dumps({"says": part.says, "share": part.share}))
            elif part is not None and not isinstance(part, Finding):
                yield ServerSentEvent(event="part", raw_data=await run_in_threadpool(fragment, "_lab_part.html", part=part))
        found = await run_in_threadpool(worker.result)
        shown = {"card": worker.card, "seen": found.seen, "targets": await run_in_threadpool(_targets, room, worker.card)}
        yield ServerSentEvent(event="end", raw_data=fragment("_lab_seen.html", **shown))
    except GreenroomError as error:
        yield ServerSentEvent(event="fault", raw_data=fragment("_lab_fault.html", fault=fault_of(error)))
    finally:
        with anyio.CancelScope(shield=True):  # the connection is gone, the worker must go too
            await run_in_threadpool(worker.close)


def _given(card: Card, typed: Mapping[str, str]) -> dict[str, LabValue]:
    """What was typed; a field that was left empty has its default, except a text."""
    texts = {parameter.name for parameter in card.parameters if parameter.kind == "text"}
    return {name: value for name, value in typed.items() if value.strip() or name in texts}


def _page(room: Room, card: Card, values: Values, **shown: Any) -> Response:
    result: Result | None = shown.get("result")
    fault: Fault | None = shown.get("fault")
    groups: dict[str, list[Any]] = {}
    for parameter in card.parameters:
        groups.setdefault(parameter.group, []).append(parameter)
    changed = {p.group for p in card.parameters if values[p.name] != p.default}
    seen: tuple[Seen, ...] = (result or collect(card, values, ())).seen
    unfolded = set(groups) if len(card.parameters) <= FEW else changed | {next(iter(groups), "")}
    if card.name == PLAYGROUND:  # what is shown first can be chosen in the result
        unfolded = changed | set(list(groups)[:-1])
    return page(
        "lab.html", status=fault.status if fault else 200, card=card, values=values, groups=groups, unfolded=unfolded, result=result,
        seen=seen, targets=_targets(room, card), fault=fault, begin=shown.get("begin", False), walks=card.name == PLAYGROUND,
        lacks=_lack(room, card) if fault is None else None,
    )  # fmt: skip


def _lack(room: Room, card: Card) -> GreenroomError | None:
    """What is said before anybody runs it: the extra that is not installed; on the playground, which is for looking, also the model."""
    return find_extra(card) or (room.labs.find_lack() if card.name == PLAYGROUND else None)


def _targets(room: Room, card: Card) -> dict[str, tuple[str, str]]:
    """Of the key points and misconceptions that the lab bears on and the bank holds: what each says, and the address of its question."""
    found: dict[str, tuple[str, str]] = {}
    for target in {target for each in card.expects for target in each.settles}:
        question_id, _, local_id = target.partition("/")
        question = room.bank.bank.find(question_id)
        if question is None:
            continue
        said = {point.id: point.point for point in question.key_points} | {
            wrong.id: f"Not so: {wrong.claim}" for wrong in question.misconceptions
        }
        if local_id in said:
            found[target] = (said[local_id], f"/bank/{question_id}")
    return found
