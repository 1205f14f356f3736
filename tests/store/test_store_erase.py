"""Everything of one person's, gone: no row, no word in the file, nobody else's touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from store_samples import OWNER
from test_store_archive import everything, fill

from greenroom.store import connect
from greenroom.store.own.erase import erase_owner
from greenroom.store.store import Store
from greenroom.store.tables import metadata

WORDS = "half a thou"


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


@pytest.mark.parametrize("overwritten", [True, False])
def test_the_words_are_gone_from_the_file_and_control(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwritten: bool
) -> None:
    if not overwritten:  # control: only deleted, the words stay in the file
        monkeypatch.setattr("greenroom.store.own.erase.OVERWRITE", "PRAGMA secure_delete=OFF")
    store = Store.open(sqlite_url, connect=connect.connect_sqlite)
    path = store.database.path
    assert path is not None
    fill(store)
    erase_owner(store, OWNER)
    assert held(Path(path)) is not overwritten
    store.close()
