"""Beside the notes on an answer: which of one's own stories it told, and what it asked. Looked up when a page shows it."""

from __future__ import annotations

from greenroom.prep.use import ToldStory
from greenroom.room import Room
from greenroom.room.own.asks import Asked


class OwnNotes:
    def __init__(self, room: Room, owner_id: str) -> None:
        self._room, self._owner_id = room, owner_id

    def told(self, question_id: str, text: str | None) -> ToldStory | None:
        return self._room.prep.story.told(self._owner_id, question_id, text) if text else None

    def asked(self, question_id: str, ask: str, text: str | None) -> Asked | None:
        """``ask``: the wording that was answered."""
        return self._room.prep.asks.asked(self._owner_id, question_id, ask, text) if text else None
