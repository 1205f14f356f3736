"""The JSON API of a person's own things: today, what is due, progress, the profile, the export."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from greenroom import __version__
from greenroom.bank.question import Value
from greenroom.interview.session import Session
from greenroom.prep.profile import Profile
from greenroom.review.eve import Eve
from greenroom.review.progress import Progress
from greenroom.review.sitting import Sitting
from greenroom.room.views import DuePoint
from greenroom.web.api.shapes import make_router
from greenroom.web.deps import OwnerDep, RoomDep

router = make_router()
RECENT = 8


class HealthOut(Value):
    status: str
    version: str


class TodayOut(Value):
    """``due``: points that come back today; ``sitting``: how many of them make one review, and what is said of the rest; ``left_open``: the
    latest rehearsal that was not ended; ``faults``: packs and plugins that were left out, and why.
    """

    profile: Profile
    due: int
    sitting: Sitting
    next_due_at: datetime | None
    left_open: Session | None
    recent: tuple[Session, ...]
    topics: tuple[str, ...]
    faults: tuple[str, ...]


@router.get("/health")
def health(owner_id: OwnerDep) -> HealthOut:
    return HealthOut(status="ok", version=__version__)


@router.get("/today")
def today(room: RoomDep, owner_id: OwnerDep) -> TodayOut:
    sessions, due = room.interview.list(owner_id, limit=RECENT), room.review.due(owner_id)
    left_open = next((session for session in sessions if not session.ended), None)
    return TodayOut(
        profile=room.prep.profile(owner_id), due=len(due), sitting=room.review.sitting(owner_id, len(due)),
        next_due_at=room.review.progress(owner_id).next_due_at, left_open=left_open,
        recent=tuple(session for session in sessions if session.ended), topics=room.bank.topics(), faults=tuple(room.bank.faults()),
    )  # fmt: skip


@router.get("/review")
def due(room: RoomDep, owner_id: OwnerDep) -> list[DuePoint]:
    return room.review.due(owner_id)


@router.get("/progress")
def progress(room: RoomDep, owner_id: OwnerDep) -> Progress:
    return room.review.progress(owner_id)


@router.get("/progress/night-before")
def night_before(room: RoomDep, owner_id: OwnerDep) -> Eve:
    """One page for the evening before the interview."""
    return room.review.eve(owner_id)


@router.get("/profile")
def get_profile(room: RoomDep, owner_id: OwnerDep) -> Profile:
    return room.prep.profile(owner_id)


@router.put("/profile")
def put_profile(room: RoomDep, owner_id: OwnerDep, profile: Profile) -> Profile:
    return room.prep.save(owner_id, profile)


@router.get("/export", response_class=FileResponse, responses={200: {"content": {"application/zip": {}}}})
def export(room: RoomDep, owner_id: OwnerDep) -> Response:
    """Everything a person has here, as a zip of JSON lines."""
    folder = tempfile.TemporaryDirectory(prefix="greenroom-export-")
    path = Path(folder.name) / "greenroom-export.zip"
    try:
        room.data.export(owner_id, path)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(path, media_type="application/zip", filename=path.name, background=BackgroundTask(folder.cleanup))
