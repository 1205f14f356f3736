"""The page on which a connected model is shown a person's own picture. A POST by the person's own hand, never by a link; nothing is kept:
the picture comes back in the reply, in its address, and is gone with it.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from starlette.responses import Response

from greenroom.errors import GreenroomError
from greenroom.labs.photo import FILE_LIMIT, read_photo
from greenroom.labs.seeing import LABELS_LIMIT, Look
from greenroom.labs.waiting import Wanted
from greenroom.room import Room
from greenroom.web.deps import OwnerDep, RoomDep, owner
from greenroom.web.faults import Fault, fault_of
from greenroom.web.labs.here import while_here
from greenroom.web.render import page

router = APIRouter(prefix="/labs/own-picture", dependencies=[Depends(owner)], include_in_schema=False)
Upload = Annotated[UploadFile, File()]
Labels = Annotated[str, Form(max_length=LABELS_LIMIT)]


class Words:
    """What the page says. English on every page, as the labs' own texts are."""

    TITLE = "A connected model looks at your picture"
    ABOUT = (
        "What a large model with eyes makes of a picture of yours: it sorts it, names what is in it with a frame around each thing, and "
        "describes it. What small networks make of the same tasks, on drawn pictures, three labs show: classify-pictures, find-objects and "
        "captions. Before yours, the model is shown two pictures that code draws and whose content is known: there are servers that leave "
        "a picture out without saying so, and a model that sees nothing describes something all the same."
    )
    FILE = f"A picture: PNG, JPEG or WebP, up to {FILE_LIMIT // 1_000_000} MB"
    LABELS = "What it may be of"
    LABELS_HELP = "Two to twelve labels, separated by commas: the model has to choose one, or none of them. Empty: it finds its own words."
    GOES = "It is sent to"
    ELSE = "and nowhere else."
    KEPT = (
        "What a file holds beside its pixels (place, time, camera) is cut out before; what can be seen in it is sent. "
        "Greenroom keeps nothing of it. What that server keeps is its own affair. If it refuses the drawn pictures, yours is not sent."
    )
    SEND = "Send it and look"
    TURNED = (
        "It takes as long as the model takes for three pictures. A photo that lies on its side here was only marked as turned: turn and "
        "save it."
    )
    NOBODY = "No model is connected, and nothing is sent anywhere."
    CONNECT = (
        "Start greenroom with GREENROOM_JUDGE_URL and GREENROOM_JUDGE_MODEL set to a server that speaks OpenAI's protocol, with a model "
        "that can see. One on this machine will do."
    )
    TRUST = "Does it see at all?"
    TESTED = ("Drawn", "What it said", "Named", "Frame (1: exact)")
    YES, NO = "yes", "no"
    SAID = "What it says of yours"
    CHOSEN = "chosen from:"
    PICTURE = "Your picture, with the model's frames"
    UNFRAMED = "without a frame that lies in the picture"
    NOTHING = "It names no thing."
    CAUTION = "Said by a model, not checked by anybody. Writing in a picture may tell it what to say. Model:"
    CUT = "Bytes cut out of the file before it was sent:"
    TERMINAL = "In the terminal:"


@router.get("")
def form(room: RoomDep, owner_id: OwnerDep) -> Response:
    return _page(room)


@router.post("/file")
async def look(request: Request, room: RoomDep, owner_id: OwnerDep, file: Upload, labels: Labels = "") -> Response:
    """What cannot be looked at is said on the same page. When the page is left nothing more is sent."""
    data = await file.read(FILE_LIMIT + 1)
    return await while_here(request, lambda here: _looked(room, data, labels, here))


def _looked(room: Room, data: bytes, labels: str, here: Wanted) -> Response:
    try:
        found = room.labs.look(data, labels, here)
    except GreenroomError as error:
        return _page(room, labels, fault=fault_of(error))
    photo = read_photo(data)
    shown = f"data:{photo.media_type};base64,{b64encode(photo.data).decode()}"
    return _page(room, labels, found, shown, photo.cut)


def _page(room: Room, labels: str = "", found: Look | None = None, shown: str = "", cut: int = 0, fault: Fault | None = None) -> Response:
    status = fault.status if fault else 200
    return page(
        "own_picture.html", status=status, eye=room.labs.find_eye(), labels=labels, found=found, shown=shown, cut=cut, fault=fault,
        longest=LABELS_LIMIT, words=Words,
    )  # fmt: skip
