"""``room.review``: what is due, and how far one has come."""

from __future__ import annotations

from datetime import datetime

from greenroom.interview.session import Planned
from greenroom.review.progress import Progress, make_progress
from greenroom.room.parts import Parts
from greenroom.room.views import DuePoint


class ReviewRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def due(self, owner_id: str) -> list[DuePoint]:
        """Points due today (the day of this machine's time zone), most overdue first."""
        return due_points(self._parts, owner_id, end_of_day(self._parts.clock()))

    def progress(self, owner_id: str) -> Progress:
        store = self._parts.store.get()
        questions = self._parts.bank.get().questions()
        attempts = store.list_attempts(owner_id)
        return make_progress(
            questions, attempts, store.list_cards(owner_id), store.list_sessions(owner_id, limit=1000), self._parts.clock().astimezone()
        )


def end_of_day(now: datetime) -> datetime:
    return now.astimezone().replace(hour=23, minute=59, second=59, microsecond=999_999)


def due_points(parts: Parts, owner_id: str, until: datetime) -> list[DuePoint]:
    """Cards whose point is no longer in the bank are passed over; a renamed point is found by its alias."""
    bank = parts.bank.get()
    found = []
    for card in sorted(parts.store.get().list_cards(owner_id, due_before=until), key=lambda card: (card.due_at, card.point_id)):
        known = bank.find_point(card.point_id)
        if known is None:
            continue
        question, point = known
        ask = next((f.ask for f in question.follow_ups if f.point_id == point.id), question.ask)
        found.append(
            DuePoint(
                point_id=card.point_id, question=question, local_id=point.id, point=point.point,
                ask=ask, due_at=card.due_at, last_verdict=card.last_verdict.value,
            )
        )  # fmt: skip
    return found


def planned(due: DuePoint) -> Planned:
    """Ask for one point only, in the words of its follow-up."""
    return Planned(question_id=due.question.id, ask=due.ask, point_id=due.local_id)
