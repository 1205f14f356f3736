"""Everything of one owner, gone: the rows of every table that names an owner, and what a database keeps of deleted rows.

Not covered: backups and exports made before, what a file system or a disk keeps of overwritten blocks, and PostgreSQL's own leftovers
until its next VACUUM.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from greenroom.errors import StoreBusyError, StoreError
from greenroom.store.store import Store
from greenroom.store.tables import metadata


def erase_owner(store: Store, owner_id: str) -> Mapping[str, int]:
    """Returns how many rows of each table there were. All or nothing; the owner's own row stays."""
    counts: dict[str, int] = {}
    with store.database.write(owner_id) as connection:
        for table in reversed(metadata.sorted_tables):
            if "owner_id" in table.c:
                gone = connection.execute(sa.delete(table).where(table.c.owner_id == owner_id)).rowcount
                counts |= {table.name: gone} if gone else {}
    return counts


def wipe(store: Store) -> None:
    """Write the database's file anew, without what it still holds of deleted rows, and empty its log, which holds the old pages.

    Rows are overwritten as they are deleted (``connect.PRAGMAS``); but an earlier greenroom left that to SQLite, and not every SQLite does
    it. Raises StoreError, which says that the rows themselves are gone.
    """
    if store.database.path is None:
        return
    try:
        with store.database.plain() as connection:
            raw = connection.connection.cursor()  # outside any transaction: SQLAlchemy would begin one
            raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (busy, *_), *_ = raw.fetchall()
            raw.close()
        if busy:
            raise StoreBusyError("Another program is reading the database.")
    except StoreError as error:
        raise type(error)("Everything is deleted, but the file may still hold traces of it.", error.hint) from error
