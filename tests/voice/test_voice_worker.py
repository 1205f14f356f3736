"""The process that hears and speaks, from outside, with one that misbehaves in its place: nothing half, nothing twice, nothing left."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from greenroom.child import begin
from greenroom.errors import ModelFileError, VoiceError
from greenroom.voice import worker as w


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A line for each process that was begun."""
    return tmp_path / "begun"


@pytest.fixture
def worker(begun: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[w.VoiceWorker]:
    monkeypatch.setattr(w, "begin", lambda module, threads: begin("voice_odd", threads))
    found = w.VoiceWorker(str(begun), begun.parent, 1)
    yield found
    found.close()


def test_it_is_begun_once_and_what_it_makes_comes_whole(worker: w.VoiceWorker, begun: Path) -> None:
    assert [worker.say(text) for text in ("one", "two")] == [b"one", b"two"]
    assert len(begun.read_text().splitlines()) == 1


def test_half_a_sound_is_none_and_is_asked_for_once_more(worker: w.VoiceWorker, begun: Path) -> None:
    with pytest.raises(VoiceError, match="ended by itself"):
        worker.say("half")
    assert len(begun.read_text().splitlines()) == 2
    assert worker.say("whole") == b"whole"


def test_what_takes_too_long_is_stopped_and_not_begun_again(worker: w.VoiceWorker, begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert worker.say("here") == b"here"  # the clock is for the answer, not for a slow machine's first import
    monkeypatch.setattr(w, "REPLY_SECONDS", 0.5)
    with pytest.raises(VoiceError, match="took longer"):
        worker.say("hang")
    assert worker.pid is None and len(begun.read_text().splitlines()) == 1


def test_an_error_keeps_its_class_and_its_cure(worker: w.VoiceWorker) -> None:
    with pytest.raises(ModelFileError, match="damaged") as caught:
        worker.say("refuse")
    assert caught.value.hint == "Fetch it anew."


def test_it_is_told_nothing_of_the_settings(worker: w.VoiceWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENROOM_DATABASE_URL", "postgresql://me:canary@127.0.0.1:1/db")
    found = json.loads(worker.say("environment"))
    assert "canary" not in str(found) and found["OMP_NUM_THREADS"] == "1"
    assert [name for name in found if name.startswith("GREENROOM_")] == []


def test_one_that_was_just_begun_when_greenroom_closes_is_ended_too(worker: w.VoiceWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[subprocess.Popen[bytes]] = []

    def late(module: str, threads: int) -> subprocess.Popen[bytes]:
        made.append(begin("voice_odd", threads))
        worker.close()
        return made[-1]

    monkeypatch.setattr(w, "begin", late)
    assert worker.say("one") == b"one"
    assert made[0].poll() is not None and worker.pid is None
