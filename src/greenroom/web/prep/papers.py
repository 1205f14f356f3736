"""The job text and the CV in the browser: pasted or uploaded, shown with the words that something was found by, replaced, deleted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, File, Form, UploadFile
from starlette.responses import RedirectResponse, Response

from greenroom.errors import InputError, ReadersBusyError
from greenroom.prep.job import Evidence
from greenroom.prep.papers.text import FILE_LIMIT, TEXT_LIMIT, PaperKind
from greenroom.room import Room
from greenroom.web.deps import IdForm, OwnerDep, RoomDep, owner
from greenroom.web.faults import Fault, fault_of
from greenroom.web.render import page

router = APIRouter(prefix="/prep", dependencies=[Depends(owner)], include_in_schema=False)
PasteForm = Annotated[str, Form(max_length=4 * TEXT_LIMIT)]
Upload = Annotated[UploadFile, File()]
PLUS, ASKED = "plus", "asked"


class Piece(NamedTuple):
    """Part of a text. ``kind``: what was found there; empty for the text between."""

    text: str
    kind: Literal["", "asked", "plus", "aside"]


def pieces(text: str, found: Iterable[Evidence]) -> list[Piece]:
    """The text cut at what was found; of what overlaps, the first."""
    made, at = [], 0
    for each in sorted(found, key=lambda each: (each.start, -each.end)):
        if each.start < at:
            continue
        made += [Piece(text[at : each.start], ""), Piece(each.quote, each.weight)]
        at = each.end
    return [piece for piece in [*made, Piece(text[at:], "")] if piece.text]


@router.get("/job")
def job(room: RoomDep, owner_id: OwnerDep) -> Response:
    return _job(room, owner_id)


@router.post("/job")
def paste_job(room: RoomDep, owner_id: OwnerDep, text: PasteForm = "") -> Response:
    return _take(room, owner_id, "job", text=text)


@router.post("/job/file")
def upload_job(room: RoomDep, owner_id: OwnerDep, file: Upload) -> Response:
    return _take(room, owner_id, "job", file=file)


@router.post("/job/level")
def take_level(room: RoomDep, owner_id: OwnerDep) -> Response:
    """The level that the text names becomes one's own."""
    room.prep.papers.take_level(owner_id)
    return RedirectResponse("/prep/job", 303)


@router.get("/cv")
def cv(room: RoomDep, owner_id: OwnerDep) -> Response:
    return _cv(room, owner_id)


@router.post("/cv")
def paste_cv(room: RoomDep, owner_id: OwnerDep, text: PasteForm = "") -> Response:
    return _take(room, owner_id, "cv", text=text)


@router.post("/cv/file")
def upload_cv(room: RoomDep, owner_id: OwnerDep, file: Upload) -> Response:
    return _take(room, owner_id, "cv", file=file)


@router.post("/papers/use")
def use(room: RoomDep, owner_id: OwnerDep, paper_id: IdForm) -> Response:
    return RedirectResponse(f"/prep/{room.prep.papers.use(owner_id, paper_id).kind}", 303)


@router.post("/papers/delete")
def delete(room: RoomDep, owner_id: OwnerDep, paper_id: IdForm) -> Response:
    return RedirectResponse(f"/prep/{room.prep.papers.delete(owner_id, paper_id).kind}", 303)


def _take(room: Room, owner_id: str, kind: PaperKind, *, text: str = "", file: UploadFile | None = None) -> Response:
    """What cannot be read is said on the same page, with what was typed still in its field."""
    try:
        if file is not None:
            room.prep.papers.upload(owner_id, kind, file.file.read(FILE_LIMIT + 1), file.filename or "")
        else:
            room.prep.papers.paste(owner_id, kind, text)
    except (InputError, ReadersBusyError) as error:
        shown = _job if kind == "job" else _cv
        return shown(room, owner_id, fault_of(error), text)
    return RedirectResponse(f"/prep/{kind}", 303)


def _job(room: Room, owner_id: str, fault: Fault | None = None, typed: str = "") -> Response:
    view = room.prep.papers.job(owner_id)
    reading = view.reading if view else None
    marked = pieces(view.paper.text, [*reading.evidence, *reading.aside]) if view and reading else []
    return _page(
        "job.html", "job", room, owner_id, fault, typed, view=view, reading=reading, marked=marked, profile=room.prep.profile(owner_id)
    )


def _cv(room: Room, owner_id: str, fault: Fault | None = None, typed: str = "") -> Response:
    return _page("cv.html", "cv", room, owner_id, fault, typed, view=room.prep.papers.cv(owner_id))


def _page(name: str, kind: PaperKind, room: Room, owner_id: str, fault: Fault | None, typed: str, **values: Any) -> Response:
    status, bank = fault.status if fault else 200, room.bank.bank
    others = room.prep.papers.list(owner_id, kind)[1:]
    return page(name, status=status, fault=fault, typed=typed, others=others, kind=kind, limit=TEXT_LIMIT, bank=bank, **values)
