"""A person's data goes out and comes back the same, all or nothing; a database comes back from its backup."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from store_kills import fork, next_scripts
from store_samples import OWNER, answered, at, judge, make_attempt, make_card, make_session, make_take, submit

from greenroom.errors import ArchiveError, InputError, StoreBusyError, StoreReadOnlyError, StoreVersionError
from greenroom.interview.attempt import Dispute
from greenroom.prep.asks.ask import Ask
from greenroom.prep.profile import Profile
from greenroom.prep.story import Story
from greenroom.prep.use import StoryUse
from greenroom.store import connect, schema
from greenroom.store.archive import KINDS, export_owner, import_owner, restore
from greenroom.store.store import Store


def fill(store: Store, owner_id: str = OWNER) -> None:
    store.save_session(owner_id, make_session(turns=4))
    for number in range(3):
        submit(store, f"a{number}", f"t{number}", f"Answer {number} \u2028 \\u0000 \U0001f600", owner_id)
    judge(store)
    store.claim("w9", at(8), 15)
    store.put_draft(owner_id, "s1", "t3", "half a thou", at(9))
    store.add_dispute(owner_id, Dispute(answer_id="a0", target="p1", view="No.", disputed_at=at(10)))
    store.put_take(owner_id, make_take("b" * 32, begun=2))
    store.put_take(owner_id, make_take("a" * 32, begun=1))
    store.stories.add(owner_id, Story(story_id="st", title="The bill", text="It fell. \u2028", made_at=at(3), changed_at=at(4)))
    store.stories.note_use(owner_id, StoryUse(answer_id="a0", story_id="st", question_id="attention", share=0.5, used_at=at(5)))
    for number in range(2):
        store.asks.add(owner_id, Ask(ask_id=f"k{number}", round="peer", text=f"Why {number}?", made_at=at(number)))
    store.save_profile(owner_id, Profile(company="Ø & Sons"))


def everything(store: Store, owner_id: str = OWNER) -> dict[str, object]:
    return {
        "sessions": store.list_sessions(owner_id, 10**6),
        "answers": [a if a.status == "done" else a.model_copy(update={"status": "pending"}) for a in store.list_attempts(owner_id)],
        "drafts": [store.find_draft(owner_id, "s1", f"t{n}") for n in range(4)],
        "cards": store.list_cards(owner_id),
        "events": store.list_events(owner_id),
        "disputes": store.list_disputes(owner_id),
        "takes": store.list_takes(owner_id),
        "stories": store.stories.list(owner_id),
        "uses": store.stories.uses(owner_id),
        "asks": store.asks.list(owner_id),
        "profile": store.get_profile(owner_id),
    }


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'other.db'}")
    yield opened
    opened.close()


def test_round_trip_and_once_more(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    held = {"sessions": 1, "answers": 3, "drafts": 1, "cards": 1, "events": 1, "disputes": 1, "takes": 2, "profile": 1}
    counts = dict.fromkeys(KINDS, 0) | held | {"stories": 1, "uses": 1, "asks": 2}
    assert export_owner(store, OWNER, tmp_path / "mine.zip") == counts
    assert import_owner(other, "someone", tmp_path / "mine.zip") == counts
    assert everything(other, "someone") == everything(store)
    assert other.backlog() == 2 and other.claim("w", at(), 15) is not None  # what was running there waits here
    assert import_owner(other, "someone", tmp_path / "mine.zip") == dict.fromkeys(counts, 0)
    assert everything(other, "someone") == everything(store)
    assert import_owner(store, OWNER, tmp_path / "mine.zip") == dict.fromkeys(counts, 0)


def test_export_holds_one_owner_and_is_private(store: Store, tmp_path: Path) -> None:
    fill(store)
    fill(store, "mallory")
    store.save_profile("mallory", Profile(company="Evil Corp"))
    export_owner(store, OWNER, tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        text = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Evil" not in text and b"mallory" not in text
    assert (tmp_path / "mine.zip").stat().st_mode & 0o777 == 0o600
    assert export_owner(store, "nobody", tmp_path / "none.zip")["sessions"] == 0


def test_what_is_there_stays_and_what_went_on_goes_on(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    export_owner(store, OWNER, tmp_path / "early.zip")
    import_owner(other, OWNER, tmp_path / "early.zip")
    submit(store, "a3", "t3")
    store.save_profile(OWNER, Profile(company="New"))
    export_owner(store, OWNER, tmp_path / "late.zip")
    assert import_owner(other, OWNER, tmp_path / "late.zip")["answers"] == 1
    assert other.get_session(OWNER, "s1").turns[3].answer_id == "a3" and other.get_profile(OWNER).company == "Ø & Sons"
    assert import_owner(other, OWNER, tmp_path / "early.zip") == dict.fromkeys(KINDS, 0)
    assert other.get_session(OWNER, "s1").turns[3].answer_id == "a3", "an older archive undoes nothing"


def test_sessions_that_went_on_differently_are_kept_apart(store: Store, other: Store, tmp_path: Path) -> None:
    for one, answer_id in ((store, "mine"), (other, "yours")):
        one.save_session(OWNER, make_session())
        submit(one, answer_id, "t0")
    export_owner(store, OWNER, tmp_path / "mine.zip")
    assert import_owner(other, OWNER, tmp_path / "mine.zip")["answers"] == 0
    assert [a.answer_id for a in other.list_attempts(OWNER)] == ["yours"]


def test_same_id_with_other_words_changes_nothing(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    export_owner(store, OWNER, tmp_path / "mine.zip")
    other.save_session(OWNER, make_session())
    submit(other, "a2", "t0", "Other words.")
    before = everything(other)
    with pytest.raises(ArchiveError):
        import_owner(other, OWNER, tmp_path / "mine.zip")
    assert everything(other) == before


def test_export_to_a_bad_place(store: Store, tmp_path: Path) -> None:
    fill(store)
    with pytest.raises(StoreReadOnlyError) as caught:
        export_owner(store, OWNER, tmp_path / "no" / "such" / "folder.zip")
    assert caught.value.hint


def test_export_is_readable_by_anything(store: Store, tmp_path: Path) -> None:
    fill(store)
    export_owner(store, OWNER, tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        answers = [json.loads(line) for line in archive.read("answers.jsonl").splitlines()]
    assert manifest["format"] == "greenroom-export" and manifest["counts"]["answers"] == len(answers) == 3


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


def test_head_is_the_newest_script() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(schema.SCRIPTS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_migrations_make_exactly_the_tables(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from greenroom.store.tables import metadata

    with store.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_cards_reviewed_later_win(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    export_owner(store, OWNER, tmp_path / "mine.zip")
    import_owner(other, OWNER, tmp_path / "mine.zip")
    with other.database.write() as connection:
        from greenroom.store import reviews

        reviews.put_cards(connection, OWNER, [make_card(due=900, reviewed=500)])
    assert import_owner(other, OWNER, tmp_path / "mine.zip")["cards"] == 0
    assert other.list_cards(OWNER) == [make_card(due=900, reviewed=500)]
