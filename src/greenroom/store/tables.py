"""The tables, and the types that guard their border.

Every table has ``owner_id``. A column that is queried stands by itself; the rest of a value is kept as its JSON. Times are whole
microseconds since 1970 in UTC: they sort the same in SQLite and PostgreSQL and lose nothing.

Text is refused here, and only here, when it cannot come back byte for byte from every database: with a NUL (PostgreSQL has none) or a lone
surrogate (no UTF-8). Everything else returns exactly as it was given.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError
from sqlalchemy.types import TypeDecorator

from greenroom.errors import InputError, TooLargeError

KEY_LIMIT = 200
TEXT_LIMIT = 1_000_000
BODY_LIMIT = 8_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WAITING = ("pending", "running", "interrupted")


def check_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text unchanged. Raises InputError for a NUL or a lone surrogate, TooLargeError above ``limit`` characters."""
    if len(text) > limit:
        raise TooLargeError(f"A text has {len(text):,} characters; at most {limit:,} can be stored.", "Shorten it.")
    if "\0" in text:
        raise InputError("The text contains a NUL character, which cannot be stored.", "Remove the invisible character U+0000.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"Character {error.start + 1} of the text is half of a broken character (a lone surrogate).", "Delete it and type it again."
        ) from None
    return text


def to_body(value: BaseModel) -> str:
    """The value as JSON, by the same rules as ``check_text``."""
    try:
        body = value.model_dump_json()
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise InputError("A text contains half of a broken character (a lone surrogate).", "Delete it and type it again.") from error
    if "\\u0000" in body:
        _check_inside(value.model_dump())
    return check_text(body, BODY_LIMIT)


def _check_inside(value: object) -> None:
    """``\\u0000`` in JSON may be an escaped NUL or a typed backslash: only the values can tell."""
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_inside(key)
            _check_inside(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check_inside(item)


class Key(TypeDecorator[str]):
    """An id: short, so that an index can hold it."""

    impl = sa.String(KEY_LIMIT)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else check_text(value, KEY_LIMIT)


class Words(TypeDecorator[str]):
    """Text of a person or a pack, or the JSON of a value."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else check_text(value, BODY_LIMIT)


class Moment(TypeDecorator[datetime]):
    """An aware time, as microseconds since 1970 in UTC."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise InputError("A time has no time zone.", "Give every time with its zone, for example 2025-01-31T09:00:00Z.")
        return (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Figure(TypeDecorator[float]):
    """A finite number."""

    impl = sa.Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: sa.Dialect) -> float | None:
        if value is not None and not math.isfinite(value):
            raise InputError("A number is not finite.", "Give an ordinary number.")
        return value


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _owner(**options: Any) -> sa.Column[str]:
    return sa.Column("owner_id", Key, sa.ForeignKey("owners.owner_id"), nullable=False, **options)


def _of(*keys: str, table: str) -> sa.ForeignKeyConstraint:
    """A reference inside one owner: it cannot cross to another's row."""
    return sa.ForeignKeyConstraint(keys, [f"{table}.{key}" for key in keys])


owners = sa.Table(
    "owners",
    metadata,
    sa.Column("owner_id", Key, primary_key=True),
    sa.Column("created_at", Moment, nullable=False),
)
sessions = sa.Table(
    "sessions",
    metadata,
    _owner(primary_key=True),
    sa.Column("session_id", Key, primary_key=True),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("body", Words, nullable=False),
    sa.Index(None, "owner_id", "started_at"),
)
answers = sa.Table(
    "answers",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    _owner(),
    sa.Column("answer_id", Key, nullable=False),
    sa.Column("session_id", Key, nullable=False),
    sa.Column("turn_id", Key, nullable=False),
    sa.Column("question_id", Key, nullable=False),
    sa.Column("form", Words),
    sa.Column("point_id", Key),
    sa.Column("ask", Words, nullable=False),
    sa.Column("text", Words, nullable=False),
    sa.Column("answered_at", Moment, nullable=False),
    sa.Column("seconds", Figure),
    sa.UniqueConstraint("owner_id", "answer_id"),
    _of("owner_id", "session_id", table="sessions"),
    sa.Index(None, "owner_id", "session_id"),
    sa.Index(None, "owner_id", "question_id"),
    sa.Index(None, "owner_id", "answered_at"),
    sqlite_autoincrement=True,
)
assessments = sa.Table(
    "assessments",
    metadata,
    _owner(primary_key=True),
    sa.Column("answer_id", Key, primary_key=True),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("worker", Key),
    sa.Column("lease_until", Moment),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("assessed_at", Moment),
    sa.Column("rubric_hash", Key),
    sa.Column("grader_name", Key),
    sa.Column("grader_version", Key),
    sa.Column("overall", Figure),
    sa.Column("fault", Words),
    sa.Column("body", Words),
    _of("owner_id", "answer_id", table="answers"),
    sa.Index(None, "status", "lease_until"),
)
drafts = sa.Table(
    "drafts",
    metadata,
    _owner(primary_key=True),
    sa.Column("session_id", Key, primary_key=True),
    sa.Column("turn_id", Key, primary_key=True),
    sa.Column("text", Words, nullable=False),
    sa.Column("saved_at", Moment, nullable=False),
    _of("owner_id", "session_id", table="sessions"),
)
cards = sa.Table(
    "cards",
    metadata,
    _owner(primary_key=True),
    sa.Column("point_id", Key, primary_key=True),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("body", Words, nullable=False),
    sa.Index(None, "owner_id", "due_at"),
)
events = sa.Table(
    "events",
    metadata,
    _owner(primary_key=True),
    sa.Column("answer_id", Key, primary_key=True),
    sa.Column("point_id", Key, primary_key=True),
    sa.Column("reviewed_at", Moment, nullable=False),
    sa.Column("verdict", sa.String(20), nullable=False),
    _of("owner_id", "answer_id", table="answers"),
    sa.Index(None, "owner_id", "reviewed_at"),
)
disputes = sa.Table(
    "disputes",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    _owner(),
    sa.Column("answer_id", Key, nullable=False),
    sa.Column("target", Key, nullable=False),
    sa.Column("view", Words, nullable=False),
    sa.Column("disputed_at", Moment, nullable=False),
    _of("owner_id", "answer_id", table="answers"),
    sa.Index(None, "owner_id", "answer_id"),
    sqlite_autoincrement=True,
)
profiles = sa.Table(
    "profiles",
    metadata,
    _owner(primary_key=True),
    sa.Column("body", Words, nullable=False),
)
takes = sa.Table(
    "takes",
    metadata,
    _owner(primary_key=True),
    sa.Column("take_id", Key, primary_key=True),
    sa.Column("session_id", Key, nullable=False),
    sa.Column("turn_id", Key, nullable=False),
    sa.Column("begun_at", Moment, nullable=False),
    sa.Column("body", Words, nullable=False),
    _of("owner_id", "session_id", table="sessions"),
    sa.Index(None, "owner_id", "session_id"),
)
stories = sa.Table(
    "stories",
    metadata,
    _owner(primary_key=True),
    sa.Column("story_id", Key, primary_key=True),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("body", Words, nullable=False),
    sa.Index(None, "owner_id", "changed_at"),
)
story_uses = sa.Table(
    "story_uses",
    metadata,
    _owner(primary_key=True),
    sa.Column("answer_id", Key, primary_key=True),
    sa.Column("story_id", Key, nullable=False),
    sa.Column("question_id", Key, nullable=False),
    sa.Column("share", Figure, nullable=False),
    sa.Column("used_at", Moment, nullable=False),
    _of("owner_id", "answer_id", table="answers"),
    _of("owner_id", "story_id", table="stories"),
    sa.Index(None, "owner_id", "story_id"),
)
asks = sa.Table(
    "asks",
    metadata,
    _owner(primary_key=True),
    sa.Column("ask_id", Key, primary_key=True),
    sa.Column("round", sa.String(20), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("body", Words, nullable=False),
)
papers = sa.Table(
    "papers",
    metadata,
    _owner(primary_key=True),
    sa.Column("paper_id", Key, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("added_at", Moment, nullable=False),
    sa.Column("body", Words, nullable=False),
    sa.Index(None, "owner_id", "kind", "added_at"),
)
companies = sa.Table("companies", metadata, _owner(primary_key=True), sa.Column("body", Words, nullable=False))
day_plans = sa.Table("day_plans", metadata, _owner(primary_key=True), sa.Column("body", Words, nullable=False))
studied = sa.Table(
    "studied",
    metadata,
    _owner(primary_key=True),
    sa.Column("question_id", Key, primary_key=True),
    sa.Column("studied_at", Moment, nullable=False),
)
kept = sa.Table(
    "kept",
    metadata,
    _owner(primary_key=True),
    sa.Column("question_id", Key, primary_key=True),
    sa.Column("answer_id", Key, nullable=False),
    sa.Column("kept_at", Moment, nullable=False),
    _of("owner_id", "answer_id", table="answers"),
)
