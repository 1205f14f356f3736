"""Settings from the environment: what cannot be used is named with its cure, and the database's password is not shown."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from greenroom.errors import InputError
from greenroom.settings import Settings, read_settings

PASSWORD = "canary-in-an-address"
URL = f"postgresql://me:{PASSWORD}@127.0.0.1:1/db"
BAD = [("PORT", "abc"), ("PORT", "70000"), ("THREADS", "0"), ("PLUGINS", "perhaps"), ("BACKLOG_LIMIT", " "), ("ANSWER_LIMIT", "9")]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_variable_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"GREENROOM_{name}", value)
    with pytest.raises(InputError) as caught:
        read_settings()
    assert f"GREENROOM_{name}" in caught.value.message and f"GREENROOM_{name}" in caught.value.hint


def test_control_the_bare_settings_raise_another_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENROOM_PORT", "abc")
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize("command", [["doctor"], ["bank", "list"], ["progress"], ["--no-browser"], ["assess", "attention", "--text", "a"]])
def test_every_door_says_it_in_two_lines(command: list[str]) -> None:
    env = {**os.environ, "GREENROOM_THREADS": "0"}
    done = subprocess.run([sys.executable, "-m", "greenroom", *command], capture_output=True, text=True, env=env, timeout=60, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "GREENROOM_THREADS" in done.stderr and len(done.stderr.splitlines()) == 2


def test_the_password_is_for_the_store_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENROOM_DATABASE_URL", URL)
    settings = read_settings()
    assert settings.url == URL
    for shown in (repr(settings), str(settings), repr(settings.model_dump()), settings.model_dump_json(), f"{settings.database_url}"):
        assert PASSWORD not in shown
    assert PASSWORD in settings.url, "control: the canary is there"


def test_without_an_address_it_is_a_file_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, ""):
        if value is not None:
            monkeypatch.setenv("GREENROOM_DATABASE_URL", value)
        assert read_settings().url == f"sqlite:///{read_settings().home / 'greenroom.db'}"


@pytest.mark.parametrize("name", ["JUDGE_URL", "JUDGE_MODEL", "JUDGE_FILE"])
def test_an_empty_variable_sets_up_no_judge(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"GREENROOM_{name}", "")
    assert not read_settings().has_judge and read_settings().judge_wait == 0
    monkeypatch.setenv(f"GREENROOM_{name}", "x")
    assert read_settings().has_judge and not read_settings().without_judge.has_judge


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"GREENROOM_{name.upper()}" for name in Settings.model_fields]
    for name in names:
        monkeypatch.delenv(name, raising=False)
    bare = read_settings()
    for name in names:
        monkeypatch.setenv(name, "")
    assert read_settings() == bare and bare.host == "127.0.0.1" and bare.home.is_absolute()


def test_control_read_as_a_value_it_opens_every_address_and_keeps_data_where_one_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    class Literal(Settings):
        model_config = SettingsConfigDict(env_ignore_empty=False)

    monkeypatch.setenv("GREENROOM_HOST", "")
    monkeypatch.setenv("GREENROOM_HOME", "")
    found = Literal()
    assert found.host == "" and not found.home.is_absolute()


def test_votes_that_could_tie_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENROOM_JUDGE_VOTES", "2")
    with pytest.raises(InputError, match=r"GREENROOM_JUDGE_VOTES cannot be used: .*odd"):
        read_settings()
