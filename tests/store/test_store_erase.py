"""Everything of one person's, gone: no row, no word in the file, nobody else's touched."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_samples import OWNER
from test_store_archive import everything, fill

from greenroom.errors import StoreBusyError
from greenroom.store import connect
from greenroom.store.own.erase import erase_owner, wipe
from greenroom.store.store import Store
from greenroom.store.tables import metadata

WORDS = "half a thou"


def path_of(store: Store) -> Path:
    assert store.database.path is not None
    return store.database.path


def held(path: Path) -> bool:
    """Whether the draft's words stand in the database's files."""
    return any(WORDS.encode() in file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_nothing_of_the_person_is_left_and_nothing_of_others_is_touched(store: Store) -> None:
    nothing = everything(store)
    fill(store)
    fill(store, "somebody else")
    theirs = everything(store, "somebody else")
    counts = erase_owner(store, OWNER)
    assert counts["answers"] == 3 and counts["stories"] == 1 and counts["takes"] == 2
    assert everything(store) == nothing
    assert everything(store, "somebody else") == theirs
    assert erase_owner(store, OWNER) == {}


def test_every_table_with_an_owner_is_emptied(store: Store) -> None:
    fill(store)
    erase_owner(store, OWNER)
    with store.database.read() as connection:
        for table in metadata.sorted_tables:
            if "owner_id" in table.c:
                assert not connection.execute(table.select().where(table.c.owner_id == OWNER)).first(), table.name


@pytest.mark.parametrize("overwrites", [True, False])
def test_a_deleted_draft_is_overwritten_at_once_and_control(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, overwrites: bool) -> None:
    """Whatever this SQLite was built with: the control says OFF."""
    if not overwrites:
        monkeypatch.setitem(connect.PRAGMAS, "secure_delete", ("OFF", 0))
    store = Store.open(sqlite_url)
    path = path_of(store)
    fill(store)
    store.close()
    assert held(path), "control: the draft stands in the file"
    store = Store.open(sqlite_url)
    with store.database.write() as connection:
        connection.execute(sa.text("DELETE FROM drafts"))
    store.close()  # folds the log into the file
    assert held(path) is not overwrites


def test_what_an_earlier_greenroom_left_of_deleted_drafts_is_gone_after_erasing(sqlite_url: str) -> None:
    """It did not set the pragma, and its SQLite left deleted rows as they were."""
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setitem(connect.PRAGMAS, "secure_delete", ("OFF", 0))
        store = Store.open(sqlite_url)
        path = path_of(store)
        fill(store)
        with store.database.write() as connection:
            connection.execute(sa.text("DELETE FROM drafts"))
        store.close()
    store = Store.open(sqlite_url)
    assert held(path), "control: the words of the deleted draft stand in the file"
    erase_owner(store, OWNER)
    assert held(path), "control: deleting the rest does not reach them"
    wipe(store)
    assert not held(path), "in the file and its log, while it is open"
    assert path.with_name(path.name + "-wal").stat().st_size == 0
    store.close()
    assert not held(path)


def test_traces_that_cannot_be_wiped_are_not_passed_over(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "BUSY_SECONDS", 0.1)
    store = Store.open(sqlite_url)
    fill(store)
    with closing(sqlite3.connect(path_of(store), isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM drafts").fetchall()  # another program still sees the old pages
        erase_owner(store, OWNER)
        with pytest.raises(StoreBusyError, match="Everything is deleted, but the file may still hold traces") as caught:
            wipe(store)
        assert "try again" in caught.value.hint
    wipe(store)
    assert not held(path_of(store))
    store.close()
