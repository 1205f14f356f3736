"""Keys: in a file for nobody else, whole or unchanged, each for its own origin only, and masked wherever text is written."""

from __future__ import annotations

import io
import json
import logging
import os
import stat
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
    with pytest.raises(InputError, match="cannot be read"):
        keys.find(HERE)


def test_a_write_that_fails_leaves_what_was_there(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.set(HERE, SecretStr(KEY))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(InputError, match="cannot be written: No space left"):
            keys.set(THERE, SecretStr(OTHER))
    assert keys.origins() == [HERE] and [file.name for file in keys.path.parent.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"keys": []}', '{"keys": 3}', "{}", "[" * 100_000])
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
