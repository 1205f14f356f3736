"""One's own stories in the browser: the list, one story with its parts and gaps, and the forms that change it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from greenroom.errors import ConflictError, InputError
from greenroom.prep.story import ORDER, TEXT_LIMIT, Part, in_order, steps_back
from greenroom.room import Room
from greenroom.room.own.stories import StoryView
from greenroom.web.deps import IdPath, OwnerDep, RoomDep, owner
from greenroom.web.faults import Fault, fault_of
from greenroom.web.render import page

router = APIRouter(prefix="/prep/stories", dependencies=[Depends(owner)], include_in_schema=False)
TextForm = Annotated[str, Form(max_length=4 * TEXT_LIMIT)]
TitleForm = Annotated[str, Form(max_length=400)]
TagsForm = Annotated[str, Form(max_length=600)]


@router.get("")
def stories(room: RoomDep, owner_id: OwnerDep) -> Response:
    return page("stories.html", views=room.prep.story.list(owner_id), order=ORDER)


@router.post("")
def add(room: RoomDep, owner_id: OwnerDep, text: TextForm = "", title: TitleForm = "", tags: TagsForm = "") -> Response:
    try:
        made = room.prep.story.add(owner_id, _lines(text), title, tags.split(","))
    except (InputError, ConflictError) as error:
        return _new(room, owner_id, fault_of(error), text=text, title=title, tags=tags)
    return _to(made.story.story_id)


@router.get("/new")
def new(room: RoomDep, owner_id: OwnerDep) -> Response:
    return _new(room, owner_id, text="", title="", tags="")


@router.get("/{story_id}")
def story(room: RoomDep, owner_id: OwnerDep, story_id: IdPath) -> Response:
    view = room.prep.story.get(owner_id, story_id)
    return _one(room, view, text=view.story.text, title=view.story.title, tags=", ".join(view.story.tags))


@router.post("/{story_id}")
def edit(room: RoomDep, owner_id: OwnerDep, story_id: IdPath, text: TextForm = "", title: TitleForm = "", tags: TagsForm = "") -> Response:
    try:
        room.prep.story.edit(owner_id, story_id, _lines(text), title, tags.split(","))
    except InputError as error:
        return _one(room, room.prep.story.get(owner_id, story_id), fault_of(error), text=text, title=title, tags=tags)
    return _to(story_id)


@router.post("/{story_id}/move")
def move(room: RoomDep, owner_id: OwnerDep, story_id: IdPath, part: Annotated[Part, Form()], sentence: TextForm = "") -> Response:
    room.prep.story.move(owner_id, story_id, _lines(sentence), part)
    return _to(story_id, f"#{part}")


@router.post("/{story_id}/fill")
def fill(room: RoomDep, owner_id: OwnerDep, story_id: IdPath, gap: Annotated[str, Form(max_length=40)], words: TextForm = "") -> Response:
    room.prep.story.fill(owner_id, story_id, gap, _lines(words))
    return _to(story_id, "#parts")


@router.post("/{story_id}/delete")
def delete(room: RoomDep, owner_id: OwnerDep, story_id: IdPath) -> Response:
    room.prep.story.delete(owner_id, story_id)
    return RedirectResponse("/prep/stories", 303)


def _new(room: Room, owner_id: str, fault: Fault | None = None, **typed: str) -> Response:
    """``typed``: the fields of the form. What cannot be kept is said above them, and they keep their words."""
    first = not room.prep.story.list(owner_id)
    return page("story_new.html", status=fault.status if fault else 200, limit=TEXT_LIMIT, first=first, fault=fault, typed=typed)


def _one(room: Room, view: StoryView, fault: Fault | None = None, **typed: str) -> Response:
    """``typed``: as in ``_new``."""
    ordered = in_order(view.reading) if steps_back(view.reading) else ""
    return page(
        "story.html", status=fault.status if fault else 200, view=view, story=view.story, reading=view.reading, ordered=ordered,
        order=ORDER, limit=TEXT_LIMIT, bank=room.bank.bank, fault=fault, typed=typed,
    )  # fmt: skip


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _to(story_id: str, place: str = "") -> Response:
    return RedirectResponse(f"/prep/stories/{story_id}{place}", 303)
