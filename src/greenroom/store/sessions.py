"""Rows of a person and their sessions: owner, profile, sessions, drafts. Each function is a step inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from greenroom.errors import NotFoundError
from greenroom.interview.session import Session
from greenroom.prep.profile import Profile
from greenroom.store.tables import answers, drafts, owners, profiles, sessions, to_body

Change = Callable[[Session], Session]


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, replace: bool = True) -> int:
    """Insert rows by primary key; an existing one is replaced, or kept when not ``replace``. Returns how many were written."""
    if not rows:
        return 0
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    written = 0
    for row in rows:
        statement = insert(table).values(**row)
        rest = {name: statement.excluded[name] for name in row if name not in keys}
        if replace and rest:
            statement = statement.on_conflict_do_update(index_elements=keys, set_=rest)
        else:
            statement = statement.on_conflict_do_nothing()
        written += connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount
    return written


def ensure_owner(connection: sa.Connection, owner_id: str, at: datetime) -> None:
    """Looks first: a person who comes back costs no write."""
    if connection.scalar(sa.select(owners.c.owner_id).where(owners.c.owner_id == owner_id)) is None:
        upsert(connection, owners, [{"owner_id": owner_id, "created_at": at}], replace=False)


def put_session(connection: sa.Connection, owner_id: str, session: Session, *, replace: bool = True) -> int:
    row = {
        "owner_id": owner_id,
        "session_id": session.session_id,
        "started_at": session.started_at,
        "ended_at": session.ended_at,
        "body": to_body(session),
    }
    return upsert(connection, sessions, [row], replace=replace)


def find_session(connection: sa.Connection, owner_id: str, session_id: str) -> Session | None:
    body = connection.scalar(sa.select(sessions.c.body).where(sessions.c.owner_id == owner_id, sessions.c.session_id == session_id))
    return None if body is None else Session.model_validate_json(body)


def get_session(connection: sa.Connection, owner_id: str, session_id: str) -> Session:
    """Raises NotFoundError, also for a session of another owner; names the owner's similar ids."""
    found = find_session(connection, owner_id, session_id)
    if found is None:
        known = connection.scalars(sa.select(sessions.c.session_id).where(sessions.c.owner_id == owner_id).limit(200))
        raise NotFoundError("session", session_id, known, "The list of your sessions shows the ones there are: greenroom report --list.")
    return found


def list_sessions(connection: sa.Connection, owner_id: str, limit: int) -> list[Session]:
    """Newest first."""
    wanted = sa.select(sessions.c.body).where(sessions.c.owner_id == owner_id)
    bodies = connection.scalars(wanted.order_by(sessions.c.started_at.desc(), sessions.c.session_id).limit(limit))
    return [Session.model_validate_json(body) for body in bodies]


def change_session(connection: sa.Connection, owner_id: str, session_id: str, change: Change) -> Session:
    """Read, change, write. An unchanged session is not written."""
    before = get_session(connection, owner_id, session_id)
    after = change(before)
    if after != before:
        put_session(connection, owner_id, after)
    return after


def put_draft(connection: sa.Connection, owner_id: str, session_id: str, turn_id: str, text: str, at: datetime) -> bool:
    """A draft that arrives after its turn was answered is dropped, so that it cannot come back as unsent text."""
    ours = (answers.c.owner_id == owner_id, answers.c.session_id == session_id, answers.c.turn_id == turn_id)
    if connection.scalar(sa.select(answers.c.seq).where(*ours).limit(1)) is None:
        row = {"owner_id": owner_id, "session_id": session_id, "turn_id": turn_id, "text": text, "saved_at": at}
        upsert(connection, drafts, [row])
        return True
    return False


def drop_draft(connection: sa.Connection, owner_id: str, session_id: str, turn_id: str) -> None:
    ours = (drafts.c.owner_id == owner_id, drafts.c.session_id == session_id, drafts.c.turn_id == turn_id)
    connection.execute(sa.delete(drafts).where(*ours))


def find_draft(connection: sa.Connection, owner_id: str, session_id: str, turn_id: str) -> str | None:
    ours = (drafts.c.owner_id == owner_id, drafts.c.session_id == session_id, drafts.c.turn_id == turn_id)
    return connection.scalar(sa.select(drafts.c.text).where(*ours))


def list_drafts(connection: sa.Connection, owner_id: str) -> list[dict[str, Any]]:
    wanted = sa.select(drafts.c.session_id, drafts.c.turn_id, drafts.c.text, drafts.c.saved_at).where(drafts.c.owner_id == owner_id)
    return [dict(row._mapping) for row in connection.execute(wanted.order_by(drafts.c.session_id, drafts.c.turn_id))]


def get_profile(connection: sa.Connection, owner_id: str) -> Profile:
    body = connection.scalar(sa.select(profiles.c.body).where(profiles.c.owner_id == owner_id))
    return Profile() if body is None else Profile.model_validate_json(body)


def put_profile(connection: sa.Connection, owner_id: str, profile: Profile) -> None:
    upsert(connection, profiles, [{"owner_id": owner_id, "body": to_body(profile)}])
