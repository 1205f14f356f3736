"""The first tables: owners, sessions, answers and their assessments, drafts, review, disputes, profiles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    _people()
    _answers()
    _verdicts()


def _people() -> None:
    op.create_table(
        "owners",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name="pk_owners"),
    )
    op.create_table(
        "cards",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("point_id", sa.String(200), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_cards_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", "point_id", name="pk_cards"),
    )
    op.create_index("ix_cards_owner_id_due_at", "cards", ["owner_id", "due_at"])
    op.create_table(
        "profiles",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_profiles_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", name="pk_profiles"),
    )
    op.create_table(
        "sessions",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("session_id", sa.String(200), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_sessions_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", "session_id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_owner_id_started_at", "sessions", ["owner_id", "started_at"])


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("answer_id", sa.String(200), nullable=False),
        sa.Column("session_id", sa.String(200), nullable=False),
        sa.Column("turn_id", sa.String(200), nullable=False),
        sa.Column("question_id", sa.String(200), nullable=False),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("point_id", sa.String(200), nullable=True),
        sa.Column("ask", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id", "session_id"], ["sessions.owner_id", "sessions.session_id"], name="fk_answers_owner_id_sessions"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_answers_owner_id_owners"),
        sa.PrimaryKeyConstraint("seq", name="pk_answers"),
        sa.UniqueConstraint("owner_id", "answer_id", name="uq_answers_owner_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answers_owner_id_question_id", "answers", ["owner_id", "question_id"])
    op.create_index("ix_answers_owner_id_answered_at", "answers", ["owner_id", "answered_at"])
    op.create_index("ix_answers_owner_id_session_id", "answers", ["owner_id", "session_id"])
    op.create_table(
        "drafts",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("session_id", sa.String(200), nullable=False),
        sa.Column("turn_id", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id", "session_id"], ["sessions.owner_id", "sessions.session_id"], name="fk_drafts_owner_id_sessions"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_drafts_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", "session_id", "turn_id", name="pk_drafts"),
    )


def _verdicts() -> None:
    op.create_table(
        "assessments",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("answer_id", sa.String(200), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("worker", sa.String(200), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("assessed_at", sa.BigInteger(), nullable=True),
        sa.Column("rubric_hash", sa.String(200), nullable=True),
        sa.Column("grader_name", sa.String(200), nullable=True),
        sa.Column("grader_version", sa.String(200), nullable=True),
        sa.Column("overall", sa.Double(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id", "answer_id"], ["answers.owner_id", "answers.answer_id"], name="fk_assessments_owner_id_answers"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_assessments_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", "answer_id", name="pk_assessments"),
    )
    op.create_index("ix_assessments_status_lease_until", "assessments", ["status", "lease_until"])
    op.create_table(
        "disputes",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("answer_id", sa.String(200), nullable=False),
        sa.Column("target", sa.String(200), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("disputed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id", "answer_id"], ["answers.owner_id", "answers.answer_id"], name="fk_disputes_owner_id_answers"),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_disputes_owner_id_owners"),
        sa.PrimaryKeyConstraint("seq", name="pk_disputes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_disputes_owner_id_answer_id", "disputes", ["owner_id", "answer_id"])
    op.create_table(
        "events",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("answer_id", sa.String(200), nullable=False),
        sa.Column("point_id", sa.String(200), nullable=False),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(["owner_id", "answer_id"], ["answers.owner_id", "answers.answer_id"], name="fk_events_owner_id_answers"),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_events_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", "answer_id", "point_id", name="pk_events"),
    )
    op.create_index("ix_events_owner_id_reviewed_at", "events", ["owner_id", "reviewed_at"])
