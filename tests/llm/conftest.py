"""Lets the tests of this folder share the chat server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from chat_serving import ChatServer


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as served:
        yield served
