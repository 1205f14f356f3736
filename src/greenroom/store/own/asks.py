"""Rows of the questions that a person means to ask. Functions are steps inside the caller's transaction; ``Asks`` has one transaction a
method.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from greenroom.errors import ConflictError, NotFoundError
from greenroom.prep.asks.ask import MOST, Ask
from greenroom.store.connect import Database
from greenroom.store.sessions import upsert
from greenroom.store.tables import asks, to_body

Change = Callable[[Sequence[Ask]], Sequence[Ask]]


class Asks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, owner_id: str) -> Sequence[Ask]:
        """Of all rounds, in the order of their places."""
        with self._database.read() as connection:
            return list_asks(connection, owner_id)

    def get(self, owner_id: str, ask_id: str) -> Ask:
        """Raises NotFoundError, also for a question of another owner."""
        with self._database.read() as connection:
            return _get(list_asks(connection, owner_id), ask_id)

    def add(self, owner_id: str, ask: Ask) -> Ask:
        """At the end of its round's list. Raises ConflictError when the list is full, or holds the same words already."""
        with self._database.write(owner_id) as connection:
            present = [each for each in list_asks(connection, owner_id) if each.round == ask.round]
            if len(present) >= MOST:
                raise ConflictError(f"The list holds {MOST} questions already.", "Delete one: nobody has time for more than five.")
            if any(each.text == ask.text for each in present):
                raise ConflictError("This question is on the list already.", "Change its words, or leave it.")
            placed = ask.model_copy(update={"place": max((each.place for each in present), default=-1) + 1})
            put_asks(connection, owner_id, [placed])
            return placed

    def change(self, owner_id: str, ask_id: str, change: Change) -> None:
        """Read, change, write, with nobody in between: ``change`` is given all of the owner's. Raises NotFoundError."""
        with self._database.write(owner_id) as connection:
            present = list_asks(connection, owner_id)
            _get(present, ask_id)
            put_asks(connection, owner_id, change(present))

    def drop(self, owner_id: str, ask_id: str) -> None:
        """Raises NotFoundError."""
        with self._database.write(owner_id) as connection:
            _get(list_asks(connection, owner_id), ask_id)
            connection.execute(sa.delete(asks).where(asks.c.owner_id == owner_id, asks.c.ask_id == ask_id))


def list_asks(connection: sa.Connection, owner_id: str) -> list[Ask]:
    wanted = sa.select(asks.c.body).where(asks.c.owner_id == owner_id)
    return [Ask.model_validate_json(body) for body in connection.scalars(wanted.order_by(asks.c.round, asks.c.place, asks.c.ask_id))]


def put_asks(connection: sa.Connection, owner_id: str, values: Sequence[Ask], *, replace: bool = True) -> int:
    rows = [
        {"owner_id": owner_id, "ask_id": each.ask_id, "round": each.round, "place": each.place, "body": to_body(each)} for each in values
    ]
    return upsert(connection, asks, rows, replace=replace)


def _get(present: Sequence[Ask], ask_id: str) -> Ask:
    found = next((ask for ask in present if ask.ask_id == ask_id), None)
    if found is None:
        raise NotFoundError("question of yours", ask_id, [ask.ask_id for ask in present], "`greenroom prep asks list` shows them.")
    return found
