"""Errors of the database libraries, turned into ours where they enter.

By code, never by wording: SQLite's result code (``sqlite_errorcode``), PostgreSQL's SQLSTATE. What cannot be told stays a ``StoreError``
with the library's own message; statements and their values are never in it (a text of a person does not belong in a log).
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy.exc as sae

from greenroom.errors import ConflictError, GreenroomError, StoreBusyError, StoreError, StoreFullError, StoreReadOnlyError

DAMAGED = "Copy the file aside, then bring back a backup: `greenroom restore FILE`."
_SQLITE: dict[int, tuple[type[StoreError], str]] = {
    3: (StoreReadOnlyError, "The database may not be opened by you"),
    5: (StoreBusyError, "The database is locked by another program"),
    6: (StoreBusyError, "The database is locked by another program"),
    8: (StoreReadOnlyError, "The database cannot be written"),
    10: (StoreFullError, "Writing to the disk failed"),
    13: (StoreFullError, "The disk is full"),
    14: (StoreReadOnlyError, "The database file cannot be opened"),
}
_POSTGRES: dict[str, tuple[type[StoreError], str]] = {
    "25006": (StoreReadOnlyError, "The database is read-only"),
    "40001": (StoreBusyError, "Two programs changed the same thing at once"),
    "40P01": (StoreBusyError, "Two programs waited for each other"),
    "42501": (StoreReadOnlyError, "The database user may not do this"),
    "53100": (StoreFullError, "The database server's disk is full"),
    "53300": (StoreBusyError, "The database server has no free connection"),
    "55P03": (StoreBusyError, "The database is locked by another program"),
    "57014": (StoreBusyError, "The database took too long"),
}


def translate(error: BaseException) -> GreenroomError:
    """Our error for one of theirs."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, GreenroomError):
        return cause
    if isinstance(error, sae.TimeoutError):
        return StoreBusyError("The database was busy for too long.")
    if isinstance(error, sae.IntegrityError):
        return ConflictError("This contradicts what is already stored.", "Reload and try again.")
    state = getattr(cause, "sqlstate", None)
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return _from_sqlite(int(code) & 0xFF, cause)
    if state in _POSTGRES:
        kind, text = _POSTGRES[state]
        return kind(f"{text} ({state}).")
    if isinstance(error, sae.OperationalError) and state is None:
        return StoreError("The database server cannot be reached.", "Start it, or correct GREENROOM_DATABASE_URL.")
    return StoreError(f"The database refused: {_first_line(cause)}.")


def _from_sqlite(code: int, cause: BaseException) -> StoreError:
    if code in (11, 26):
        return StoreError("The file is damaged, or is no greenroom database.", DAMAGED)
    kind, text = _SQLITE.get(code, (StoreError, f"The database refused: {_first_line(cause)}"))
    return kind(f"{text} ({getattr(cause, 'sqlite_errorname', code)}).")


def from_os(error: OSError, path: Path) -> StoreFullError | StoreReadOnlyError:
    kind = StoreFullError if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO) else StoreReadOnlyError
    return kind(f"{path} cannot be written: {error.strerror}.", "Choose another folder, or free some space.")


def _first_line(cause: BaseException) -> str:
    return (str(cause).splitlines() or [type(cause).__name__])[0][:200]


@contextmanager
def translated() -> Iterator[None]:
    """Around everything that talks to a database. Errors of greenroom pass unchanged."""
    try:
        yield
    except GreenroomError:
        raise
    except sae.SQLAlchemyError as error:
        told = getattr(getattr(error, "orig", None), "sqlstate", None) is not None
        raise translate(error) from (None if told else error)  # PostgreSQL's detail lines quote whole rows
    except Exception as error:
        if hasattr(error, "sqlite_errorcode"):
            raise translate(error) from error
        raise
