"""Backing up, checking and describing a whole database."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import sqlalchemy as sa

from greenroom.errors import InputError, StoreFullError, StoreReadOnlyError
from greenroom.store.connect import PRAGMAS, Database
from greenroom.store.schema import find_revision
from greenroom.store.tables import metadata


def check(database: Database) -> str:
    """ "ok", or what is wrong, one line a fault."""
    with database.read() as connection:
        if database.path is None:
            connection.execute(sa.text("SELECT 1"))
            return "ok"
        faults = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check(20)") if row[0] != "ok"]
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(20)
        faults += [f"a row of {row[0]} refers to a missing row of {row[2]}" for row in broken]
        return "\n".join(faults) or "ok"


def facts(database: Database) -> dict[str, str | int]:
    found: dict[str, str | int] = {"database": database.dialect}
    with database.read() as connection:
        if database.path is None:
            found["server"] = str(connection.scalar(sa.text("SHOW server_version")))
            found |= {name: str(connection.scalar(sa.text(f"SHOW {name}"))) for name in ("fsync", "synchronous_commit", "full_page_writes")}
        else:
            found["sqlite"] = str(connection.scalar(sa.text("SELECT sqlite_version()")))
            found |= {name: _pragma(connection, name) for name in PRAGMAS if "fullfsync" not in name}
            found["bytes"] = database.path.stat().st_size
            log = database.path.with_name(database.path.name + "-wal")
            found["log_bytes"] = log.stat().st_size if log.exists() else 0
        found["schema"] = find_revision(connection) or "none"
        for table in metadata.sorted_tables:
            found[table.name] = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    return found


def _pragma(connection: sa.Connection, name: str) -> str | int:
    row = connection.exec_driver_sql(f"PRAGMA {name}").first()
    value = 0 if row is None else row[0]
    return value if isinstance(value, (int, str)) else str(value)


def write(database: Database, path: Path) -> None:
    """A compact copy of one snapshot: written beside ``path``, synced, then renamed, so that ``path`` is whole or as before.

    Raises InputError on PostgreSQL, StoreFullError, StoreReadOnlyError.
    """
    if database.path is None:
        raise InputError("This database is on a PostgreSQL server.", "Back it up with pg_dump.")
    if path.absolute() == database.path:
        raise InputError("The backup would replace the database itself.", "Choose another file.")
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with database.snapshot() as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        settle(part, path)
    except OSError as error:
        raise _from_os(error, path) from error
    finally:
        part.unlink(missing_ok=True)


def settle(part: Path, path: Path) -> None:
    """Make a complete file durable under its final name."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """A rename is durable when its folder is. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _from_os(error: OSError, path: Path) -> StoreFullError | StoreReadOnlyError:
    import errno

    kind = StoreFullError if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO) else StoreReadOnlyError
    return kind(f"{path} cannot be written: {error.strerror}.", "Choose another folder, or free some space.")
