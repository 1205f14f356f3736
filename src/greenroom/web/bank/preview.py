"""The pack that is being written, in the browser: its faults, its questions, and a box whose text is assessed at once. Nothing is stored.

There only while ``greenroom bank preview`` runs. The folder is read anew for every page, so that what an editor saved is what is seen; a
pack with faults is shown as far as it can be read.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from greenroom.assess.assessment import Assessment
from greenroom.bank.question import Question
from greenroom.errors import GreenroomError, NotFoundError
from greenroom.room import Room
from greenroom.room.bank import PackDraft
from greenroom.web.deps import IdPath, OwnerDep, RoomDep, owner
from greenroom.web.faults import Fault, fault_of
from greenroom.web.labs.links import Links
from greenroom.web.marks import assessed
from greenroom.web.render import page

router = APIRouter(prefix="/preview", dependencies=[Depends(owner)], include_in_schema=False)


def draft_of(request: Request, room: RoomDep) -> PackDraft:
    """Raises NotFoundError where no pack is being previewed."""
    folder = request.app.state.preview
    if folder is None:
        raise NotFoundError("pack", "preview", hint="`greenroom bank preview DIR` opens one here.")
    return room.bank.draft(folder)


class Sample(NamedTuple):
    """An answer that is tried: its text, and the form it was asked in (empty: the question itself)."""

    text: str = ""
    form: str = ""


DraftDep = Annotated[PackDraft, Depends(draft_of)]


@router.get("")
def pack(draft: DraftDep, owner_id: OwnerDep) -> Response:
    return page("preview.html", draft=draft, lost=None)


@router.get("/{question_id}")
def question(request: Request, room: RoomDep, draft: DraftDep, owner_id: OwnerDep, question_id: IdPath) -> Response:
    try:
        found = draft.get(question_id)
    except NotFoundError:  # a slip of the pen since the page was loaded: its faults are what the author wants to see
        return page("preview.html", status=404, draft=draft, lost=question_id)
    return _page(room, draft, found, Sample(), first=not request.app.state.sample_assessed)


@router.post("/{question_id}")
def assess(
    request: Request,
    room: RoomDep,
    draft: DraftDep,
    owner_id: OwnerDep,
    question_id: IdPath,
    text: Annotated[str, Form()] = "",
    form: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    found, given = draft.get(question_id), Sample(text.replace("\r\n", "\n"), form)
    try:
        judged = room.assess.of(found, given.form or None, given.text) if given.text.strip() else None
        request.app.state.sample_assessed |= judged is not None
        return _page(room, draft, found, given, judged=judged)
    except GreenroomError as error:
        return _page(room, draft, found, given, fault=fault_of(error))


def _page(
    room: Room,
    draft: PackDraft,
    found: Question,
    given: Sample,
    *,
    judged: Assessment | None = None,
    fault: Fault | None = None,
    first: bool = False,
) -> Response:
    """``first``: nothing was assessed yet since the start, so the assessor has to be loaded."""
    asks = defaultdict[str, list[str]](list)
    for each in found.follow_ups:
        asks[each.point_id].append(each.ask)
    return page(
        "preview_question.html", status=fault.status if fault else 200, draft=draft, question=found, text=given.text, form=given.form,
        judged=judged, pieces=assessed(given.text, judged) if judged else [], fault=fault, limit=room.settings.answer_limit,
        first=first, asks=asks, labs=Links(room.labs),
        points={point.id: point for point in found.key_points}, wrong={each.id: each for each in found.misconceptions},
    )  # fmt: skip
