"""What every test may use: a room of its own in a temporary folder, with the real store, the real
core pack and the literal fake as assessor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from greenroom.assess.assessor import Verbatim
from greenroom.builtin import Builtin
from greenroom.plugins import AssessorMaker, hookimpl
from greenroom.room import Parts, Room
from greenroom.settings import Settings


class LiteralPlugin:
    @hookimpl
    def greenroom_assessors(self, settings: Settings) -> Mapping[str, AssessorMaker]:
        return {"literal": Verbatim}


@pytest.fixture(autouse=True)
def _no_real_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing a test does touches the data of whoever runs it."""
    monkeypatch.setenv("GREENROOM_HOME", str(tmp_path / "home"))


@pytest.fixture
def literal_parts(tmp_path: Path) -> Parts:
    settings = Settings(home=tmp_path / "home", assessor="literal")
    return Parts(settings, given={"builtin": Builtin(), "literal": LiteralPlugin()})


@pytest.fixture
def literal_room(literal_parts: Parts) -> Iterator[Room]:
    with Room(literal_parts.settings, literal_parts) as room:
        yield room
