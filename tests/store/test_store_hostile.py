"""Hostile archives change nothing: no row, no file, no lasting memory. With the checks off, some do."""

from __future__ import annotations

import hashlib
import tracemalloc
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_hostile import MADE, careless_extract, make_zip
from store_samples import OWNER, make_session
from test_store_archive import everything, fill

from greenroom.errors import ArchiveError, InputError
from greenroom.store import archive, extract
from greenroom.store.archive import export_owner, import_owner
from greenroom.store.store import Store


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a real export."""
    folder = tmp_path_factory.mktemp("good")
    store = Store.open(f"sqlite:///{folder / 'x.db'}")
    fill(store)
    export_owner(store, OWNER, folder / "good.zip")
    store.close()
    with zipfile.ZipFile(folder / "good.zip") as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'greenroom.db'}")
    store.save_session(OWNER, make_session("mine"))
    yield store
    store.close()


def make(name: str, good: dict[str, bytes], folder: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile warns of duplicate names
        data = MADE[name](good)
    path = folder / "in" / "hostile.zip"
    path.parent.mkdir()
    path.write_bytes(data)
    return path


def state(store: Store, folder: Path) -> tuple[object, ...]:
    assert store.database.path is not None
    with store.database.read() as connection:
        rows = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    return hashlib.sha256(rows.encode()).hexdigest(), sorted(str(p) for p in folder.rglob("*")), sorted(folder.parent.iterdir())


def test_there_are_forty_and_the_good_one_is_good(good: dict[str, bytes], target: Store, tmp_path: Path) -> None:
    assert len(MADE) >= 40
    (tmp_path / "good.zip").write_bytes(make_zip(good))
    assert import_owner(target, OWNER, tmp_path / "good.zip")["answers"] == 3
    assert len(everything(target)["answers"]) == 3  # type: ignore[arg-type]


@pytest.mark.parametrize("name", MADE)
def test_hostile_archive_changes_nothing(name: str, good: dict[str, bytes], target: Store, tmp_path: Path) -> None:
    path = make(name, good, tmp_path)
    before = state(target, tmp_path)
    tracemalloc.start()
    with pytest.raises(ArchiveError) as caught:
        import_owner(target, OWNER, path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert state(target, tmp_path) == before
    assert caught.value.hint and len(caught.value.message) < 400
    assert peak < 100_000_000, f"took {peak:,} bytes"
    assert not Path("/tmp/outside.txt").exists()


@pytest.mark.parametrize("what", ["folder", "missing", "huge"])
def test_path_that_is_no_archive(what: str, target: Store, tmp_path: Path) -> None:
    path = tmp_path / "there.zip"
    if what == "folder":
        path.mkdir()
    elif what == "huge":
        with path.open("wb") as file:
            file.truncate(10 * extract.ARCHIVE_LIMIT)
    with pytest.raises(ArchiveError) as caught:
        import_owner(target, OWNER, path)
    assert caught.value.hint


def test_control_a_careless_extractor_writes_outside(good: dict[str, bytes], tmp_path: Path) -> None:
    path = make("entry '../../outside.txt'", good, tmp_path)
    careless_extract(path, tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "outside.txt").read_bytes() == b"owned"


def test_control_without_the_checks_hostile_ones_come_in(
    good: dict[str, bytes], target: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "_check_end", lambda data: None)
    monkeypatch.setattr(extract, "_check_entries", lambda entries, names, newer: None)
    monkeypatch.setattr(archive, "_check_inside", lambda value: None)
    monkeypatch.setattr(archive, "_check_unique", lambda content: None)
    monkeypatch.setattr(archive, "_check_references", lambda content: None)
    came_in = []
    for number, name in enumerate(MADE):
        if "bomb" in name:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            import_owner(target, f"owner{number}", make(name, good, folder))
        except Exception:  # some still fail somewhere, with whatever error
            continue
        came_in.append(name)
    print(f"{len(came_in)} of {len(MADE)} come in without the checks: {came_in}")
    assert len(came_in) >= 10


def test_import_that_fails_at_the_very_end_leaves_nothing(
    good: dict[str, bytes], target: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge = archive._merge

    def fail_late(connection: object, owner_id: str, content: archive.Content) -> dict[str, int]:
        assert merge(connection, owner_id, content)["answers"] == 3  # type: ignore[arg-type]
        raise InputError("at the very end")

    (tmp_path / "good.zip").write_bytes(make_zip(good))
    before = state(target, tmp_path)
    monkeypatch.setattr(archive, "_merge", fail_late)
    with pytest.raises(ArchiveError):
        import_owner(target, OWNER, tmp_path / "good.zip")
    assert state(target, tmp_path) == before


def test_control_without_the_promises_a_broken_session_comes_in(
    good: dict[str, bytes], target: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "check_promises", lambda *values: None)
    import_owner(target, OWNER, make("inside: a quote that was not said", good, tmp_path))
    attempt = target.get_attempt(OWNER, "a0")
    assert attempt.assessment is not None
    point = attempt.assessment.points[0]
    assert point.span is not None and attempt.text[slice(*point.span)] != point.quote
