"""Studying a question before the first attempt, and the answer to it that one keeps as one's best."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, NamedTuple, Protocol

from pydantic import Field

from greenroom.bank.question import Id, Question, Value


class Studied(Value):
    """The question was opened for study: an answer given after that was not given cold."""

    question_id: Id
    studied_at: datetime


class Kept(Value):
    """The answer that a person keeps as their best, by their own choice."""

    question_id: Id
    answer_id: Annotated[str, Field(min_length=1, max_length=200)]
    kept_at: datetime


class Answered(Protocol):
    @property
    def answer_id(self) -> str: ...
    @property
    def question_id(self) -> str: ...
    @property
    def overall(self) -> float | None: ...
    @property
    def answered_at(self) -> datetime: ...


class Best(NamedTuple):
    """``chosen``: by the person; else the highest score, the latest of equals."""

    answer_id: str
    chosen: bool


def find_best(question_id: str, history: Iterable[Answered], kept: Kept | None) -> Best | None:
    """None while no answer to it was judged and shown. A kept answer that is not in the history (still sealed, or gone) does not count."""
    past = [each for each in history if each.question_id == question_id]
    if kept is not None and any(each.answer_id == kept.answer_id for each in past):
        return Best(kept.answer_id, True)
    judged = [each for each in past if each.overall is not None]
    top = max(judged, key=lambda each: (each.overall or 0.0, each.answered_at), default=None)
    return Best(top.answer_id, False) if top else None


def reading_of(question: Question) -> Sequence[str]:
    """Further reading: the question's sources, then those of its points that lie at other addresses; each address once."""
    found: dict[str, str] = {}
    for source in (*question.sources, *(point.source for point in question.active_points)):
        address = re.search(r"https?://[^\s;,)]+", source)
        if address:
            found.setdefault(address.group().rstrip("."), source)
    return tuple(dict.fromkeys(found.values()))
