"""Steps that the tests of the room share."""

from __future__ import annotations

import uuid

from greenroom.interview.attempt import Submission
from greenroom.interview.session import Setup
from greenroom.room import LOCAL_OWNER, Room
from greenroom.room.views import Receipt, SessionView

ME = LOCAL_OWNER
DRILL = Setup(mode="drill", question_ids=("attention",))


def send(room: Room, view: SessionView, text: str, submission_id: str | None = None) -> Receipt:
    assert view.current
    submission = Submission(submission_id=submission_id or str(uuid.uuid4()), turn_id=view.current.turn_id, text=text)
    return room.interview.answer(ME, view.session.session_id, submission)


def says(room: Room, n: int = 0, question_id: str = "attention") -> str:
    return room.bank.get(question_id).points()[n].says[0]
