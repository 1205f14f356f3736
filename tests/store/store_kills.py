"""Run by the tests as a program of its own: forks children that submit or migrate, kills them with SIGKILL, looks at what is left.

    store_kills.py submit FOLDER KILLS early|late      late: acknowledge after ``add_answer`` returned; early: before its commit
    store_kills.py migrate FOLDER whole|torn           torn: commit after every statement, as a migration without one transaction would
Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from sqlalchemy import event
from sqlalchemy.engine import Engine
from store_samples import OWNER, answered, make_attempt, make_session, submit

from greenroom.store import schema
from greenroom.store.connect import Database
from greenroom.store.store import Store

TURNS = 3


def fork(work: Callable[[], None]) -> int:
    """The child's id. Python 3.12 warns of threads at a fork; these children only use what they open themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    return child


def text_of(answer_id: str) -> str:
    return f"The words of {answer_id}. " * 20


def submit_for_ever(url: str, pipe: int, name: str, early: bool) -> None:
    """Each acknowledgement is one line written to the pipe."""
    store = Store.open(url)

    def person(number: int) -> None:
        for round_ in range(10**6):
            session_id = f"{name}-{number}-{round_}"
            store.save_session(OWNER, make_session(session_id, TURNS))
            for turn in range(TURNS):
                answer_id = f"{session_id}-{turn}"
                line = f"{answer_id}\n".encode()

                def change(session: Any, answer_id: str = answer_id, turn: int = turn, line: bytes = line) -> Any:
                    if early:
                        os.write(pipe, line)
                    return answered(answer_id, f"t{turn}")(session)

                store.add_answer(OWNER, make_attempt(answer_id, f"t{turn}", text_of(answer_id), session_id), change, 10**6)
                if not early:
                    os.write(pipe, line)

    people = [threading.Thread(target=person, args=(number,), daemon=True) for number in range(3)]
    for one in people:
        one.start()
    people[0].join()


def one_kill(url: str, name: str, early: bool, seconds: float) -> list[str]:
    """Ids acknowledged by a process that lived for ``seconds`` after its first acknowledgement."""
    read, write = os.pipe()
    child = fork(lambda: submit_for_ever(url, write, name, early))
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        first = pipe.readline()
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        rest = pipe.read()
    return [line for line in (first + rest).decode().split("\n")[:-1] if line]


def run_submissions(folder: Path, kills: int, early: bool) -> dict[str, Any]:
    url, dice = f"sqlite:///{folder / 'greenroom.db'}", random.Random(5)
    acknowledged: list[str] = []
    healthy: list[float] = []
    faults: list[str] = []
    for number in range(kills):
        acknowledged += one_kill(url, f"k{number}", early, dice.uniform(0, 0.12))
        began = time.perf_counter()
        store = Store.open(url)
        store.save_session(OWNER, make_session(f"alive-{number}"))
        submit_to = make_attempt(f"alive-{number}", session_id=f"alive-{number}")
        store.add_answer(OWNER, submit_to, answered(f"alive-{number}"), 10**6)
        healthy.append(time.perf_counter() - began)
        faults += [] if store.integrity() == "ok" else [store.integrity()]
        store.close()
    store = Store.open(url)
    kept = {attempt.answer_id: attempt.text for attempt in store.list_attempts(OWNER, limit=10**9)}
    halves = [s.session_id for s in store.list_sessions(OWNER, 10**9) for t in s.turns if t.answer_id and t.answer_id not in kept]
    store.close()
    lost = [answer_id for answer_id in acknowledged if kept.get(answer_id) != text_of(answer_id)]
    p95 = sorted(healthy)[int(len(healthy) * 0.95)]
    return {"acknowledged": len(acknowledged), "lost": len(lost), "faults": faults, "halves": halves, "healthy_p95_seconds": round(p95, 3)}


def shape(path: Path) -> tuple[str | None, frozenset[str]]:
    """(revision, every table with its columns, every index); the empty database is (None, {})."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        names = connection.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
        parts = {f"{kind} {name}" for kind, name in names}
        parts |= {f"{name}.{row[1]}" for kind, name in names if kind == "table" for row in connection.execute(f"PRAGMA table_info({name})")}
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if "table alembic_version" in parts else None
    return None if row is None else row[0], frozenset(parts)


def migrate_killed(path: Path, scripts: Path, head: str, at_statement: int, torn: bool) -> bool:
    """True when the child was killed; False when it came through before that many statements."""

    def work() -> None:
        seen = 0

        def before(*_: Any) -> None:
            nonlocal seen
            seen += 1
            if seen == at_statement:
                os.kill(os.getpid(), signal.SIGKILL)

        def after(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            raw = connection.connection.driver_connection
            if torn and statement.split()[0].upper() in ("CREATE", "ALTER", "INSERT", "UPDATE", "DROP", "DELETE"):
                raw.execute("COMMIT")
                raw.execute("BEGIN IMMEDIATE")

        event.listen(Engine, "before_cursor_execute", before)
        event.listen(Engine, "commit", before)
        event.listen(Engine, "after_cursor_execute", after)
        schema.migrate(Database(f"sqlite:///{path}"), scripts=scripts, head=head)
        before()  # once more, right after the commit

    return os.waitstatus_to_exitcode(os.waitpid(fork(work), 0)[1]) == -signal.SIGKILL


def next_scripts(folder: Path) -> Path:
    """The real migrations and one more, of the hard kind: it rebuilds a table that others refer to."""
    scripts = folder / "migrations"
    shutil.copytree(schema.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9999_next.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = '9999'\ndown_revision = '{schema.HEAD}'\nbranch_labels = None\ndepends_on = None\n"
        "def upgrade():\n"
        "    op.create_table('shelves', sa.Column('owner_id', sa.String(200), primary_key=True))\n"
        "    with op.batch_alter_table('answers', recreate='always') as batch:\n"
        "        batch.add_column(sa.Column('spoken', sa.Integer, nullable=False, server_default='0'))\n"
        "    op.create_index('ix_answers_spoken', 'answers', ['owner_id', 'spoken'])\n"
        "    op.execute(\"UPDATE answers SET spoken = 1 WHERE question_id = 'attention'\")\n"
    )
    return scripts


def run_migrations(folder: Path, torn: bool) -> dict[str, Any]:
    scripts = next_scripts(folder)
    old, empty = folder / "old.db", folder / "empty.db"
    store = Store.open(f"sqlite:///{old}")
    store.save_session(OWNER, make_session())
    submit(store)
    store.close()
    Database(f"sqlite:///{empty}").close()
    found: dict[str, Any] = {"kills": 0, "old": 0, "new": 0, "between": 0}
    for start, target in ((empty, schema.HEAD), (old, "9999")):
        whole = folder / f"whole-{target}.db"
        shutil.copy(start, whole)
        schema_scripts = schema.SCRIPTS if target == schema.HEAD else scripts
        assert not migrate_killed(whole, schema_scripts, target, 10**9, torn=False)
        shapes = {shape(start): "old", shape(whole): "new"}
        for number in range(1, 10**3):
            path = folder / f"{target}-{number}.db"
            shutil.copy(start, path)
            if not migrate_killed(path, schema_scripts, target, number, torn):
                break
            found["kills"] += 1
            found[shapes.get(shape(path), "between")] += 1
            if not torn and number % 5 == 0:  # and from there it comes through, with its rows
                assert not migrate_killed(path, schema_scripts, target, 10**9, torn=False) and shape(path) == shape(whole)
                with closing(sqlite3.connect(path)) as connection:
                    assert connection.execute("SELECT count(*) FROM answers").fetchone()[0] == (start == old)
            for tail in ("", "-wal", "-shm"):
                path.with_name(path.name + tail).unlink(missing_ok=True)
    return found


if __name__ == "__main__":
    room = Path(sys.argv[2])
    if sys.argv[1] == "submit":
        print(json.dumps(run_submissions(room, int(sys.argv[3]), sys.argv[4] == "early")))
    else:
        import alembic.command  # before the forks

        assert alembic
        print(json.dumps(run_migrations(room, sys.argv[3] == "torn")))
