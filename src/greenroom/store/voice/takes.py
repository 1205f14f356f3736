"""Rows of what was spoken: the words of each take, never its sound. Each function is a step inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from greenroom.store.sessions import upsert
from greenroom.store.tables import takes, to_body
from greenroom.voice.heard import Take


def put_takes(connection: sa.Connection, owner_id: str, new: Iterable[Take]) -> int:
    """The same take again changes nothing. Returns how many were new."""
    rows = [
        {
            "owner_id": owner_id,
            "take_id": take.take_id,
            "session_id": take.session_id,
            "turn_id": take.turn_id,
            "begun_at": take.begun_at,
            "body": to_body(take),
        }
        for take in new
    ]
    return upsert(connection, takes, rows, replace=False)


def list_takes(connection: sa.Connection, owner_id: str, session_id: str | None = None, turn_id: str | None = None) -> list[Take]:
    """In the order in which they were spoken; of every session for None."""
    wanted = sa.select(takes.c.body).where(takes.c.owner_id == owner_id)
    if session_id is not None:
        wanted = wanted.where(takes.c.session_id == session_id)
    if turn_id is not None:
        wanted = wanted.where(takes.c.turn_id == turn_id)
    bodies = connection.scalars(wanted.order_by(takes.c.begun_at, takes.c.take_id))
    return [Take.model_validate_json(body) for body in bodies]
