"""A disk whose power can be cut, under the real ``Store``: an ``apsw`` VFS, and apsw behind the interface of ``sqlite3``.

The VFS passes everything on to real files and keeps a second account of each: what is on the platter (as of the last sync) and what was
written since. A cut leaves the platter plus any of the 512-byte sectors written since, in any order: writes are dropped, reordered,
torn. apsw carries its own SQLite and lets a VFS be written in Python; pragmas and statements are those of production.

Model's limits: a file's creation and length survive with its first surviving sector; a sector is written whole or not at all.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512
CHECKPOINT_PAGES = 60
"""Checkpoints often, so that cuts fall into them too (SQLite's default is 1000 pages)."""


class Platter:
    """One file: ``safe`` is what a power cut cannot take; ``loose`` are the writes since the last sync, in order."""

    def __init__(self, content: bytes = b"") -> None:
        self.safe = bytearray(content)
        self.loose: list[tuple[int, bytes] | int] = []

    def sync(self) -> None:
        for change in self.loose:
            self._apply(self.safe, change)
        self.loose.clear()

    def after_cut(self, dice: random.Random) -> bytes:
        image = bytearray(self.safe)
        sectors: list[tuple[int, bytes] | int] = []
        for change in self.loose:
            if isinstance(change, int):
                sectors.append(change)
            else:
                start, data = change
                sectors += [(start + n, data[n : n + SECTOR]) for n in range(0, len(data), SECTOR)]
        kept = [change for change in sectors if dice.random() < dice.choice((0.1, 0.5, 0.9))]
        dice.shuffle(kept)
        for change in kept:
            self._apply(image, change)
        return bytes(image)

    @staticmethod
    def _apply(image: bytearray, change: tuple[int, bytes] | int) -> None:
        if isinstance(change, int):
            del image[change:]
            return
        start, data = change
        image.extend(b"\0" * (start - len(image)))
        image[start : start + len(data)] = data


class Disk(apsw.VFS):
    """A VFS by the name ``name``. ``cut_at``: the number of the write or sync at which the power goes; ``on_cut`` is called then."""

    def __init__(self, name: str, dice: random.Random) -> None:
        self.platters: dict[str, Platter] = {}
        self.dice, self.operations, self.cut_at = dice, 0, 10**9
        self.on_cut: Callable[[], None] = lambda: None
        self.image: dict[str, bytes] = {}
        self.failing_syncs = 0
        self.name = name
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> DiskFile:
        return DiskFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.platters.pop(filename, None)
        super().xDelete(filename, syncdir)

    def platter(self, path: str) -> Platter:
        if path not in self.platters:
            self.platters[path] = Platter(Path(path).read_bytes() if Path(path).exists() else b"")
        return self.platters[path]

    def tick(self) -> None:
        self.operations += 1
        if self.operations == self.cut_at:
            self.image = {Path(path).name: platter.after_cut(self.dice) for path, platter in self.platters.items()}
            self.on_cut()


class DiskFile(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        kept = flags[0] & (apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL)
        self.disk, self.kept = disk, disk.platter(path) if path and kept else Platter()
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self.disk.tick()
        self.kept.loose.append((offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:
        self.disk.tick()
        self.kept.loose.append(size)
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        self.disk.tick()
        if self.disk.failing_syncs:
            self.disk.failing_syncs -= 1
            error = apsw.IOError("the disk did not confirm")
            error.extendedresult = apsw.SQLITE_IOERR_FSYNC
            raise error
        self.kept.sync()
        super().xSync(flags)


class Connection:
    """apsw as a DB-API connection in autocommit mode: as much of ``sqlite3.Connection`` as SQLAlchemy and the store use.

    ``weak``: says that ``synchronous`` is FULL, and has set NORMAL (the negative control).
    """

    isolation_level = None

    def __init__(self, path: str, disk: Disk, *, weak: bool = False) -> None:
        self.apsw = apsw.Connection(path, vfs=disk.name)
        self.apsw.set_busy_timeout(5000)
        self.weak = weak
        self.cursor().execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")

    def cursor(self) -> Cursor:
        return Cursor(self)

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        return self.cursor().execute(sql, parameters)

    def create_function(self, name: str, narg: int, function: Any, *, deterministic: bool = False) -> None:
        self.apsw.create_scalar_function(name, function, narg, deterministic=deterministic)

    def commit(self) -> None:
        if self.apsw.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        if self.apsw.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        self.apsw.close()


class Cursor:
    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: list[Any] = []

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        if self.connection.weak and sql == "PRAGMA synchronous=FULL":
            sql = "PRAGMA synchronous=NORMAL"
        owner = self.connection.apsw
        before = owner.total_changes()
        names: list[Any] = []
        try:
            cursor = owner.cursor()
            cursor.exec_trace = lambda running, *_: names.extend(running.get_description()) or True
            self._rows = list(cursor.execute(sql, tuple(parameters)))
        except apsw.Error as error:
            wrapped = sqlite3.OperationalError(str(error))
            wrapped.sqlite_errorcode = getattr(error, "extendedresult", None) or getattr(error, "result", 1)
            wrapped.sqlite_errorname = type(error).__name__
            raise wrapped from error
        if self.connection.weak and sql == "PRAGMA synchronous":
            self._rows = [(2,)]
        self.description = [(name, None, None, None, None, None, None) for name, *_ in names] or None
        self.rowcount = owner.changes() if owner.total_changes() != before else 0 if not names else -1
        self.lastrowid = owner.last_insert_rowid()
        return self

    def executemany(self, sql: str, rows: Any) -> Cursor:
        for row in rows:
            self.execute(sql, row)
        return self

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def fetchall(self) -> list[Any]:
        taken, self._rows = self._rows, []
        return taken

    def close(self) -> None:
        self._rows = []
