"""The foot of every page says where things go, and is true: with a server, with a database elsewhere, and read from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from web_serving import alone, everything

from greenroom.settings import Settings
from greenroom.web.app import create_app
from greenroom.web.whereto import find_database, find_model

STAYS, SERVER = "Everything stays on this machine.", "https://models.example.org"
LOCAL, REMOTE = (
    {"judge_url": url, "judge_model": "scripted", "interviewer": False} for url in ("http://127.0.0.1:1/v1", f"{SERVER}:443/v1")
)


Get = Callable[..., str]


@contextmanager
def client(home: Path, host: str = "127.0.0.1:8713", **given: Any) -> Iterator[Get]:
    """The text of a page of the app as ``given`` sets it up; nothing is judged, so nothing is sent."""
    with everything(home) as room:
        app = create_app(room, room.settings.model_copy(update={"allowed_hosts": ("room.example.org:8713",), **given}))

        async def fetch(path: str, headers: dict[str, str]) -> str:
            transport = httpx2.ASGITransport(app)
            async with httpx2.AsyncClient(transport=transport, base_url=f"http://{host}") as asked:
                return (await asked.get(path, headers=headers)).text

        yield lambda path, **headers: alone(fetch(path, headers))


@pytest.mark.parametrize("path", ["/", "/labs", "/profile", "/nowhere"])
def test_a_server_elsewhere_is_named_on_every_page(tmp_path: Path, path: str) -> None:
    with client(tmp_path, **REMOTE) as get:
        text = get(path)
        german = get(path, **{"accept-language": "de"})
    assert f"Your answers, the questions and a picture you show it go to the model at {SERVER}. The rest stays on this machine." in text
    assert STAYS not in text and "none of it leaves this machine" not in text
    assert SERVER in german and "Alles bleibt auf diesem Rechner." not in german


@pytest.mark.parametrize("given", [{}, LOCAL, {"judge_url": f"{SERVER}/v1"}, {"judge_url": "http://far.example/v1", "judge_model": "m"}])
def test_control_all_stays_without_one_with_one_here_and_with_one_that_is_sent_nothing(tmp_path: Path, given: dict[str, Any]) -> None:
    with client(tmp_path, **given) as get:
        assert STAYS in get("/")
        assert "none of it leaves this machine" in get("/profile")


def test_read_from_elsewhere_this_machine_is_not_the_reader_s(tmp_path: Path) -> None:
    with client(tmp_path, "room.example.org:8713") as get:
        text, profile = get("/"), get("/profile")
    assert STAYS not in text and "Everything stays on the machine that greenroom runs on." in text
    assert "none of it leaves this machine" not in profile


@pytest.mark.parametrize("host", ["localhost:8713", "[::1]", "[::1]:8713", "LOCALHOST", "127.0.0.1:80", "["])
def test_names_of_this_machine(tmp_path: Path, host: str) -> None:
    with client(tmp_path, allowed_hosts=(host.lower(),)) as get:
        assert (STAYS in get("/", host=host)) == (host != "[")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (None, None),
        ("sqlite:////tmp/x.db", None),
        ("postgresql://me:secret@localhost/x", None),
        ("postgresql://me:secret@db.example.org:5432/x", "db.example.org"),
        ("postgresql:///x?host=/run/postgresql", None),
        ("postgresql://me@%2Frun%2Fpostgresql/x", None),
        ("postgresql:///x?host=db.example.org", "db.example.org"),
    ],
)
def test_a_database_elsewhere_is_named_without_its_password(url: str | None, host: str | None) -> None:
    assert find_database(Settings.model_validate({"database_url": url})) == host


def test_the_page_names_the_database(tmp_path: Path) -> None:
    with client(tmp_path) as get:
        assert "database" not in get("/")
    away = Settings.model_validate({"database_url": "postgresql://me:secret@db.example.org/x"}).database_url
    with client(tmp_path, database_url=away) as get:
        text = get("/")
    assert "What you keep lies in the database on db.example.org." in text and "secret" not in text and STAYS not in text


def test_a_file_beside_a_server_is_neither() -> None:
    assert find_model(Settings.model_validate({"judge_file": "x.gguf", **REMOTE})) is None


@pytest.mark.parametrize(("host", "said"), [("127.0.0.1:8713", "this machine"), ("room.example.org:8713", "the machine that greenroom")])
def test_where_a_file_is_read(tmp_path: Path, host: str, said: str) -> None:
    with client(tmp_path, host) as get:
        assert f"It is read on {said}" in get("/prep/cv")
