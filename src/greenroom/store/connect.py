"""Connections that keep the rules of durability, or refuse to be opened.

SQLite: write-ahead log, ``synchronous=FULL``, no memory map, foreign keys on, deleted rows overwritten with zeros, one writer
connection (a lock in this process, ``BEGIN IMMEDIATE`` and a busy timeout between processes) and read-only reader connections. What a
pragma was set to is read back on every connection: one that does not hold fails silently otherwise. PostgreSQL:
``synchronous_commit=on``, one advisory lock per owner and transaction.

Does not protect: a disk that lies about having written, or a network file system without locks (SQLite's own limits).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from greenroom.errors import ExtraMissingError, InputError, NotFoundError, StoreBusyError, StoreError
from greenroom.store.faults import from_os, translated

Connect = Callable[[str], Any]
"""Path of the file -> a connection with sqlite3's interface, in autocommit mode."""

BUSY_SECONDS = 5.0
QUEUE_SECONDS = 30.0
READERS = 8
PRAGMAS: dict[str, tuple[str, object]] = {
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2),
    "foreign_keys": ("ON", 1),
    "mmap_size": ("0", 0),
    "trusted_schema": ("OFF", 0),
    "secure_delete": ("ON", 1),
    "fullfsync": ("ON", 1),
    "checkpoint_fullfsync": ("ON", 1),
}
"""name -> (what is set, what must be read back)."""


def connect_sqlite(path: str) -> sqlite3.Connection:
    """The plain connection; transactions are begun by hand (``isolation_level=None``)."""
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def apply_pragmas(connection: Any, *, reader: bool) -> None:
    """Set every pragma and read it back. Raises StoreError when one does not hold."""
    wanted = PRAGMAS | ({"query_only": ("ON", 1)} if reader else {})
    for name, (value, held) in wanted.items():
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA {name}={value}")
        cursor.fetchall()
        cursor.execute(f"PRAGMA {name}")
        row = cursor.fetchone()
        cursor.close()
        absent = row is None and name == "mmap_size"  # SQLite built without memory maps
        if not absent and (row is None or row[0] != held):
            raise StoreError(
                f"The database cannot be opened safely: {name} is {row[0] if row else 'unknown'}, not {held}.",
                "Keep the database on a local disk (not a network share), or set GREENROOM_HOME to a folder on one.",
            )


class Database:
    """One database: ``read()`` and ``write()`` are transactions. Thread-safe."""

    def __init__(self, url: str, *, create: bool = True, connect: Connect = connect_sqlite) -> None:
        """Raises InputError for a URL that names no database, NotFoundError without ``create``, ExtraMissingError without psycopg."""
        self._lock = threading.Lock()
        self._connect = connect
        self._url = parse_url(url)
        self.path: Path | None = None
        if self._url.get_backend_name() == "sqlite":
            self.path = _prepare(self._url, create)
            self._readers = _sqlite_engine(self.path, connect, reader=True)
            self._writer = _sqlite_engine(self.path, connect, reader=False)
        else:
            self._writer = _postgres_engine(self._url)
            self._readers = self._writer.execution_options(isolation_level="REPEATABLE READ")

    @property
    def dialect(self) -> str:
        return self._writer.dialect.name

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One snapshot: what is committed by others meanwhile is not seen."""
        with translated(), self._readers.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, owner_id: str | None = None) -> Iterator[sa.Connection]:
        """One transaction, committed to disk when the block ends and undone when it raises. Waits for other writers."""
        with self._turn(), translated(), self._writer.connect() as connection, connection.begin():
            if owner_id is not None and self.path is None:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": owner_id})
            yield connection

    @contextmanager
    def plain(self) -> Iterator[sa.Connection]:
        """The writer's connection before any transaction: a migration switches foreign keys off first."""
        with self._turn(), translated(), self._writer.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Any]:
        """A connection of its own, outside any transaction (SQLite): for a statement that is one by itself."""
        with translated(), closing(self._connect(str(self.path))) as connection:
            apply_pragmas(connection, reader=False)
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self.path is None:  # PostgreSQL orders its writers itself
            yield
            return
        if not self._lock.acquire(timeout=QUEUE_SECONDS):
            raise StoreBusyError(f"The database was busy for more than {QUEUE_SECONDS:.0f} seconds.")
        try:
            yield
        finally:
            self._lock.release()

    def close(self) -> None:
        """Readers first, so that the last checkpoint is the writer's."""
        self._readers.dispose()
        self._writer.dispose()


def parse_url(url: str) -> sa.URL:
    cure = "Use sqlite:////folder/greenroom.db or postgresql://user@host/database."
    try:
        parsed = sa.make_url(url)
        backend = parsed.get_backend_name()
    except (sa.exc.ArgumentError, ValueError, TypeError):  # the text may hold a password: not repeated
        raise InputError("The database URL cannot be read.", cure) from None
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite" or not parsed.database or parsed.database == ":memory:" or parsed.query:
        raise InputError("The database URL names no SQLite file and no PostgreSQL database.", cure)
    return parsed


def _prepare(url: sa.URL, create: bool) -> Path:
    """The file's path; made here, for its owner's eyes only (SQLite gives its side files the same rights).

    An empty file is not a new database but what is left of one, and so is a write-ahead log without a file: SQLite would begin anew, and
    drop the log or read it into what is none of its own.
    """
    path = Path(url.database or "").absolute()
    try:
        log = _size(path.with_name(path.name + "-wal"))  # looked at first: another process may be making both, the file before its log
        if not path.exists():
            if log:
                raise _ruined(path, "the file is gone, but its log is there")
            if not create:
                raise NotFoundError("database", str(path), hint="Start greenroom once, or set GREENROOM_HOME.")
            _make(path)
        if path.stat().st_size == 0:
            raise _ruined(path, "the file is empty")
    except OSError as error:
        raise from_os(error, path) from error
    return path


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _ruined(path: Path, how: str) -> StoreError:
    return StoreError(
        f"The database {path} is damaged: {how}.",
        "Close greenroom and run `greenroom restore FILE` with a backup: what is there is kept. If you have none, move "
        f"{path.name} and {path.name}-wal to another folder to start afresh.",
    )


def _make(path: Path) -> None:
    """A database without tables. It has its first page before it has its name: nobody ever sees it empty, and one that another process
    made meanwhile stays.
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA user_version=0")
        page = connection.serialize()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_new(part, page)
        os.link(part, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        with contextlib.suppress(FileExistsError):
            _write_new(path, page)
    finally:
        part.unlink(missing_ok=True)


def _write_new(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sqlite_engine(path: Path, connect: Connect, *, reader: bool) -> sa.Engine:
    engine = sa.create_engine(
        "sqlite://",
        creator=lambda: connect(str(path)),
        poolclass=QueuePool,
        pool_size=READERS if reader else 1,
        max_overflow=0,
        pool_timeout=QUEUE_SECONDS,
        hide_parameters=True,
    )
    begin = "BEGIN" if reader else "BEGIN IMMEDIATE"

    def started(connection: Any, _record: Any) -> None:
        apply_pragmas(connection, reader=reader)

    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", started)
    event.listen(engine, "begin", begun)
    return engine


def _postgres_engine(url: sa.URL) -> sa.Engine:
    try:
        pool = {"pool_size": READERS, "max_overflow": READERS, "pool_timeout": QUEUE_SECONDS, "pool_pre_ping": True}
        engine = sa.create_engine(url, hide_parameters=True, **pool)
    except ModuleNotFoundError as error:
        raise ExtraMissingError("psycopg", "server") from error

    def started(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET synchronous_commit = on; SET lock_timeout = '{BUSY_SECONDS:.0f}s'")
        connection.commit()

    event.listen(engine, "connect", started)
    return engine
