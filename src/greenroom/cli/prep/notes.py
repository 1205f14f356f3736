"""Beside the notes on an answer, in the terminal: the story of one's own that it told, and what it asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from greenroom.cli.prep.asks import judged
from greenroom.cli.screen.terminal import QUIET, heading, lay, say

if TYPE_CHECKING:
    from greenroom.room import Room

SHOWN = 6


def own_notes(room: Room, owner_id: str, question_id: str, ask: str, text: str | None) -> Iterator[Text]:
    """``ask``: the wording that was answered. Nothing for an answer that told no story and asked nothing."""
    told = room.prep.story.told(owner_id, question_id, text) if text else None
    if told is not None:
        yield heading("Your story", f"{told.title}, {told.share:.0%} of its words")
        note = f"Left out, {' and '.join(told.left_parts)} altogether:" if told.left_parts else "Left out:"
        yield lay(say(note if told.left else "Nothing of it was left out.", QUIET))
        yield from (lay(line.text, say("  –  ", QUIET)) for line in told.left[:SHOWN])
    asked = room.prep.asks.asked(owner_id, question_id, ask, text) if text else None
    if asked is not None:
        yield heading("Question by question")
        for n, each in enumerate(asked.judgements, 1):
            yield from judged(each, n)
        if asked.left:
            yield lay(say("On your list and not asked:", QUIET))
            yield from (lay(each.text, say("  –  ", QUIET)) for each in asked.left[:SHOWN])
