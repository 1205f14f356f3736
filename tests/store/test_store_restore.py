"""A database comes back from its backup, whole or not at all, and what was there is kept."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from store_kills import fork, next_scripts
from store_samples import OWNER, answered, make_attempt, make_session, submit
from store_whole import everything, fill

from greenroom.errors import ArchiveError, InputError, StoreBusyError, StoreError, StoreVersionError
from greenroom.store import connect, schema
from greenroom.store.archive import restore
from greenroom.store.store import Store


def test_restore_brings_back_and_keeps_the_old_one(sqlite_url: str, tmp_path: Path) -> None:
    store = Store.open(sqlite_url)
    fill(store)
    before = everything(store)
    store.backup(tmp_path / "backup.db")
    submit(store, "late", "t3")
    store.close()
    aside = restore(tmp_path / "backup.db", sqlite_url)
    assert aside is not None and aside.stat().st_mode & 0o777 == 0o600
    store, old = Store.open(sqlite_url), Store.open(f"sqlite:///{aside}")
    assert everything(store) == before and store.integrity() == "ok"
    assert old.find_attempt(OWNER, "late") is not None
    store.close()
    old.close()


def test_restore_to_an_empty_place(sqlite_url: str, tmp_path: Path, other: Store) -> None:
    fill(other)
    other.backup(tmp_path / "backup.db")
    assert restore(tmp_path / "backup.db", sqlite_url) is None
    store = Store.open(sqlite_url)
    assert everything(store) == everything(other)
    store.close()


def test_restore_over_a_damaged_database_keeps_its_files(sqlite_url: str, tmp_path: Path, other: Store) -> None:
    fill(other)
    other.backup(tmp_path / "backup.db")
    target = tmp_path / "greenroom.db"
    target.write_bytes(b"SQLite format 3\0" + os.urandom(9000))
    ruins = target.read_bytes()
    aside = restore(tmp_path / "backup.db", sqlite_url)
    assert aside is not None and aside.read_bytes() == ruins
    store = Store.open(sqlite_url)
    assert everything(store) == everything(other)
    store.close()


CANARY = "The canary sings in the log."


def files_of(path: Path) -> dict[str, bytes]:
    sides = {tail: path.with_name(path.name + tail) for tail in ("", "-wal", "-shm")}
    return {tail: side.read_bytes() for tail, side in sides.items() if side.exists()}


def killed_with_a_full_log(url: str) -> Path:
    """A home whose process was killed: everything that was acknowledged is in the log, and one page in the file."""

    def live() -> None:
        store = Store.open(url)
        fill(store)
        submit(store, "canary", "t3", CANARY)
        os.kill(os.getpid(), signal.SIGKILL)

    os.waitpid(fork(live), 0)
    path = Path(url.removeprefix("sqlite:///"))
    assert CANARY.encode() not in path.read_bytes() and CANARY.encode() in files_of(path)["-wal"]
    return path


def recovered(files: dict[str, bytes], folder: Path) -> list[str]:
    """The answers that SQLite itself finds in a log, beside a file of one page as every new home has it."""
    folder.mkdir()
    connect.Database(f"sqlite:///{folder / 'x.db'}").close()
    (folder / "x.db-wal").write_bytes(files["-wal"])
    with closing(sqlite3.connect(folder / "x.db")) as connection:
        return [row[0] for row in connection.execute("SELECT answer_id FROM answers")]


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def shredded(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + os.urandom(path.stat().st_size))


@pytest.mark.parametrize("ruin", [emptied, shredded, Path.unlink])
@pytest.mark.parametrize("whole", [True, False])
def test_restore_over_a_ruin_keeps_the_answers_in_its_log(
    whole: bool, ruin: Callable[[Path], None], sqlite_url: str, tmp_path: Path, other: Store
) -> None:
    """``whole``: the log holds every page; otherwise only those that changed since the last start."""
    other.save_session(OWNER, make_session("early"))
    other.backup(tmp_path / "backup.db")
    if not whole:
        Store.open(sqlite_url).close()
    path = killed_with_a_full_log(sqlite_url)
    ruin(path)
    before = files_of(path)
    aside = restore(tmp_path / "backup.db", sqlite_url)
    assert aside is not None and aside.exists()
    kept = files_of(aside.with_name(aside.name.removesuffix("-wal")))
    if whole and ruin is shredded:  # SQLite reads it as it is: the log stands for every page
        with closing(sqlite3.connect(aside)) as connection:
            assert ("canary",) in connection.execute("SELECT answer_id FROM answers").fetchall()
    else:
        assert kept == before and CANARY.encode() in kept["-wal"], "byte for byte, the log and its index too"
        assert not whole or "canary" in recovered(kept, tmp_path / "recovered")
    store = Store.open(sqlite_url)
    assert [s.session_id for s in store.list_sessions(OWNER)] == ["early"] and store.integrity() == "ok", "nothing of the old log is in it"
    store.close()


def test_sqlite_itself_drops_the_log_of_an_emptied_file(sqlite_url: str, tmp_path: Path) -> None:
    """The control: what restore and the room must keep from happening."""
    path = killed_with_a_full_log(sqlite_url)
    shutil.copytree(tmp_path, tmp_path / "copy")
    emptied(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    assert not path.with_name(path.name + "-wal").exists()
    assert "canary" in recovered(files_of(tmp_path / "copy" / path.name), tmp_path / "recovered")


def test_restore_over_a_sound_database_with_a_full_log_keeps_one_file(sqlite_url: str, tmp_path: Path, other: Store) -> None:
    other.backup(tmp_path / "backup.db")
    killed_with_a_full_log(sqlite_url)
    aside = restore(tmp_path / "backup.db", sqlite_url)
    assert aside is not None and set(files_of(aside)) == {""}
    old = Store.open(f"sqlite:///{aside}")
    assert old.find_attempt(OWNER, "canary") is not None and old.integrity() == "ok"
    old.close()


def test_restore_over_a_file_that_another_program_has_open_and_emptied(sqlite_url: str, tmp_path: Path, other: Store) -> None:
    """It is refused, and whoever has it open loses nothing: SQLite writes its log back when it closes."""
    other.backup(tmp_path / "backup.db")
    path, (told, ready), (go, closing_time) = Path(sqlite_url.removeprefix("sqlite:///")), os.pipe(), os.pipe()

    def live() -> None:
        store = Store.open(sqlite_url)
        fill(store)
        submit(store, "canary", "t3", CANARY)
        os.write(ready, b"!")
        os.read(go, 1)
        store.close()

    child = fork(live)
    try:
        os.read(told, 1)
        emptied(path)
        before = sorted(each.name for each in tmp_path.iterdir()), files_of(path)["-wal"]
        with pytest.raises(StoreBusyError):
            restore(tmp_path / "backup.db", sqlite_url)
        assert (sorted(each.name for each in tmp_path.iterdir()), files_of(path)["-wal"]) == before
    finally:  # a test that fails leaves no child behind
        os.write(closing_time, b"!")
        os.waitpid(child, 0)
        for pipe in (told, ready, go, closing_time):
            os.close(pipe)
    store = Store.open(sqlite_url)
    assert store.find_attempt(OWNER, "canary") is not None and store.integrity() == "ok"
    store.close()


def test_a_log_whose_file_was_deleted_is_touched_by_nobody(sqlite_url: str) -> None:
    path = killed_with_a_full_log(sqlite_url)
    path.unlink()
    before = files_of(path)
    with pytest.raises(StoreError) as caught:
        Store.open(sqlite_url)
    assert "its log is there" in caught.value.message and "greenroom.db-wal to another folder" in caught.value.hint
    assert files_of(path) == before
    for tail in before:  # the cure, followed
        path.with_name(path.name + tail).rename(path.with_name("moved" + tail))
    store = Store.open(sqlite_url)
    assert store.list_sessions(OWNER) == [] and store.integrity() == "ok"
    store.close()


def test_restore_while_in_use_harms_nobody(sqlite_url: str, tmp_path: Path, other: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "BUSY_SECONDS", 0.2)
    fill(other)
    other.backup(tmp_path / "backup.db")
    store = Store.open(sqlite_url)
    store.save_session(OWNER, make_session("mine"))
    with pytest.raises(StoreBusyError):
        restore(tmp_path / "backup.db", sqlite_url)
    assert store.get_session(OWNER, "mine") and store.integrity() == "ok"
    store.close()


def test_restore_killed_at_any_moment_is_old_or_new(sqlite_url: str, tmp_path: Path, other: Store) -> None:
    other.save_session(OWNER, make_session("new", turns=40))
    for number in range(40):
        attempt = make_attempt(f"a{number}", f"t{number}", "x" * 9000, "new")
        other.add_answer(OWNER, attempt, answered(f"a{number}", f"t{number}"), 1000)
    other.backup(tmp_path / "backup.db")
    store = Store.open(sqlite_url)
    store.save_session(OWNER, make_session("old"))
    store.close()
    start = tmp_path / "start.db"
    shutil.copy(tmp_path / "greenroom.db", start)
    seen = set()
    for number in range(24):
        for tail in ("-wal", "-shm"):
            (tmp_path / f"greenroom.db{tail}").unlink(missing_ok=True)
        shutil.copy(start, tmp_path / "greenroom.db")

        def bring_back(seconds: float = 0.001 + number * 0.003) -> None:
            threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()
            restore(tmp_path / "backup.db", sqlite_url)

        os.waitpid(fork(bring_back), 0)
        store = Store.open(sqlite_url)
        sessions = [session.session_id for session in store.list_sessions(OWNER)]
        assert store.integrity() == "ok" and sessions in (["old"], ["new"])
        assert len(store.list_attempts(OWNER)) == (40 if sessions == ["new"] else 0)
        seen.add(sessions[0])
        store.close()
    assert "old" in seen


def wrecked(name: str, good: Path, bad: Path) -> None:
    """A file that is no proper backup."""
    shutil.copy(good, bad)
    data = good.read_bytes()
    statements = {
        "a trigger": "CREATE TRIGGER t AFTER INSERT ON answers BEGIN DELETE FROM answers; END",
        "a view": "CREATE VIEW v AS SELECT 1",
        "a virtual table": "CREATE VIRTUAL TABLE f USING fts5(x)",
        "a table less": "DROP TABLE cards",
        "a column less": "ALTER TABLE profiles RENAME COLUMN body TO soul",
        "a broken reference": "INSERT INTO drafts VALUES ('nobody', 's', 't', 'x', 0)",
        "newer": "UPDATE alembic_version SET version_num = '9999'",
        "no version": "DROP TABLE alembic_version",
    }
    if name in statements:
        with closing(sqlite3.connect(bad)) as connection:
            connection.execute(statements[name])
            connection.commit()
    elif name == "a folder":
        bad.unlink()
        bad.mkdir()
    elif name == "half of it":
        bad.write_bytes(data[: len(data) // 2])
    elif name == "noise inside":
        bad.write_bytes(data[:8192] + os.urandom(len(data) - 8192))
    elif name == "a live database":
        Path(f"{bad}-wal").write_bytes(b"not yet in the file")
    else:
        bad.write_bytes({"empty": b"", "a letter": b"Dear Sir, " * 999, "a head only": b"SQLite format 3\0"}[name])


WRECKS = [
    "a trigger", "a view", "a virtual table", "a table less", "a column less", "a broken reference", "newer", "no version",
    "a folder", "half of it", "noise inside", "a live database", "empty", "a letter", "a head only", "missing",
]  # fmt: skip


@pytest.mark.parametrize("name", WRECKS)
def test_bad_backup_changes_nothing(name: str, sqlite_url: str, tmp_path: Path) -> None:
    store = Store.open(sqlite_url)
    fill(store)
    before = everything(store)
    room = tmp_path / "room"
    room.mkdir()
    store.backup(tmp_path / "good.db")
    store.close()
    if name != "missing":
        wrecked(name, tmp_path / "good.db", room / "bad.db")
    files = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(StoreVersionError if name == "newer" else ArchiveError) as caught:
        restore(room / "bad.db", sqlite_url)
    assert caught.value.hint
    assert sorted(path.name for path in tmp_path.iterdir()) == files
    store = Store.open(sqlite_url)
    assert everything(store) == before
    store.close()


def test_backup_over_the_database_itself_or_of_a_server(store: Store, tmp_path: Path) -> None:
    place = store.database.path or tmp_path / "x.db"
    with pytest.raises(InputError) as caught:
        store.backup(place)
    assert caught.value.hint


def test_older_backup_is_brought_to_this_schema(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(sqlite_url)
    fill(store)
    store.backup(tmp_path / "old.db")
    store.close()
    scripts = next_scripts(tmp_path)
    monkeypatch.setattr(schema.migrate, "__kwdefaults__", {"scripts": scripts, "head": "9999"})
    restore(tmp_path / "old.db", sqlite_url)
    store = Store.open(sqlite_url)
    assert store.facts()["schema"] == "9999" and len(store.list_attempts(OWNER)) == 3 and store.integrity() == "ok"
    store.close()
    monkeypatch.undo()
    with pytest.raises(StoreVersionError):
        Store.open(sqlite_url)
