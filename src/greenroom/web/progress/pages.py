"""Progress in the browser: the plots with their tables, the points of one topic, the night before, what is taken along."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends
from fastapi import Path as InPath
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, HTMLResponse, Response

from greenroom.errors import NotFoundError
from greenroom.paper.forms import Paper, read_form
from greenroom.review.course import Level
from greenroom.review.progress import Progress
from greenroom.room import Room
from greenroom.web.deps import IdPath, OwnerDep, RoomDep, owner
from greenroom.web.pages import ratings_of
from greenroom.web.progress import drawing
from greenroom.web.render import page

router = APIRouter(prefix="/progress", dependencies=[Depends(owner)], include_in_schema=False)
SHOWN = 30
"""Answers of the plot of scores."""
TABLE_DAYS = 12
FormPath = Annotated[str, InPath(max_length=8)]


@router.get("")
def progress(room: RoomDep, owner_id: OwnerDep) -> Response:
    return page_of(room, owner_id)


def page_of(room: Room, owner_id: str) -> HTMLResponse:
    found, now = room.review.progress(owner_id), room.interview.now().astimezone()
    judged = [past for past in found.history if past.overall is not None][-SHOWN:]
    values = {"progress": found, "judged": judged, "ratings": ratings_of, "today": now.date(), "table_days": TABLE_DAYS}
    return page("progress.html", now=now, draw=drawing, **cast(Any, values))


@router.get("/topics/{topic}")
def topic(room: RoomDep, owner_id: OwnerDep, topic: IdPath) -> Response:
    found = room.review.progress(owner_id)
    one = next((each for each in found.topics if each.topic == topic), None)
    if one is None:
        raise NotFoundError("topic", topic, [each.topic for each in found.topics])
    now = room.interview.now().astimezone()
    return page("topic.html", topic=one, levels=levels_of(found, topic), now=now, draw=drawing, table_days=TABLE_DAYS)


def levels_of(found: Progress, topic: str) -> list[tuple[date, float]]:
    """The days on which this topic's share changed, oldest first."""
    met: list[tuple[date, float]] = []
    for level in found.course:
        share = _share(level, topic)
        if share is not None and (not met or met[-1][1] != share):
            met.append((level.on, share))
    return met


def _share(level: Level, topic: str) -> float | None:
    return level.topics.get(topic)


@router.get("/night-before")
def night_before(room: RoomDep, owner_id: OwnerDep) -> Response:
    return page("eve.html", eve=room.review.eve(owner_id))


@router.get("/night-before/{form}")
def night_before_file(room: RoomDep, owner_id: OwnerDep, form: FormPath) -> Response:
    return attached(room.review.eve_paper(owner_id, read_form(form)))


@router.get("/weak-points.apkg")
def weak_points(room: RoomDep, owner_id: OwnerDep) -> Response:
    """One's weak points as a deck for Anki."""
    folder = tempfile.TemporaryDirectory(prefix="greenroom-deck-")
    path = Path(folder.name) / "greenroom-weak-points.apkg"
    try:
        room.review.export_weak(owner_id, path)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(path, media_type="application/octet-stream", filename=path.name, background=BackgroundTask(folder.cleanup))


def attached(paper: Paper) -> Response:
    """As a file to save: a page of our own address never shows what a person wrote as a document of its own."""
    return Response(paper.text, media_type=paper.media, headers={"content-disposition": f'attachment; filename="{paper.name}"'})
