"""Everything of one owner, gone: the rows of every table that names an owner, and what a database keeps of deleted rows.

Not covered: backups and exports made before, what a file system or a disk keeps of overwritten blocks, and PostgreSQL's own leftovers
until its next VACUUM.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from greenroom.store.store import Store
from greenroom.store.tables import metadata

OVERWRITE = "PRAGMA secure_delete=ON"
"""Deleted rows are overwritten with zeros."""


def erase_owner(store: Store, owner_id: str) -> Mapping[str, int]:
    """Returns how many rows of each table there were. All or nothing; the owner's own row stays."""
    counts: dict[str, int] = {}
    database = store.database
    with database.write(owner_id) as connection:
        if database.path is not None:
            connection.execute(sa.text(OVERWRITE))
        for table in reversed(metadata.sorted_tables):
            if "owner_id" in table.c:
                gone = connection.execute(sa.delete(table).where(table.c.owner_id == owner_id)).rowcount
                counts |= {table.name: gone} if gone else {}
    if database.path is not None:
        with database.plain() as connection:
            raw = connection.connection.cursor()  # outside any transaction: SQLAlchemy would begin one
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log still held the old pages
            raw.execute("PRAGMA secure_delete=OFF")
            raw.close()
    return counts
