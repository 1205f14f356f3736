"""What the server does before the first page asks for it."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from greenroom.errors import InputError, NotFoundError
from greenroom.room import Parts, Room
from greenroom.serve import _listen, _settle, _shown
from greenroom.settings import Settings


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_the_bank_is_loaded_and_left_alone_by_the_collector(literal_parts: Parts) -> None:
    room = Room(literal_parts.settings, literal_parts)
    assert literal_parts.bank.peek() is None and gc.get_freeze_count() == 0
    _settle(room)
    bank = literal_parts.bank.peek()
    assert bank is not None and gc.get_freeze_count() > 0
    moving = {id(each) for each in gc.get_objects()}
    assert not moving & {id(question.__dict__) for question in bank.questions()}, "the collector walks through none of it"
    gc.unfreeze()
    assert {id(each) for each in gc.get_objects()} & {id(question.__dict__) for question in bank.questions()}, "control: else it would"


def test_a_bank_that_cannot_be_loaded_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for it is told; the server starts."""
    parts = Parts(Settings(home=tmp_path))

    def missing() -> None:
        raise NotFoundError("pack", "gone")

    monkeypatch.setattr(parts.bank, "_make", missing)
    room = Room(parts.settings, parts)
    _settle(room)
    assert gc.get_freeze_count() == 0
    with pytest.raises(NotFoundError):
        room.bank.questions()


@pytest.mark.parametrize("host", ["127.0.0.1", "300.1.1.1", "a" * 80, "::zz"])
def test_an_address_that_cannot_be_had_is_said_with_its_cure(host: str) -> None:
    with _listen("127.0.0.1", 0) as first:
        assert first.getsockname()[1] > 0
        with pytest.raises(InputError, match="cannot be used") as caught:
            _listen(host, first.getsockname()[1])
    assert "--port 0" in caught.value.hint


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_this_machine_needs_no_word(host: str) -> None:
    with _listen(host, 0) as found:
        assert found.getsockname()[0].startswith("127.")


@pytest.mark.parametrize("host", ["0.0.0.0", "0", "", "::", "::ffff:0.0.0.0"])
def test_an_address_that_others_reach_is_refused_before_anybody_can_connect(host: str) -> None:
    if ":" in host and not socket.has_dualstack_ipv6():
        pytest.skip("NOT RUN: IPv6 addresses (this machine has none)")
    with pytest.raises(InputError, match="can read, export and erase everything") as caught:
        _listen(host, 0)
    assert "--i-know" in caught.value.hint and "--host" in caught.value.hint
    with _listen(host, 0, i_know=True) as opened:
        assert opened.getsockname()[0] in ("0.0.0.0", "::", "::ffff:0.0.0.0"), "control: with the word it is open"


def test_the_address_that_is_shown_can_be_opened() -> None:
    assert [_shown(each) for each in ("0.0.0.0", "::", "127.0.0.2", "::1")] == ["127.0.0.1", "[::1]", "127.0.0.2", "[::1]"]


def greenroom(home: Path, *words: str, **env: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "greenroom", *words, "--port", "0", "--no-browser"]
    return subprocess.Popen(
        command, env={**os.environ, "GREENROOM_HOME": str(home), **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize(
    ("words", "env"),
    [(("--host", "0.0.0.0"), {}), ((), {"GREENROOM_HOST": "0.0.0.0"}), (("bank", "preview", ".", "--host", "0.0.0.0"), {})],
    ids=["option", "setting", "preview"],
)
def test_no_door_opens_to_the_network_without_the_word(tmp_path: Path, words: tuple[str, ...], env: dict[str, str]) -> None:
    with greenroom(tmp_path, *words, **env) as child:
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (1, "") and "no sign-in" in err and "--i-know" in err
    assert list(tmp_path.iterdir()) == [], "no room was opened"


@pytest.mark.parametrize("preview", [False, True], ids=["greenroom", "preview"])
def test_with_the_word_it_opens_and_warns(tmp_path: Path, preview: bool) -> None:
    words = ("bank", "preview", str(tmp_path)) if preview else ()
    with greenroom(tmp_path / "home", *words, "--host", "0.0.0.0", "--i-know") as child:
        try:
            assert child.stdout is not None and child.stderr is not None
            url = child.stdout.readline().split(" at ")[1].split()[0]
            warned = child.stderr.readline()
            assert "other machines can reach" in warned and "read, export and erase" in warned
            assert url.startswith("http://127.0.0.1:") and httpx2.get(url, timeout=60).status_code == 200
        finally:
            child.kill()


def test_on_this_machine_nothing_is_warned_of(tmp_path: Path) -> None:
    with greenroom(tmp_path) as child:
        assert child.stdout is not None and "is open at" in child.stdout.readline()
        child.terminate()
        assert "Warning" not in child.communicate(timeout=60)[1]
