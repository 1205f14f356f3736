"""Rows of review and dispute: cards, their history, views against verdicts. Each function is a step inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from greenroom.assess.assessment import Verdict
from greenroom.errors import ConflictError
from greenroom.interview.attempt import Dispute
from greenroom.review.card import ReviewCard, ReviewEvent
from greenroom.review.seen import SeenAnswer, SeenJudgement, SeenPoint, SeenSession
from greenroom.store.sessions import upsert
from greenroom.store.tables import answers, assessments, cards, disputes, events, sessions, to_body

VERDICTS = {verdict.value: verdict for verdict in Verdict}
T = TypeVar("T")
MOST_DISPUTES = 20
"""Views against the verdicts of one answer."""


def put_cards(connection: sa.Connection, owner_id: str, new: Iterable[ReviewCard]) -> int:
    rows = [{"owner_id": owner_id, "point_id": card.point_id, "due_at": card.due_at, "body": to_body(card)} for card in new]
    return upsert(connection, cards, rows)


def list_cards(connection: sa.Connection, owner_id: str, due_before: datetime | None) -> list[ReviewCard]:
    """Most overdue first; with ``due_before``, those due then or earlier."""
    wanted = sa.select(cards.c.body).where(cards.c.owner_id == owner_id)
    if due_before is not None:
        wanted = wanted.where(cards.c.due_at <= due_before)
    return [_CARDS.read(body) for body in connection.scalars(wanted.order_by(cards.c.due_at, cards.c.point_id)).all()]


def find_cards(connection: sa.Connection, owner_id: str, point_ids: Sequence[str]) -> dict[str, ReviewCard]:
    """By point id; a point without a card is not in it."""
    wanted = sa.select(cards.c.body).where(cards.c.owner_id == owner_id, cards.c.point_id.in_(point_ids))
    found = (_CARDS.read(body) for body in connection.scalars(wanted))
    return {card.point_id: card for card in found}


def add_events(connection: sa.Connection, owner_id: str, new: Iterable[ReviewEvent]) -> int:
    """A point is reviewed once by an answer: the same event again changes nothing."""
    rows = [{"owner_id": owner_id, **event.model_dump(), "verdict": event.verdict.value} for event in new]
    return upsert(connection, events, rows, replace=False)


def list_events(connection: sa.Connection, owner_id: str, limit: int) -> list[ReviewEvent]:
    """The latest ``limit``, oldest of them first."""
    columns = (events.c.point_id, events.c.verdict, events.c.reviewed_at, events.c.answer_id)
    newest = (events.c.reviewed_at.desc(), events.c.answer_id.desc(), events.c.point_id.desc())
    rows = connection.execute(sa.select(*columns).where(events.c.owner_id == owner_id).order_by(*newest).limit(limit)).all()
    return [ReviewEvent.model_validate(dict(row._mapping)) for row in reversed(rows)]


def list_seen(connection: sa.Connection, owner_id: str, limit: int) -> list[SeenAnswer]:
    """The latest ``limit`` answers without their texts, oldest first; what was judged of them comes from the history of reviews."""
    joined = sa.func.aggregate_strings(events.c.point_id + "=" + events.c.verdict, " ")
    history = sa.select(events.c.answer_id, joined).where(events.c.owner_id == owner_id).group_by(events.c.answer_id)
    judged: dict[str, str] = {answer_id: points for answer_id, points in connection.execute(history).all()}
    scored = sa.select(assessments.c.answer_id, assessments.c.rubric_hash, assessments.c.overall).where(assessments.c.owner_id == owner_id)
    scores = {answer_id: (rubric_hash, overall) for answer_id, rubric_hash, overall in connection.execute(scored).all()}
    newest = (answers.c.answered_at.desc(), answers.c.seq.desc())
    wanted = sa.select(*[answers.c[name] for name in SeenAnswer._fields[:-1]]).where(answers.c.owner_id == owner_id)
    rows = connection.execute(wanted.order_by(*newest).limit(limit)).all()  # a join of the two takes SQLite half as long again
    return [_to_seen(row, *scores[row[0]], judged.get(row[0], "")) for row in reversed(rows)]


def list_seen_sessions(connection: sa.Connection, owner_id: str, limit: int) -> list[SeenSession]:
    """The latest ``limit``, newest first, without what was said in them."""
    wanted = sa.select(sessions.c.body).where(sessions.c.owner_id == owner_id)
    bodies = connection.scalars(wanted.order_by(sessions.c.started_at.desc(), sessions.c.session_id).limit(limit))
    return [_GLANCES.read(body) for body in bodies.all()]


class _Known(Generic[T]):
    """Values read before, by what was written of them: the same text means the same, so this cannot be out of date. It keeps the mark of
    a text, not the text, and neither a card nor a glance at a session holds anybody's words. Two threads may read one text twice; no harm.
    """

    def __init__(self, read: Callable[[str], T], most: int = 20_000) -> None:
        self._read, self._kept, self._most = read, dict[bytes, T](), most

    def read(self, body: str) -> T:
        mark = blake2b(body.encode(), digest_size=16).digest()
        found = self._kept.get(mark)
        if found is None:
            if len(self._kept) >= self._most:
                self._kept.clear()
            found = self._kept[mark] = self._read(body)
        return found


_GLANCES, _CARDS = _Known(SeenSession.model_validate_json), _Known(ReviewCard.model_validate_json)


def _to_seen(given: Sequence[Any], rubric_hash: str | None, overall: float | None, points: str) -> SeenAnswer:
    """``given``: the columns of an answer, in the order of a ``SeenAnswer``."""
    return SeenAnswer._make((*given, None if rubric_hash is None else SeenJudgement(overall, _seen(points))))


@lru_cache(maxsize=20_000)
def _seen(points: str) -> tuple[SeenPoint, ...]:
    """``question/point=verdict``, with blanks between; no id holds a blank or an equals sign. The same text always means the same, so it is
    read once: a cache that cannot be out of date, and that holds nobody's words.
    """
    return tuple([_seen_point(text) for text in points.split(" ")]) if points else ()


@lru_cache(maxsize=20_000)
def _seen_point(text: str) -> SeenPoint:
    name, _, verdict = text.rpartition("=")
    return SeenPoint(name, VERDICTS[verdict])


def add_dispute(connection: sa.Connection, owner_id: str, dispute: Dispute) -> bool:
    """False when the very same view is there already. Raises ConflictError above ``MOST_DISPUTES`` of one answer."""
    same = [disputes.c[name] == value for name, value in dispute.model_dump().items()]
    if connection.scalar(sa.select(disputes.c.seq).where(disputes.c.owner_id == owner_id, *same).limit(1)) is not None:
        return False
    those = sa.select(sa.func.count()).where(disputes.c.owner_id == owner_id, disputes.c.answer_id == dispute.answer_id)
    if (connection.scalar(those) or 0) >= MOST_DISPUTES:
        raise ConflictError(f"There are {MOST_DISPUTES} views on this answer already; they are kept.", "Answer the question again instead.")
    connection.execute(sa.insert(disputes).values(owner_id=owner_id, **dispute.model_dump()))
    return True


def list_disputes(connection: sa.Connection, owner_id: str, answer_id: str | None) -> list[Dispute]:
    """Oldest first; of every answer when ``answer_id`` is None."""
    columns = (disputes.c.answer_id, disputes.c.target, disputes.c.view, disputes.c.disputed_at)
    wanted = sa.select(*columns).where(disputes.c.owner_id == owner_id)
    if answer_id is not None:
        wanted = wanted.where(disputes.c.answer_id == answer_id)
    rows = connection.execute(wanted.order_by(disputes.c.disputed_at, disputes.c.seq))
    return [Dispute.model_validate(dict(row._mapping)) for row in rows]
