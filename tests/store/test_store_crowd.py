"""Many at once: threads, processes, a backup in the middle of it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from store_samples import HERE, OWNER, answered, at, judge, make_attempt, make_session, submit

from greenroom.errors import StoreBusyError
from greenroom.store import answers
from greenroom.store.store import Store


def together(number: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work(0)`` … ``work(number - 1)`` at one instant; returns what each returned or raised."""
    gate = threading.Barrier(number)
    found: list[Any] = [None] * number

    def one(index: int) -> None:
        gate.wait()
        try:
            found[index] = work(index)
        except BaseException as error:
            found[index] = error

    threads = [threading.Thread(target=one, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_500_duplicates_at_once_are_one_answer(store: Store) -> None:
    store.save_session(OWNER, make_session())
    found = together(500, lambda _: store.add_answer(OWNER, make_attempt(), answered(), 10))
    assert [error for error in found if isinstance(error, BaseException)] == []
    assert sum(is_new for _, _, is_new in found) == 1
    assert all((attempt, session) == found[0][:2] for attempt, session, _ in found), "everyone gets the same reply"
    assert len(store.list_attempts(OWNER)) == 1 and store.backlog() == 1
    assert judge(store) and store.claim("w", at(), 15) is None


def test_control_without_the_unique_key_and_the_look_there_are_many(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save_session(OWNER, make_session())
    with store.database.write() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS loose"))
        connection.execute(sa.text("CREATE TABLE loose AS SELECT owner_id, answer_id, text FROM answers"))

    gate = threading.Barrier(12)

    def careless(_: int) -> None:
        with store.database.read() as connection:
            seen = connection.scalar(sa.text("SELECT count(*) FROM loose"))
        gate.wait()
        if not seen:
            with store.database.write() as connection:
                connection.execute(sa.text("INSERT INTO loose VALUES ('local', 'a0', 'x')"))

    together(12, careless)
    with store.database.read() as connection:
        assert (connection.scalar(sa.text("SELECT count(*) FROM loose")) or 0) > 1


def test_one_claim_each(store: Store) -> None:
    store.save_session(OWNER, make_session(turns=20))
    for number in range(20):
        submit(store, f"a{number}", f"t{number}")
    found = together(16, lambda index: [store.claim(f"w{index}", at(), 15) for _ in range(2)])
    claimed = Counter(pair[1].answer_id for pairs in found for pair in pairs if pair)
    assert set(claimed.values()) == {1}
    while (pair := store.claim("rest", at(), 15)) is not None:
        claimed[pair[1].answer_id] += 1
    assert claimed == Counter({f"a{number}": 1 for number in range(20)})


def test_changes_of_one_session_do_not_overwrite_each_other(store: Store) -> None:
    store.save_session(OWNER, make_session(turns=16))
    together(16, lambda index: store.change_session(OWNER, "s1", answered(f"a{index}", f"t{index}")))
    assert [turn.answer_id for turn in store.get_session(OWNER, "s1").turns] == [f"a{index}" for index in range(16)]


CLAIMS = """
import json, sys
sys.path.insert(0, sys.argv[1])
from store_samples import at
from greenroom.store.store import Store
store, mine = Store.open(sys.argv[2]), []
print("ready", flush=True)
sys.stdin.readline()
while (pair := store.claim(sys.argv[3], at(), 15)) is not None:
    mine.append(pair[1].answer_id)
store.close()
print(json.dumps(mine))
"""


def test_processes_never_claim_the_same(url: str) -> None:
    store = Store.open(url)
    store.save_session(OWNER, make_session(turns=60))
    for number in range(60):
        submit(store, f"a{number}", f"t{number}")
    command = [sys.executable, "-c", CLAIMS, str(HERE), url]
    workers = [subprocess.Popen([*command, f"w{n}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for n in range(3)]
    for worker in workers:
        assert worker.stdout and worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()
    found = [json.loads(worker.communicate(timeout=60)[0]) for worker in workers]
    assert sorted(chain(*found)) == sorted(f"a{number}" for number in range(60))
    store.close()


def test_backup_under_load_is_one_moment_and_restores_equal(sqlite_url: str, tmp_path: Path) -> None:
    store = Store.open(sqlite_url)
    stop = threading.Event()

    def load() -> None:
        number = 0
        while not stop.is_set():
            store.save_session(OWNER, make_session(f"s{number}"))
            store.add_answer(OWNER, make_attempt(f"a{number}", session_id=f"s{number}"), answered(f"a{number}"), 10**6)
            number += 1

    thread = threading.Thread(target=load)
    thread.start()
    counts = []
    try:
        for number in range(5):
            acknowledged = {attempt.answer_id for attempt in store.list_attempts(OWNER, limit=10**6)}
            store.backup(tmp_path / f"b{number}.db")
            copy = Store.open(f"sqlite:///{tmp_path}/b{number}.db")
            kept = {attempt.answer_id for attempt in copy.list_attempts(OWNER, limit=10**6)}
            named = {turn.answer_id for session in copy.list_sessions(OWNER, 10**6) for turn in session.turns if turn.answer_id}
            assert acknowledged <= kept and named == kept and copy.integrity() == "ok" and copy.backlog() == len(kept)
            counts.append(len(kept))
            copy.close()
    finally:
        stop.set()
        thread.join()
    assert counts[-1] > counts[0], "there was load"
    store.backup(tmp_path / "last.db")
    copy = Store.open(f"sqlite:///{tmp_path}/last.db")
    assert copy.list_attempts(OWNER, limit=10**6) == store.list_attempts(OWNER, limit=10**6)
    assert copy.list_sessions(OWNER, 10**6) == store.list_sessions(OWNER, 10**6)
    copy.close()
    store.close()


def test_read_sees_one_moment(store: Store) -> None:
    store.save_session(OWNER, make_session())
    with store.database.read() as connection:
        assert answers.backlog(connection, None) == 0
        submit(store)
        assert answers.backlog(connection, None) == 0
    assert store.backlog() == 1


def test_two_stores_on_one_file_take_turns(sqlite_url: str) -> None:
    stores = [Store.open(sqlite_url) for _ in range(2)]
    stores[0].save_session(OWNER, make_session(turns=40))
    found = together(40, lambda index: submit(stores[index % 2], f"a{index}", f"t{index}"))
    assert [error for error in found if isinstance(error, StoreBusyError)] == [] and all(found)
    assert all(turn.answer_id for turn in stores[1].get_session(OWNER, "s1").turns)
    for store in stores:
        store.close()
