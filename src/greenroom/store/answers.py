"""Rows of answers and the queue of their assessments. Each function is a step inside the caller's transaction.

    pending → running (claimed under a lease) → done | failed → pending (asked for again)
                 └→ interrupted (the lease ran out) → running …

An outcome is stored only by the worker that still holds the claim, so that nothing is assessed twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from greenroom.assess.assessment import Assessment
from greenroom.errors import BacklogFullError, ConflictError, NotFoundError
from greenroom.interview.attempt import Attempt
from greenroom.store.tables import WAITING, answers, assessments, to_body

MOST_TRIES = 3
HOPELESS = f"The assessment was cut short {MOST_TRIES} times. Your answer is kept; have it judged again when greenroom runs quietly."
_GIVEN = ("answer_id", "session_id", "turn_id", "question_id", "form", "point_id", "ask", "text", "answered_at", "seconds")
_BOTH = sa.join(answers, assessments, (answers.c.owner_id == assessments.c.owner_id) & (answers.c.answer_id == assessments.c.answer_id))
_CLAIMABLE = assessments.c.status.in_(("pending", "interrupted"))
_COLUMNS = [
    answers.c.owner_id,
    *(answers.c[name] for name in _GIVEN),
    assessments.c.status,
    assessments.c.assessed_at,
    assessments.c.fault,
    assessments.c.body,
]


def _to_attempt(row: sa.Row[Any]) -> Attempt:
    found = dict(row._mapping)
    body = found.pop("body")
    del found["owner_id"]
    return Attempt(**found, assessment=None if body is None else Assessment.model_validate_json(body))


def find_attempt(connection: sa.Connection, owner_id: str, answer_id: str) -> Attempt | None:
    wanted = sa.select(*_COLUMNS).select_from(_BOTH).where(answers.c.owner_id == owner_id, answers.c.answer_id == answer_id)
    row = connection.execute(wanted).first()
    return None if row is None else _to_attempt(row)


def get_attempt(connection: sa.Connection, owner_id: str, answer_id: str) -> Attempt:
    """Raises NotFoundError, also for an answer of another owner."""
    found = find_attempt(connection, owner_id, answer_id)
    if found is None:
        raise NotFoundError("answer", answer_id, hint="Open the session: it names its answers.")
    return found


def list_attempts(connection: sa.Connection, owner_id: str, session_id: str | None, question_id: str | None, limit: int) -> list[Attempt]:
    """The latest ``limit``, oldest of them first."""
    wanted = sa.select(*_COLUMNS).select_from(_BOTH).where(answers.c.owner_id == owner_id)
    if session_id is not None:
        wanted = wanted.where(answers.c.session_id == session_id)
    if question_id is not None:
        wanted = wanted.where(answers.c.question_id == question_id)
    rows = connection.execute(wanted.order_by(answers.c.answered_at.desc(), answers.c.seq.desc()).limit(limit)).all()
    return [_to_attempt(row) for row in reversed(rows)]


def recently_asked(connection: sa.Connection, owner_id: str, limit: int) -> list[str]:
    wanted = sa.select(answers.c.question_id, answers.c.ask).where(answers.c.owner_id == owner_id)
    rows = connection.execute(wanted.order_by(answers.c.answered_at.desc(), answers.c.seq.desc()).limit(limit)).all()
    return [name for row in reversed(rows) for name in row]


def find_same(connection: sa.Connection, owner_id: str, attempt: Attempt) -> Attempt | None:
    """The stored answer with this id. Raises ConflictError when it says something else or belongs to another turn."""
    stored = find_attempt(connection, owner_id, attempt.answer_id)
    if stored is None:
        return None
    if (stored.session_id, stored.turn_id, stored.text) != (attempt.session_id, attempt.turn_id, attempt.text):
        raise ConflictError("This answer's id was already used for another answer.", "Reload the page and send your text again.")
    return stored


def add(connection: sa.Connection, owner_id: str, attempt: Attempt, backlog_limit: int) -> Attempt:
    """The answer with its pending assessment. Raises BacklogFullError."""
    waiting = backlog(connection, None)
    if waiting >= backlog_limit:
        raise BacklogFullError(f"{waiting} answers wait for assessment; no more can be taken right now.")
    put(connection, owner_id, attempt.model_copy(update={"status": "pending", "assessed_at": None, "assessment": None, "fault": None}))
    return get_attempt(connection, owner_id, attempt.answer_id)


def put(connection: sa.Connection, owner_id: str, attempt: Attempt) -> None:
    """Insert the answer and its assessment as they are; the id must be new."""
    given = {name: getattr(attempt, name) for name in _GIVEN}
    connection.execute(sa.insert(answers).values(owner_id=owner_id, **given))
    outcome = {} if attempt.assessment is None else _outcome(attempt.assessment)
    state = {"status": attempt.status, "assessed_at": attempt.assessed_at, "fault": attempt.fault}
    connection.execute(sa.insert(assessments).values(owner_id=owner_id, answer_id=attempt.answer_id, **state, **outcome))


def _outcome(found: Assessment) -> dict[str, Any]:
    return {
        "rubric_hash": found.rubric_hash,
        "grader_name": found.grader.name,
        "grader_version": found.grader.version,
        "overall": found.overall,
        "body": to_body(found),
    }


def claim(
    connection: sa.Connection, worker: str, now: datetime, lease_seconds: float, questions: Collection[str]
) -> tuple[str, Attempt] | None:
    """The oldest that waits with one of ``questions``, now running. On PostgreSQL a row that another worker is claiming is passed over."""
    waiting = sa.select(*_COLUMNS).select_from(_BOTH).where(_CLAIMABLE, answers.c.question_id.in_(questions))
    row = connection.execute(waiting.order_by(answers.c.seq).limit(1).with_for_update(of=assessments, skip_locked=True)).first()
    if row is None:
        return None
    taken = {"status": "running", "worker": worker, "lease_until": now + timedelta(seconds=lease_seconds), "tries": assessments.c.tries + 1}
    connection.execute(_row(row.owner_id, row.answer_id).values(**taken))
    return row.owner_id, _to_attempt(row).model_copy(update={"status": "running"})


def recover(connection: sa.Connection, now: datetime) -> int:
    """Running ones whose lease has run out are interrupted; at the ``MOST_TRIES``-th time they have failed. Returns how many there were."""
    late = sa.update(assessments).where(assessments.c.status == "running", assessments.c.lease_until < now)
    gone = {"worker": None, "lease_until": None}
    hopeless = late.where(assessments.c.tries >= MOST_TRIES).values(status="failed", assessed_at=now, fault=HOPELESS, **gone)
    failed = connection.execute(hopeless).rowcount
    return failed + connection.execute(late.values(status="interrupted", **gone)).rowcount


def has_late(connection: sa.Connection, now: datetime) -> bool:
    late = sa.select(assessments.c.answer_id).where(assessments.c.status == "running", assessments.c.lease_until < now)
    return connection.scalar(late.limit(1)) is not None


def unclaimed(connection: sa.Connection) -> Mapping[str, int]:
    """How many answers wait to be claimed, by question."""
    counted = sa.select(answers.c.question_id, sa.func.count()).select_from(_BOTH).where(_CLAIMABLE).group_by(answers.c.question_id)
    return {question_id: count for question_id, count in connection.execute(counted)}


def count_failed(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(assessments).where(assessments.c.status == "failed")) or 0


def finish(connection: sa.Connection, owner_id: str, answer_id: str, worker: str, found: Assessment, at: datetime) -> bool:
    done = {"status": "done", "assessed_at": at, "fault": None, "lease_until": None, **_outcome(found)}
    return connection.execute(_held(owner_id, answer_id, worker).values(**done)).rowcount == 1


def fail(connection: sa.Connection, owner_id: str, answer_id: str, worker: str, fault: str, at: datetime) -> bool:
    failed = {"status": "failed", "assessed_at": at, "fault": fault, "lease_until": None}
    return connection.execute(_held(owner_id, answer_id, worker).values(**failed)).rowcount == 1


def again(connection: sa.Connection, owner_id: str, answer_id: str) -> bool:
    waiting = {"status": "pending", "fault": None, "assessed_at": None, "worker": None, "tries": 0}
    return connection.execute(_row(owner_id, answer_id).where(assessments.c.status == "failed").values(**waiting)).rowcount == 1


def backlog(connection: sa.Connection, owner_id: str | None, session_id: str | None = None) -> int:
    waiting = sa.select(sa.func.count()).select_from(assessments).where(assessments.c.status.in_(WAITING))
    if owner_id is not None:
        waiting = waiting.where(assessments.c.owner_id == owner_id)
    if session_id is not None:
        waiting = waiting.select_from(_BOTH).where(answers.c.session_id == session_id)
    return connection.scalar(waiting) or 0


def _row(owner_id: str, answer_id: str) -> sa.Update:
    return sa.update(assessments).where(assessments.c.owner_id == owner_id, assessments.c.answer_id == answer_id)


def _held(owner_id: str, answer_id: str, worker: str) -> sa.Update:
    return _row(owner_id, answer_id).where(assessments.c.status == "running", assessments.c.worker == worker)
