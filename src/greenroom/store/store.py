"""``Store``: everything that is kept, behind methods of one transaction each.

What a method returns is on disk when it returns. Rows belong to an owner: ``owner_id`` comes first and is part of every query; the id of
another owner's row is an id that does not exist. Thread-safe; several processes may use one database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from greenroom.assess.assessment import Assessment
from greenroom.interview.attempt import Attempt, Dispute
from greenroom.interview.session import Session
from greenroom.prep.profile import Profile
from greenroom.review.card import ReviewCard, ReviewEvent
from greenroom.review.seen import SeenAnswer, SeenSession
from greenroom.store import answers, backup, reviews, schema, sessions
from greenroom.store.connect import Connect, Database, connect_sqlite
from greenroom.store.own.asks import Asks
from greenroom.store.own.papers import Papers
from greenroom.store.own.stories import Stories
from greenroom.store.sessions import Change
from greenroom.store.voice import takes
from greenroom.voice.heard import Take


@dataclass(frozen=True)
class Outcome:
    """An assessment with all that follows from it: stored together or not at all."""

    assessment: Assessment
    at: datetime
    change: Change | None = None
    cards: Sequence[ReviewCard] = ()
    events: Sequence[ReviewEvent] = ()


class Store:
    """Opened with ``Store.open``; ``database`` is for the modules of this package. ``stories``, ``asks``, ``papers``: of a person's own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.stories, self.asks, self.papers = Stories(database), Asks(database), Papers(database)

    @classmethod
    def open(cls, url: str, *, create: bool = True, connect: Connect = connect_sqlite) -> Store:
        """Open the database and bring it to this version's schema.

        ``connect`` makes SQLite connections (sqlite3's interface, autocommit). Raises StoreVersionError when a newer greenroom wrote it,
        NotFoundError when there is none and ``create`` is False, StoreReadOnlyError, StoreBusyError, InputError for an unusable URL,
        ExtraMissingError without psycopg.
        """
        database = Database(url, create=create, connect=connect)
        try:
            schema.migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Folds the write-ahead log into the file."""
        self.database.close()

    def ensure_owner(self, owner_id: str, at: datetime) -> None:
        with self.database.write(owner_id) as connection:
            sessions.ensure_owner(connection, owner_id, at)

    def save_session(self, owner_id: str, session: Session) -> None:
        with self.database.write(owner_id) as connection:
            sessions.ensure_owner(connection, owner_id, session.started_at)
            sessions.put_session(connection, owner_id, session)

    def get_session(self, owner_id: str, session_id: str) -> Session:
        """Raises NotFoundError."""
        with self.database.read() as connection:
            return sessions.get_session(connection, owner_id, session_id)

    def find_session(self, owner_id: str, session_id: str) -> Session | None:
        with self.database.read() as connection:
            return sessions.find_session(connection, owner_id, session_id)

    def list_sessions(self, owner_id: str, limit: int = 50) -> list[Session]:
        """Newest first."""
        with self.database.read() as connection:
            return sessions.list_sessions(connection, owner_id, limit)

    def change_session(self, owner_id: str, session_id: str, change: Change) -> Session:
        """Read, change, write, with nobody in between. What ``change`` raises undoes everything."""
        with self.database.write(owner_id) as connection:
            return sessions.change_session(connection, owner_id, session_id, change)

    def add_answer(self, owner_id: str, attempt: Attempt, change: Change, backlog_limit: int) -> tuple[Attempt, Session, bool]:
        """Store an answer with its pending assessment and change its session: on disk when this returns.

        False: the same answer was there already (a retry, a double click, a second tab); nothing changed. Raises ConflictError when the id
        was used for something else, BacklogFullError (on PostgreSQL the limit may be passed by as many as submit at one instant),
        NotFoundError for the session.
        """
        with self.database.write(owner_id) as connection:
            session = sessions.get_session(connection, owner_id, attempt.session_id)
            stored = answers.find_same(connection, owner_id, attempt)
            if stored is not None:
                return stored, session, False
            stored = answers.add(connection, owner_id, attempt, backlog_limit)
            session = sessions.change_session(connection, owner_id, attempt.session_id, change)
            sessions.drop_draft(connection, owner_id, attempt.session_id, attempt.turn_id)
            return stored, session, True

    def get_attempt(self, owner_id: str, answer_id: str) -> Attempt:
        """Raises NotFoundError."""
        with self.database.read() as connection:
            return answers.get_attempt(connection, owner_id, answer_id)

    def find_attempt(self, owner_id: str, answer_id: str) -> Attempt | None:
        with self.database.read() as connection:
            return answers.find_attempt(connection, owner_id, answer_id)

    def list_attempts(
        self, owner_id: str, *, session_id: str | None = None, question_id: str | None = None, limit: int = 1000
    ) -> list[Attempt]:
        """The latest ``limit``, oldest of them first."""
        with self.database.read() as connection:
            return answers.list_attempts(connection, owner_id, session_id, question_id, limit)

    def recently_asked(self, owner_id: str, limit: int = 1000) -> list[str]:
        """Question ids and wordings of the latest answers, oldest of them first: what a new plan needs, without reading the answers."""
        with self.database.read() as connection:
            return answers.recently_asked(connection, owner_id, limit)

    def claim(
        self, worker: str, now: datetime, lease_seconds: float, knows: Callable[[str], bool] = lambda question_id: True
    ) -> tuple[str, Attempt] | None:
        """Take the oldest answer that waits: (owner_id, attempt), or None. Only one worker gets it, in whatever process.

        ``knows``: whether the worker has a question. Answers to others are left to a greenroom that does.
        """
        questions = [question_id for question_id in self.unclaimed() if knows(question_id)]
        if not questions:  # an idle queue takes no lock and writes nothing
            return None
        with self.database.write() as connection:
            return answers.claim(connection, worker, now, lease_seconds, questions)

    def unclaimed(self) -> Mapping[str, int]:
        """How many answers of all owners wait to be assessed, by question."""
        with self.database.read() as connection:
            return answers.unclaimed(connection)

    def count_failed(self) -> int:
        """How many answers of all owners could not be assessed."""
        with self.database.read() as connection:
            return answers.count_failed(connection)

    def recover(self, now: datetime) -> int:
        """Answers whose worker let its lease run out are interrupted, to be claimed again. Returns how many."""
        with self.database.read() as connection:
            if not answers.has_late(connection, now):
                return 0
        with self.database.write() as connection:
            return answers.recover(connection, now)

    def finish(self, owner_id: str, answer_id: str, worker: str, outcome: Outcome) -> bool:
        """Store an outcome and all that follows from it. False and no change when the claim is no longer held by ``worker``."""
        with self.database.write(owner_id) as connection:
            if not answers.finish(connection, owner_id, answer_id, worker, outcome.assessment, outcome.at):
                return False
            if outcome.change is not None:
                attempt = answers.get_attempt(connection, owner_id, answer_id)
                sessions.change_session(connection, owner_id, attempt.session_id, outcome.change)
            reviews.put_cards(connection, owner_id, outcome.cards)
            reviews.add_events(connection, owner_id, outcome.events)
            return True

    def fail(self, owner_id: str, answer_id: str, worker: str, fault: str, at: datetime) -> bool:
        """The assessment could not be made; ``fault`` is shown to the person. False when the claim is no longer held."""
        with self.database.write(owner_id) as connection:
            return answers.fail(connection, owner_id, answer_id, worker, fault, at)

    def again(self, owner_id: str, answer_id: str) -> bool:
        """A failed assessment waits once more. False when it had not failed."""
        with self.database.write(owner_id) as connection:
            return answers.again(connection, owner_id, answer_id)

    def backlog(self, owner_id: str | None = None, session_id: str | None = None) -> int:
        """How many answers are pending, running or interrupted; of every owner for None, of one session if it is named."""
        with self.database.read() as connection:
            return answers.backlog(connection, owner_id, session_id)

    def put_draft(self, owner_id: str, session_id: str, turn_id: str, text: str, at: datetime) -> bool:
        """Raises NotFoundError for the session. False and no draft when its turn has its answer already."""
        with self.database.write(owner_id) as connection:
            sessions.get_session(connection, owner_id, session_id)
            return sessions.put_draft(connection, owner_id, session_id, turn_id, text, at)

    def find_draft(self, owner_id: str, session_id: str, turn_id: str) -> str | None:
        with self.database.read() as connection:
            return sessions.find_draft(connection, owner_id, session_id, turn_id)

    def list_drafts(self, owner_id: str, session_id: str) -> list[tuple[str, str]]:
        """(turn_id, text) of one session."""
        with self.database.read() as connection:
            return [(row["turn_id"], row["text"]) for row in sessions.list_drafts(connection, owner_id) if row["session_id"] == session_id]

    def list_cards(self, owner_id: str, due_before: datetime | None = None) -> list[ReviewCard]:
        """Most overdue first; with ``due_before``, those due by then."""
        with self.database.read() as connection:
            return reviews.list_cards(connection, owner_id, due_before)

    def find_cards(self, owner_id: str, point_ids: Sequence[str]) -> dict[str, ReviewCard]:
        """By global point id; a point without a card is not in it."""
        with self.database.read() as connection:
            return reviews.find_cards(connection, owner_id, point_ids)

    def list_events(self, owner_id: str, limit: int = 1000) -> list[ReviewEvent]:
        """The latest ``limit``, oldest of them first."""
        with self.database.read() as connection:
            return reviews.list_events(connection, owner_id, limit)

    def list_seen(self, owner_id: str, limit: int) -> list[SeenAnswer]:
        """The latest ``limit`` answers without their texts, oldest of them first."""
        with self.database.read() as connection:
            return reviews.list_seen(connection, owner_id, limit)

    def list_seen_sessions(self, owner_id: str, limit: int) -> list[SeenSession]:
        """The latest ``limit``, newest first, without what was said in them."""
        with self.database.read() as connection:
            return reviews.list_seen_sessions(connection, owner_id, limit)

    def put_take(self, owner_id: str, take: Take) -> None:
        """What was heard of one recording. Raises NotFoundError for the session. The same take again changes nothing."""
        with self.database.write(owner_id) as connection:
            sessions.get_session(connection, owner_id, take.session_id)
            takes.put_takes(connection, owner_id, [take])

    def list_takes(self, owner_id: str, session_id: str | None = None, turn_id: str | None = None) -> list[Take]:
        """In the order in which they were spoken."""
        with self.database.read() as connection:
            return takes.list_takes(connection, owner_id, session_id, turn_id)

    def add_dispute(self, owner_id: str, dispute: Dispute) -> None:
        """Raises NotFoundError for the answer, ConflictError when there are as many views on it as it may have."""
        with self.database.write(owner_id) as connection:
            answers.get_attempt(connection, owner_id, dispute.answer_id)
            reviews.add_dispute(connection, owner_id, dispute)

    def list_disputes(self, owner_id: str, answer_id: str | None = None) -> list[Dispute]:
        """Oldest first; of all answers for None."""
        with self.database.read() as connection:
            return reviews.list_disputes(connection, owner_id, answer_id)

    def get_profile(self, owner_id: str) -> Profile:
        """An empty one when none was saved."""
        with self.database.read() as connection:
            return sessions.get_profile(connection, owner_id)

    def save_profile(self, owner_id: str, profile: Profile, cards: Sequence[ReviewCard] = ()) -> None:
        """``cards``: those whose day moves with the interview's; stored together with it."""
        with self.database.write(owner_id) as connection:
            sessions.ensure_owner(connection, owner_id, datetime.now(UTC))
            sessions.put_profile(connection, owner_id, profile)
            reviews.put_cards(connection, owner_id, cards)

    def integrity(self) -> str:
        """ "ok", or what is wrong, one line a fault."""
        return backup.check(self.database)

    def backup(self, path: Path) -> None:
        """The whole database, consistent, while it is in use. Replaces ``path`` when complete. SQLite only (PostgreSQL: pg_dump)."""
        backup.write(self.database, path)

    def facts(self) -> dict[str, str | int]:
        """What the doctor reports: versions, pragmas as they are, sizes in bytes, numbers of rows."""
        return backup.facts(self.database)
