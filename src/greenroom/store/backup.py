"""Backing up, bringing back, checking and describing a whole database."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from greenroom.errors import ArchiveError, InputError, StoreBusyError, StoreError, StoreFullError, StoreReadOnlyError, StoreVersionError
from greenroom.store.connect import PRAGMAS, Database, connect_sqlite, parse_url
from greenroom.store.faults import from_os, translate, translated
from greenroom.store.schema import find_revision, migrate
from greenroom.store.tables import metadata

TAILS = ("", "-wal", "-shm", "-journal")
"""What SQLite adds to a database's name for its files: all of them are the database."""
SHARED = (510, 0x40000002)
"""Length and start of the bytes that every open SQLite connection holds locked (os.h: SHARED_SIZE, SHARED_FIRST)."""


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
        raise from_os(error, path) from error
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


def restore(path: Path, url: str) -> Path | None:
    """Replace the database at ``url`` by the backup at ``path``. Returns where the old one was put; None when there was none.

    The backup is copied, checked and brought to this version's schema first. Then one transaction replaces the content: a process killed
    at any moment leaves the old database or the new. An empty or damaged one is kept byte for byte, side files too. Raises ArchiveError,
    StoreVersionError, and StoreBusyError while another program has the database open.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise InputError("This database is on a PostgreSQL server.", "Bring it back with pg_restore.")
    target = Path(parsed.database or "").absolute()
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(path, part)
        _prove(part)
        return _replace(target, part)
    except OSError as error:
        raise from_os(error, target) from error
    finally:
        _drop(part)


def _files(path: Path) -> list[Path]:
    return [path.with_name(path.name + tail) for tail in TAILS]


def _drop(path: Path) -> None:
    for each in _files(path):
        each.unlink(missing_ok=True)


def _copy(path: Path, part: Path) -> None:
    log = path.with_name(path.name + "-wal")
    if not path.is_file() or (log.exists() and log.stat().st_size):
        raise ArchiveError(f"{path} is no finished backup.")
    with path.open("rb") as source, os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as copy:
        if source.read(16) != b"SQLite format 3\0":
            raise ArchiveError(f"{path} is no backup of greenroom.")
        source.seek(0)
        shutil.copyfileobj(source, copy)


def _prove(part: Path) -> None:
    """Sound, ours, with nothing that acts by itself (a trigger, a view), and at this version's schema."""
    try:
        with translated(), closing(connect_sqlite(str(part))) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            alien = connection.execute("SELECT name FROM sqlite_master WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'")
            if alien.fetchone() is not None:
                raise ArchiveError("The backup holds triggers, views or virtual tables, which greenroom never makes.")
        database = Database(f"sqlite:///{part}", create=False)
        try:
            with database.read() as opened:
                if find_revision(opened) is None:
                    raise ArchiveError("The file is no backup of greenroom.")
            migrate(database)
            _check_tables(database)
        finally:
            database.close()
    except (ArchiveError, StoreBusyError, StoreFullError, StoreReadOnlyError, StoreVersionError):
        raise
    except StoreError as error:
        raise ArchiveError(f"The backup cannot be used: {error.message}") from error


def _check_tables(database: Database) -> None:
    faults = check(database)
    if faults != "ok":
        raise ArchiveError(f"The backup is damaged: {faults.splitlines()[0][:200]}.")
    with database.read() as connection:
        for table in metadata.sorted_tables:
            connection.execute(sa.select(*table.columns).limit(1)).all()


def _replace(target: Path, part: Path) -> Path | None:
    """Keeps the files as they are before SQLite sees them: it deletes the log of an empty database, and merges that of a damaged one."""
    aside = target.with_name(f"{target.stem}-before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}{target.suffix}")
    with _alone(target):
        kept = _keep(target, aside)
    if target.exists() and target.stat().st_size and _exchange(target, part, aside):
        return aside
    with _alone(target):  # once more: POSIX gives a lock back when any descriptor of the file is closed, as copying does
        _swap(target, part)
    return kept


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Nobody else has the database open, asked in SQLite's own way but without SQLite. Raises StoreBusyError.

    Windows renames no file that is open.
    """
    if sys.platform == "win32" or not target.exists():
        yield
        return
    import fcntl

    with target.open("rb+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, *SHARED)
        except OSError as error:
            raise StoreBusyError("The database is open in another program.") from error
        yield


def _keep(target: Path, aside: Path) -> Path | None:
    """A copy of every file, as it is. Returns the first of them."""
    kept = [(old, new) for old, new in zip(_files(target), _files(aside), strict=True) if old.exists()]
    try:
        for old, new in kept:
            with old.open("rb") as source, os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as copy:
                shutil.copyfileobj(source, copy)
            settle(new, new)
    except OSError:
        _drop(aside)
        raise
    return kept[0][1] if kept else None


def _exchange(target: Path, part: Path, aside: Path) -> bool:
    """SQLite's own copying inside its own locks: renaming a file under another program's open connection would corrupt it.

    False when the database is too damaged for that. The old one, when it is sound, is kept in one file in place of its several.
    """
    whole = part.with_name(part.name + "-old")
    try:
        with closing(connect_sqlite(str(target))) as connection:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")  # from here on nobody else has it, and nobody gets it
            connection.execute("COMMIT")
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                return False
            os.close(os.open(whole, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            connection.execute("VACUUM INTO ?", (str(whole),))
            for side in _files(aside)[1:]:  # of the old files: beside the one file it would be read into it
                side.unlink(missing_ok=True)
            settle(whole, aside)
            with closing(connect_sqlite(str(part))) as source:
                source.backup(connection)
        return True
    except sqlite3.DatabaseError as error:
        ours = translate(error)
        if isinstance(ours, (StoreBusyError, StoreFullError, StoreReadOnlyError)):
            _drop(aside)  # nothing was replaced
            raise ours from error
        return False
    finally:
        whole.unlink(missing_ok=True)


def _swap(target: Path, part: Path) -> None:
    """The old database cannot be read, and its files are kept: the new one takes its place. An old log beside it would be read into it."""
    for side in _files(target)[1:]:
        side.unlink(missing_ok=True)
    settle(part, target)
