"""Keys: in a file for nobody else, whole or unchanged, each for its own origin only, and masked wherever text is written."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import stat
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from greenroom import redact
from greenroom.errors import InputError, NotFoundError
from greenroom.keys import Keys

KEY, OTHER = "sk-canary-77a1/b+c=", "canary.second_key-0042"
HERE, THERE = "https://api.example.org", "https://api.example.org:8443"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "home")


def test_a_key_is_kept_and_found_by_its_origin(keys: Keys) -> None:
    assert keys.set("https://API.example.org/v1", SecretStr(f" {KEY}\n")) == HERE
    found = keys.find(f"{HERE}:443/v1/other")
    assert found and found.get_secret_value() == KEY
    keys.set(HERE, SecretStr(OTHER))
    assert keys.origins() == [HERE] and keys.find(HERE) == SecretStr(OTHER)


@pytest.mark.parametrize(
    "url", [THERE, "http://localhost", "https://example.org", "https://api.example.org.evil.example", "https://api.example.com"]
)
def test_another_origin_gets_no_key(keys: Keys, url: str) -> None:
    """Changing the address is enough to leave the key behind: scheme, host and port must all be its own."""
    keys.set(HERE, SecretStr(KEY))
    assert keys.find(url) is None


def test_nobody_else_can_read_the_file(keys: Keys) -> None:
    before = os.umask(0)
    try:
        keys.set(HERE, SecretStr(KEY))
    finally:
        os.umask(before)
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    control = keys.path.with_name("control")
    os.umask(0)
    control.write_text("x")
    os.umask(before)
    assert stat.S_IMODE(control.stat().st_mode) == 0o666, "control: what a plain write leaves"


def test_a_file_that_others_can_read_is_not_used(keys: Keys) -> None:
    keys.set(HERE, SecretStr(KEY))
    keys.path.chmod(0o640)
    for use in (lambda: keys.find(HERE), keys.origins, lambda: keys.set(THERE, SecretStr(OTHER)), lambda: keys.remove(HERE)):
        with pytest.raises(InputError, match="Others on this machine can read") as caught:
            use()
        assert "chmod 600" in caught.value.hint


def test_a_link_is_not_followed(keys: Keys, tmp_path: Path) -> None:
    keys.set(HERE, SecretStr(KEY))
    moved = tmp_path / "elsewhere.json"
    keys.path.rename(moved)
    keys.path.symlink_to(moved)
    assert KEY in keys.path.read_text(), "control: whoever follows it finds the key"
    with pytest.raises(InputError, match="cannot be read: it is a link"):
        keys.find(HERE)


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: os.mkfifo(path, 0o600)], ids=["folder", "pipe"])
def test_what_is_no_file_is_said_and_not_waited_for(keys: Keys, make: Callable[[Path], None]) -> None:
    keys.path.parent.mkdir()
    make(keys.path)
    for use in (lambda: keys.find(HERE), lambda: keys.set(HERE, SecretStr(KEY))):
        with pytest.raises(InputError, match="is no file") as caught:
            use()
        assert caught.value.hint


@pytest.mark.parametrize("alone", [True, False], ids=["locked", "control"])
def test_keys_set_at_the_same_time_are_all_kept(keys: Keys, monkeypatch: pytest.MonkeyPatch, alone: bool) -> None:
    """Each writes what it read and its own: without the lock the later ones undo the earlier."""
    if not alone:
        monkeypatch.setattr(Keys, "_alone", lambda self: contextlib.nullcontext())
    origins = [f"https://{n}.example.org" for n in range(8)]
    started, write = threading.Barrier(len(origins)), Keys._write

    def slow(self: Keys, known: Mapping[str, str]) -> None:
        time.sleep(0.02)
        write(self, known)

    def keep(origin: str) -> None:
        started.wait(5)
        Keys(keys.path.parent).set(origin, SecretStr(KEY))

    monkeypatch.setattr(Keys, "_write", slow)
    with ThreadPoolExecutor(len(origins)) as pool:
        list(pool.map(keep, origins))
    assert (keys.origins() == origins) is alone


def test_more_keys_than_a_file_may_hold_are_refused_and_none_is_lost(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenroom.keys.FILE_LIMIT", 300)
    keys.set(HERE, SecretStr(KEY))
    with pytest.raises(InputError, match="would be longer"):
        keys.set(THERE, SecretStr("x" * 300))
    assert keys.find(HERE) == SecretStr(KEY) and keys.origins() == [HERE]


def test_a_write_that_fails_leaves_what_was_there(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.set(HERE, SecretStr(KEY))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(InputError, match="cannot be written: No space left"):
            keys.set(THERE, SecretStr(OTHER))
    assert keys.origins() == [HERE] and [file.name for file in keys.path.parent.iterdir()] == ["keys.json"]


NO_KEY, TWO_LINES = json.dumps({"keys": {HERE: None}}), json.dumps({"keys": {HERE: "one-key\r\nx-other: 1"}})


@pytest.mark.parametrize("text", ["", "{", "[]", '{"keys": []}', '{"keys": 3}', "{}", "[" * 100_000, NO_KEY, TWO_LINES])
def test_a_damaged_file_is_said_without_showing_it(keys: Keys, text: str) -> None:
    keys.set(HERE, SecretStr(KEY))
    keys.path.write_text(text)
    with pytest.raises(InputError, match="is damaged"):
        keys.find(HERE)


@pytest.mark.parametrize(
    "key", ["", "short", "has a blank in it", "two\nlines-of-it", "umlaut-äääääää", 'quote"-------', "x" * 5000, "\x00" * 9]
)
def test_what_is_no_key_is_refused_and_not_repeated(keys: Keys, key: str) -> None:
    with pytest.raises(InputError) as caught:
        keys.set(HERE, SecretStr(key))
    assert not key.strip() or key not in caught.value.message + caught.value.hint
    assert not keys.path.exists()


def test_removing(keys: Keys) -> None:
    keys.set(HERE, SecretStr(KEY))
    keys.set(THERE, SecretStr(OTHER))
    assert keys.remove(HERE) == HERE and keys.origins() == [THERE]
    assert KEY not in keys.path.read_text()
    with pytest.raises(NotFoundError, match="no key for"):
        keys.remove(HERE)


def test_a_key_that_was_read_is_masked_in_logs(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.path.parent.mkdir()
    keys.path.write_text(json.dumps({"keys": {HERE: KEY}}))
    keys.path.chmod(0o600)
    monkeypatch.setattr(redact, "_hidden", frozenset())
    record = logging.LogRecord("n", 30, "f", 1, "sent %s", ({"x": f"with {KEY}"},), None)
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.handle(logging.makeLogRecord(vars(record)))
    assert KEY in out.getvalue(), "control: before it was read, nothing knows it"
    assert keys.find(HERE)
    handler.addFilter(redact.Redaction())
    out.truncate(0)
    handler.handle(logging.makeLogRecord(vars(record)))
    assert KEY not in out.getvalue() and "***" in out.getvalue()


def test_a_bearer_is_masked_whoever_it_belongs_to() -> None:
    assert redact.without_password("authorization: Bearer abcdef123456.x") == "authorization: Bearer ***"
    assert "abcdef123456" not in redact.without_password("{'authorization': 'bearer abcdef123456'}")


def test_a_secret_is_not_shown_by_its_value(keys: Keys) -> None:
    keys.set(HERE, SecretStr(KEY))
    assert KEY not in repr(keys.find(HERE)) + str(keys.find(HERE)) + repr(keys)


def test_a_key_that_begins_as_another_does_leaves_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(20):  # whatever the order in which a set gives them
        short, long = f"sk-canary-{n:02}", f"sk-canary-{n:02}-and-its-rest"
        monkeypatch.setattr(redact, "_hidden", frozenset())
        redact.hide(short)
        assert redact.without_password(f"sent {long}") == "sent ***-and-its-rest", "control: only the shorter is known"
        redact.hide(long)
        assert redact.without_password(f"sent {long}, {short}") == "sent ***, ***"
