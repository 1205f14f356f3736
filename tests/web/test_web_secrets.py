"""Canary secrets: what is put into the database's address, cookies and authorization headers is found nowhere again.

Looked through: logs at DEBUG (ours, the server's, the database library's), pages and API replies (errors and crashes too), the doctor's
findings, exports and backups.
"""

from __future__ import annotations

import base64
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from fastapi import Request
from test_web_access import all_routes
from web_serving import ME, Served, answered, said, serving
from web_verdicts import EverythingPlugin

from greenroom.builtin import Builtin
from greenroom.errors import GreenroomError
from greenroom.room import Parts, Room
from greenroom.room import data as room_data
from greenroom.settings import Settings

PASSWORD, COOKIE, TOKEN = "canary-Pw7!f3", "canary-cookie-91ac", "canary-token-5d20"
CANARIES = (
    PASSWORD, quote(PASSWORD, safe=""), COOKIE, TOKEN, base64.b64encode(f"me:{PASSWORD}".encode()).decode(),
)  # fmt: skip
SENT = {"cookie": f"session={COOKIE}; other={COOKIE}", "x-api-key": TOKEN}
AUTHORIZATIONS = (f"Bearer {TOKEN}", f"Basic {base64.b64encode(f'me:{PASSWORD}'.encode()).decode()}")


def canaries_in(*texts: str) -> list[str]:
    return [canary for canary in CANARIES for text in texts if canary in text]


@pytest.fixture
def loud(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every logger says all it can, also those that set a level of their own."""
    caplog.set_level(logging.DEBUG)
    names = ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "sqlalchemy.engine", "sqlalchemy.pool", "psycopg", "greenroom")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield caplog
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def room_at(home: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Room:
    """The address comes the way it does for a person: from the environment."""
    monkeypatch.setenv("GREENROOM_DATABASE_URL", url)
    settings = Settings(home=home, assessor="everything")
    assert settings.url == url
    return Room(settings, Parts(settings, given={"builtin": Builtin(), "everything": EverythingPlugin()}))


def sqlite_url(tmp_path: Path) -> str:
    """SQLite takes a user and a password in its address and ignores them: enough to see where they would turn up."""
    return f"sqlite://me:{PASSWORD}@/{tmp_path}/kept.db"


def replies(served: Served) -> list[httpx2.Response]:
    """Every route once, with secrets in its headers; most are errors of some kind."""
    found = []
    for authorization in AUTHORIZATIONS:
        with served.client(**SENT, authorization=authorization) as client:
            for route in all_routes(served.app):
                for method in route.methods - {"HEAD"}:
                    path = route.path.replace("{", "").replace("}", "")
                    kind = "application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded"
                    found.append(client.request(method, path, headers={"content-type": kind}, content=b"" if method == "GET" else b"{}"))
            found += [client.get(path) for path in ("/", "/nowhere", "/bank/attention", "/profile", "/progress", "/api/export", "/%00")]
            found.append(client.get("/", headers={"host": "evil.example"}))
    return found


def seen(reply: httpx2.Response) -> str:
    return f"{reply.headers} {reply.content.decode('latin-1')}"


def test_no_secret_comes_back_from_a_room_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loud: pytest.LogCaptureFixture) -> None:
    with room_at(tmp_path / "home", sqlite_url(tmp_path), monkeypatch) as room, serving(room) as served:
        logging.getLogger("uvicorn.error").setLevel(logging.DEBUG)
        view = answered(served, said(room))
        found = [seen(reply) for reply in replies(served)]
        with served.client(**SENT) as client, monkeypatch.context() as patched:
            patched.setattr(room.interview, "list", lambda *_, **__: 1 / 0)
            crashes = [client.get("/"), client.get("/api/sessions")]
        assert [reply.status_code for reply in crashes] == [500, 500]
        found += map(seen, crashes)
        room.data.export(ME, tmp_path / "export.zip")
        room.data.backup(tmp_path / "backup.db")
        doctor = [finding.model_dump_json() for finding in room.data.doctor()]
        assert any("me:***@" in each for each in doctor)
        with zipfile.ZipFile(tmp_path / "export.zip") as archive:
            kept = [archive.read(name).decode() for name in archive.namelist()]
        assert any(view.session.session_id in each for each in kept)
    assert canaries_in(*found, *doctor, *kept, (tmp_path / "backup.db").read_bytes().decode("latin-1")) == []
    assert "ZeroDivisionError" in loud.text, "the log has the traceback"
    assert any(record.name.startswith("sqlalchemy") for record in loud.records), "the loud loggers were heard"
    assert canaries_in(loud.text) == []


def test_no_secret_comes_back_when_the_database_server_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loud: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("psycopg", reason="NOT RUN: secrets of an unreachable PostgreSQL (pip install 'greenroom[server]')")
    url = f"postgresql://me:{quote(PASSWORD, safe='')}@127.0.0.1:1/greenroom"
    room = room_at(tmp_path / "home", url, monkeypatch)
    with pytest.raises(GreenroomError) as raised:
        room.open()
    with serving(room) as served:
        found = [seen(reply) for reply in replies(served)]
        assert any("cannot be reached" in each for each in found)
    doctor = [finding.model_dump_json() for finding in room.data.doctor()]
    room.close()
    assert canaries_in(*found, *doctor, str(raised.value), repr(raised.value), raised.value.hint) == []
    assert canaries_in(loud.text) == []


@pytest.mark.parametrize("url", [f"nothing://me:{PASSWORD}@x/y", f"postgresql://me:{PASSWORD}@[::1/y", f"sqlite://me:{PASSWORD}@/"])
def test_no_secret_comes_back_from_an_address_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loud: pytest.LogCaptureFixture, url: str
) -> None:
    room = room_at(tmp_path / "home", url, monkeypatch)
    with pytest.raises(GreenroomError) as raised:
        room.open()
    doctor = [finding.model_dump_json() for finding in room.data.doctor()]
    assert canaries_in(*doctor, str(raised.value), raised.value.hint, loud.text) == []


def test_control_secrets_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loud: pytest.LogCaptureFixture) -> None:
    """With the doctor's veil off, and with one careless line of logging."""
    monkeypatch.setattr(room_data, "without_password", lambda url: url)
    with room_at(tmp_path / "home", sqlite_url(tmp_path), monkeypatch) as room, serving(room) as served:

        @served.app.get("/careless")
        def careless(request: Request) -> str:
            logging.getLogger("greenroom.careless").debug("asked with %s", dict(request.headers))
            return str(request.cookies)

        assert canaries_in(*(finding.model_dump_json() for finding in room.data.doctor())) == [PASSWORD]
        with served.client(**SENT, authorization=AUTHORIZATIONS[0]) as client:
            assert canaries_in(seen(client.get("/careless"))) == [COOKIE]
    assert canaries_in(loud.text) == [COOKIE, TOKEN]
