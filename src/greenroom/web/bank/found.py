"""What the bank is asked for, and what it finds: the same for its page and for the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from greenroom.bank.question import Level, Question
from greenroom.bank.search import Hit
from greenroom.review.progress import by_question
from greenroom.room import Room

LEVELS: tuple[Level, ...] = ("foundation", "practitioner", "expert")
SEARCH_SHOWN = 50
WEAK_BELOW = 0.5
"""Of a question that was tried: the share of its points that is held, below which it is weak."""


class Wanted(NamedTuple):
    """``only``: due or weak; whatever is empty or unknown leaves nothing out."""

    words: str = ""
    topic: str | None = None
    level: Level | None = None
    only: str = ""


class Found(NamedTuple):
    """``mastery`` by question id, 0 to 1; None: no point of it was seen."""

    questions: list[tuple[Question, Hit | None]]
    mastery: Mapping[str, float | None]


def find(room: Room, owner_id: str, wanted: Wanted) -> Found:
    """The questions in their order, or the hits in theirs."""
    mastery, found = by_question(room.review.progress(owner_id)), _questions(room, wanted)
    if wanted.only == "due":
        due = {point.question.id for point in room.review.due(owner_id)}
        found = [each for each in found if each[0].id in due]
    elif wanted.only == "weak":
        found = [each for each in found if (held := mastery.get(each[0].id)) is not None and held < WEAK_BELOW]
    return Found(found, mastery)


def _questions(room: Room, wanted: Wanted) -> list[tuple[Question, Hit | None]]:
    if not wanted.words.strip():
        return [(question, None) for question in room.bank.chosen(wanted.topic, wanted.level)]
    hits = room.bank.search(wanted.words, wanted.topic, wanted.level, SEARCH_SHOWN)
    return [(room.bank.get(hit.question_id), hit) for hit in hits]
