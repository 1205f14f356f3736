"""What the server does before the first page asks for it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from greenroom.errors import InputError, NotFoundError
from greenroom.room import Parts, Room
from greenroom.serve import _listen, _settle
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
