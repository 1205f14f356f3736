"""A served room for each test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from web_serving import Served, serving

from greenroom.room import Room


@pytest.fixture
def served(literal_room: Room) -> Iterator[Served]:
    with serving(literal_room) as found:
        yield found
