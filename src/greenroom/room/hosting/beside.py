"""What was typed and cannot be the answer: two windows on one interview, a text too long to be judged. It is kept, not thrown away.

It lies among the drafts, under the turn's id with an ending of its own; a page shows it beside the answer.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from greenroom.errors import ConflictError, NotFoundError
from greenroom.interview.attempt import Attempt

if TYPE_CHECKING:
    from greenroom.store.store import Store

MARK = "-also-"
EARLIER = "earlier"
COMPARED = 20
LEAST_LETTERS = 40
"""Shorter drafts that are replaced by another text are not kept: that is how people begin anew."""


def keep_other(store: Store, owner_id: str, attempt: Attempt, error: ConflictError) -> ConflictError:
    """Keep the text of an answer that came too late; the error with its cure."""
    stored = [each for each in store.list_attempts(owner_id, session_id=attempt.session_id) if each.turn_id == attempt.turn_id]
    if any(each.text == attempt.text for each in stored):
        return error
    place = f"{attempt.turn_id}{MARK}{attempt.answer_id[:8]}"
    store.put_draft(owner_id, attempt.session_id, place, attempt.text, attempt.answered_at)
    return ConflictError(error.message, "What you typed here is kept beside it: you find it on this page and in the debrief.")


def keep_earlier(store: Store, owner_id: str, session_id: str, turn_id: str, text: str, at: datetime) -> None:
    """Another window may have typed something quite different for the same question: that draft is kept before it is replaced."""
    before = store.find_draft(owner_id, session_id, turn_id) or ""
    if len(before) < LEAST_LETTERS or _same_beginning(before, text):
        return
    place = f"{turn_id}{MARK}{EARLIER}"
    if len(before) >= len(store.find_draft(owner_id, session_id, place) or ""):
        store.put_draft(owner_id, session_id, place, before, at)


def _same_beginning(before: str, text: str) -> bool:
    length = min(len(before), len(text), COMPARED)
    return length > 0 and before[:length] == text[:length]


def kept_beside(store: Store, owner_id: str, session_id: str, turn_ids: list[str]) -> dict[str, tuple[str, ...]]:
    """By turn id: the texts that lie beside it."""
    try:
        drafts = store.list_drafts(owner_id, session_id)
    except NotFoundError:
        return {}
    found = {turn_id: tuple(text for place, text in drafts if place.startswith(f"{turn_id}{MARK}")) for turn_id in turn_ids}
    return {turn_id: texts for turn_id, texts in found.items() if texts}
