"""A database for each test: SQLite in a temporary folder, and a throw-away PostgreSQL server where its programs are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from greenroom.store.store import Store

NOBODY = 65534


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The full sizes take minutes: only when they are asked for. The small ones always run."""
    if os.environ.get("GREENROOM_FULL") or "full" in (config.getoption("-m") or ""):
        return
    for item in items:
        if item.get_closest_marker("full") and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="full size not run: make test-full"))


def _find(program: str) -> str | None:
    places = [os.environ.get("PATH", ""), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
    return shutil.which(program, path=os.pathsep.join(places))


def _run(*command: str) -> None:
    """As an ordinary user: the server refuses to run as root."""
    rights: dict[str, object] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, **rights)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-500:]} {done.stderr[-500:]}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL prefix of a real server, reached through a socket in its own folder; fsync as in production."""
    missing = [program for program in ("initdb", "pg_ctl", "postgres") if _find(program) is None]
    if missing:
        pytest.skip(f"NOT TESTED ON POSTGRESQL: {', '.join(missing)} not installed (Debian: apt-get install postgresql)")
    pytest.importorskip("psycopg", reason="NOT TESTED ON POSTGRESQL: pip install 'greenroom[server]'")
    folder = Path(tempfile.mkdtemp(prefix="gr-pg-"))
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    data, control = str(folder / "data"), str(_find("pg_ctl"))
    try:
        _run(str(_find("initdb")), "-D", data, "-U", "postgres", "-A", "trust", "--encoding=UTF8", "--locale=C")
        _run(control, "-D", data, "-w", "-l", str(folder / "log"), "-o", f"-k {folder} -c listen_addresses=''", "start")
        yield f"postgresql://postgres@/%s?host={folder}"
    finally:
        subprocess.run([control, "-D", data, "-m", "immediate", "stop"], capture_output=True, **_rights(), check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _rights() -> dict[str, int]:
    return {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}


@pytest.fixture
def postgres_url(postgres: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database, dropped afterwards."""
    import psycopg

    name = f"t{abs(hash(request.node.nodeid))}"
    with psycopg.connect(postgres % "postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield postgres % name
    with psycopg.connect(postgres % "postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'greenroom.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url)
    yield opened
    opened.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'other.db'}")
    yield opened
    opened.close()
