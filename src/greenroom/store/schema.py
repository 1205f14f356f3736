"""Bringing a database to this version's schema: all of it or none of it.

Alembic's migrations run in one transaction, version row included (SQLite's DDL is transactional when nobody commits in between): a
process killed at any statement leaves the old schema or the new one. Foreign keys are off meanwhile, because altering a SQLite table
rebuilds it, and all of them are checked before the commit. Alembic is loaded only when there is something to do.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from greenroom.errors import StoreError, StoreVersionError
from greenroom.store.connect import Database

SCRIPTS = Path(__file__).parent / "migrations"
HEAD = "0004"
"""The newest revision; a test holds it against the scripts."""


def find_revision(connection: sa.Connection) -> str | None:
    """The revision of an opened database; None for an empty one. Raises StoreError for a database that is not ours."""
    names = set(sa.inspect(connection).get_table_names())
    if "alembic_version" in names:
        revision = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return None if revision is None else str(revision)
    if names - {"sqlite_sequence"} and connection.dialect.name == "sqlite":
        raise StoreError("This file is a database of another program.", "Set GREENROOM_HOME or GREENROOM_DATABASE_URL to another place.")
    return None


def migrate(database: Database, *, scripts: Path = SCRIPTS, head: str = HEAD) -> str:
    """To ``head``. Raises StoreVersionError when the database was written by a newer greenroom."""
    with database.read() as connection:
        if find_revision(connection) == head:
            return head
    with database.plain() as connection:
        _switch_foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                _upgrade(connection, scripts, head)
        finally:
            _switch_foreign_keys(connection, "ON")
    return head


def _upgrade(connection: sa.Connection, scripts: Path, head: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    if connection.dialect.name == "postgresql":  # two processes that start together
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('greenroom migrations', 0))"))
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    revision = find_revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreVersionError(f"The database was written by a newer greenroom (schema {revision}; this one knows {head}).")
    command.upgrade(config, head)
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise StoreError("The migration would break references between rows; nothing was changed.")


def _switch_foreign_keys(connection: sa.Connection, value: str) -> None:
    if connection.dialect.name == "sqlite":
        raw = connection.connection.cursor()
        raw.execute(f"PRAGMA foreign_keys={value}")
        raw.close()
