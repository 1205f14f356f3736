"""Locked, full, read-only, newer, damaged: a sentence with a cure, nothing falsely acknowledged, well again without a restart."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from store_kills import fork
from store_samples import OWNER, at, make_session, submit

from greenroom.errors import (
    ExtraMissingError,
    GreenroomError,
    InputError,
    NotFoundError,
    StoreBusyError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
    StoreVersionError,
)
from greenroom.store import connect, faults
from greenroom.store.backup import restore
from greenroom.store.connect import PRAGMAS, apply_pragmas, connect_sqlite
from greenroom.store.store import Store

SECRET = "my-private-words"


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def hasty(path: str) -> sqlite3.Connection:
    """Waits a tenth of a second for a lock."""
    return sqlite3.connect(path, timeout=0.1, isolation_level=None, check_same_thread=False)


def as_nobody(work: Callable[[], None]) -> str:
    """Run in a child without root's rights; returns the name of what it raised."""
    read, write = os.pipe()

    def act() -> None:
        name = "nothing"
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
            work()
        except GreenroomError as error:
            name = f"{type(error).__name__} {error.message} {error.hint}"
        except BaseException:
            name = traceback.format_exc()
        os.write(write, name.encode())

    os.waitpid(fork(act), 0)
    os.close(write)
    with os.fdopen(read) as pipe:
        return pipe.read()


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """Files may not grow beyond ``size``: what a full disk does to a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_every_connection_keeps_the_rules(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    with store.database.read() as first, store.database.read() as second, store.database.write() as writer:
        for connection in (first, second, writer):
            held = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}
            assert held == {name: value for name, (_, value) in PRAGMAS.items()}
        assert first.exec_driver_sql("PRAGMA query_only").scalar() == 1
    store.close()


@pytest.mark.parametrize("name", sorted(PRAGMAS))
def test_pragma_that_does_not_hold_is_noticed(name: str, tmp_path: Path) -> None:
    class Deaf(sqlite3.Connection):
        """Says yes to every pragma and forgets one."""

        def cursor(self, *args: Any) -> Any:
            class Cursor(sqlite3.Cursor):
                def execute(self, sql: str, *rest: Any) -> Any:
                    wrong = {"journal_mode": "DELETE", "synchronous": "NORMAL", "mmap_size": "65536", "foreign_keys": "OFF"}
                    value = wrong.get(name, "ON" if name == "trusted_schema" else "OFF")
                    return super().execute(f"PRAGMA {name}={value}" if sql.startswith(f"PRAGMA {name}=") else sql, *rest)

            return super().cursor(Cursor)

    with closing(sqlite3.connect(tmp_path / "x.db", factory=Deaf)) as connection, pytest.raises(StoreError) as caught:
        apply_pragmas(connection, reader=False)
    assert name in caught.value.message and caught.value.hint
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        apply_pragmas(connection, reader=False)


def test_locked_by_another_program(sqlite_url: str) -> None:
    store = Store.open(sqlite_url, connect=hasty)
    store.save_session(OWNER, make_session(turns=2))
    with closing(hasty(str(path_of(sqlite_url)))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError) as caught:
            submit(store)
        assert caught.value.hint
        assert store.get_session(OWNER, "s1") and store.find_attempt(OWNER, "a0") is None  # reading goes on
        other.execute("ROLLBACK")
    assert submit(store) and store.integrity() == "ok"
    store.close()


def test_locked_while_opening(sqlite_url: str) -> None:
    Store.open(sqlite_url).close()
    with closing(hasty(str(path_of(sqlite_url)))) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusyError):
            Store.open(sqlite_url, connect=hasty)
    Store.open(sqlite_url).close()


def test_too_many_in_line_in_this_process(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(sqlite_url)
    monkeypatch.setattr(connect, "QUEUE_SECONDS", 0.05)
    with store.database.write(), pytest.raises(StoreBusyError):
        store.ensure_owner(OWNER, at())
    store.ensure_owner(OWNER, at())
    store.close()


def test_disk_full_is_no_acknowledgement_and_no_end(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    store.save_session(OWNER, make_session(turns=40))
    kept: list[str] = []
    log = path_of(sqlite_url).with_name("greenroom.db-wal")
    with file_limit(log.stat().st_size + 400_000):
        with pytest.raises(StoreFullError) as caught:
            for number in range(40):
                submit(store, f"a{number}", f"t{number}", "x" * 5000)
                kept.append(f"a{number}")
        assert caught.value.hint and 0 < len(kept) < 40
        with pytest.raises(StoreFullError):
            submit(store, "b", f"t{len(kept)}", "x" * 400_000)
        assert [a.answer_id for a in store.list_attempts(OWNER)] == kept  # reading goes on
    lost = f"a{len(kept)}"
    assert submit(store, lost, f"t{len(kept)}", "x" * 5000), "the same store takes it once there is room"
    assert [a.answer_id for a in store.list_attempts(OWNER)] == [*kept, lost] and store.integrity() == "ok"
    store.close()


def test_full_database_and_full_backup(sqlite_url: str, tmp_path: Path) -> None:
    def small(path: str) -> sqlite3.Connection:
        connection = connect_sqlite(path)
        connection.execute("PRAGMA max_page_count=60")
        return connection

    store = Store.open(sqlite_url, connect=small)
    store.save_session(OWNER, make_session(turns=2))
    with pytest.raises(StoreFullError):
        submit(store, text="x" * 400_000)
    assert submit(store) and store.integrity() == "ok"
    target = tmp_path / "backup.db"
    target.write_bytes(b"the backup of yesterday")
    with file_limit(20_000), pytest.raises(StoreFullError):
        store.backup(target)
    assert target.read_bytes() == b"the backup of yesterday" and not list(tmp_path.glob(".backup*"))
    store.close()


def test_read_only_file_and_folder(sqlite_url: str, tmp_path: Path) -> None:
    store = Store.open(sqlite_url)
    store.save_session(OWNER, make_session())
    store.close()
    open_room = Path("/tmp") / f"gr-ro-{os.getpid()}"
    shutil.copytree(tmp_path, open_room)
    try:
        open_room.chmod(0o555)
        (open_room / "greenroom.db").chmod(0o444)
        found = as_nobody(lambda: submit(Store.open(f"sqlite:///{open_room}/greenroom.db")))
        assert found.startswith("StoreReadOnlyError") and "GREENROOM_HOME" in found
        assert as_nobody(lambda: Store.open(f"sqlite:///{open_room}/new/x.db").close()).startswith("StoreReadOnlyError")
        (open_room / "greenroom.db").chmod(0o000)
        assert as_nobody(lambda: Store.open(f"sqlite:///{open_room}/greenroom.db").close()).startswith("StoreReadOnlyError")
        (open_room / "greenroom.db").chmod(0o666)
        open_room.chmod(0o777)
        assert as_nobody(lambda: submit(Store.open(f"sqlite:///{open_room}/greenroom.db"))) == "nothing"
    finally:
        shutil.rmtree(open_room)


def test_newer_schema(url: str) -> None:
    store = Store.open(url)
    store.save_session(OWNER, make_session())
    with store.database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreVersionError) as caught:
        Store.open(url)
    assert "9999" in caught.value.message and "pip install -U" in caught.value.hint
    store = Store.__new__(Store)
    store.__init__(connect.Database(url))  # type: ignore[misc]
    assert store.get_session(OWNER, "s1") == make_session()  # untouched
    store.close()


def test_file_of_another_program(sqlite_url: str) -> None:
    with closing(sqlite3.connect(path_of(sqlite_url))) as other:
        other.execute("CREATE TABLE bookmarks (x)")
    with pytest.raises(StoreError) as caught:
        Store.open(sqlite_url)
    assert "another program" in caught.value.message
    with closing(sqlite3.connect(path_of(sqlite_url))) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]


def test_damaged_file(sqlite_url: str) -> None:
    path_of(sqlite_url).write_bytes(b"this is a letter, not a database. " * 500)
    with pytest.raises(StoreError) as caught:
        Store.open(sqlite_url)
    assert "greenroom restore" in caught.value.hint


def test_an_empty_file_where_a_database_was_is_damage_and_a_new_home_is_not(sqlite_url: str, tmp_path: Path) -> None:
    Store.open(sqlite_url).close()
    store = Store.open(sqlite_url)
    store.save_session(OWNER, make_session())
    backup = tmp_path / "backup.db"
    store.backup(backup)
    path = path_of(sqlite_url)
    log = path.with_name(path.name + "-wal")
    pages = log.read_bytes()
    store.close()
    os.truncate(path, 0)
    log.write_bytes(pages)
    with pytest.raises(StoreError) as caught:
        Store.open(sqlite_url)
    assert "the file is empty" in caught.value.message
    assert "greenroom restore" in caught.value.hint and "delete" not in caught.value.hint
    assert path.stat().st_size == 0 and log.read_bytes() == pages, "nothing is touched: SQLite would drop the log"
    restore(backup, sqlite_url)
    store = Store.open(sqlite_url)
    assert store.get_session(OWNER, "s1")
    store.close()


def test_many_begin_in_a_new_home_at_once_and_none_sees_an_empty_file(tmp_path: Path) -> None:
    for number in range(20):
        url, gate = f"sqlite:///{tmp_path / str(number) / 'greenroom.db'}", Barrier(4)

        def begin(url: str = url, gate: Barrier = gate) -> None:
            gate.wait()
            connect.Database(url).close()

        with ThreadPoolExecutor(4) as pool:
            for begun in [pool.submit(begin) for _ in range(4)]:
                begun.result()
        assert [file.name for file in (tmp_path / str(number)).iterdir()] == ["greenroom.db"]


@pytest.mark.parametrize("fault", [PermissionError(errno.EPERM, "x"), OSError(errno.ENOTSUP, "x")])
def test_a_file_system_without_hard_links(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, fault: OSError) -> None:
    def refuse(*_: Any) -> None:
        raise fault

    monkeypatch.setattr(os, "link", refuse)
    store = Store.open(sqlite_url)
    assert store.integrity() == "ok" and oct(path_of(sqlite_url).stat().st_mode & 0o777) == "0o600"
    store.close()


def test_damaged_page_is_told_and_found(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    store.save_session(OWNER, make_session(turns=60))
    for number in range(60):
        submit(store, f"a{number}", f"t{number}", "x" * 3000)
    store.close()
    with path_of(sqlite_url).open("r+b") as file:
        file.seek(4096 * 20)
        file.write(os.urandom(4096 * 30))
    try:
        store = Store.open(sqlite_url)
        assert store.integrity() != "ok"
        store.close()
    except StoreError as error:
        assert "greenroom restore" in error.hint


@pytest.mark.parametrize(
    "bad", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://u:s3cret@h/d", "sqlite:///x?mode=ro", "://s3cret"]
)
def test_url_that_names_no_database(bad: str) -> None:
    with pytest.raises(InputError) as caught:
        Store.open(bad)
    assert caught.value.hint and "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_no_database_and_none_wanted(sqlite_url: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        Store.open(sqlite_url, create=False)
    assert caught.value.hint and not path_of(sqlite_url).exists()


def test_file_is_for_its_owner_only(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    store.save_session(OWNER, make_session())
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in path_of(sqlite_url).parent.iterdir()}
    assert modes == {name: "0o600" for name in ("greenroom.db", "greenroom.db-wal", "greenroom.db-shm")}
    store.close()


def test_server_that_is_not_there() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError) as caught:
        Store.open(f"postgresql://me:{SECRET}@127.0.0.1:1/x")
    assert "Start it" in caught.value.hint
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_postgres_without_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ExtraMissingError) as caught:
        Store.open("postgresql://h/x")
    assert "greenroom[server]" in caught.value.hint


@pytest.mark.postgres
def test_postgres_read_only_and_locked(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "BUSY_SECONDS", 1)
    store = Store.open(postgres_url)
    store.save_session(OWNER, make_session(turns=2))
    with store.database.write(OWNER), pytest.raises(StoreBusyError):
        submit(store)
    with pytest.raises(StoreReadOnlyError), store.database.write() as connection:
        connection.execute(sa.text("SET TRANSACTION READ ONLY"))
        connection.execute(sa.text("DELETE FROM drafts"))
    assert submit(store)
    store.close()


def test_values_are_never_in_an_error(store: Store) -> None:
    store.ensure_owner(OWNER, at())
    with pytest.raises(GreenroomError) as caught, store.database.write() as connection:
        connection.execute(sa.text("INSERT INTO drafts (owner_id, text) VALUES (:o, :t)"), {"o": OWNER, "t": SECRET})
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_every_mapped_fault_has_a_cure() -> None:
    for kind, _ in [*faults._SQLITE.values(), *faults._POSTGRES.values()]:
        assert kind("x").hint
