"""What was spoken: the words of each take with their times."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "takes",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("take_id", sa.String(200), nullable=False),
        sa.Column("session_id", sa.String(200), nullable=False),
        sa.Column("turn_id", sa.String(200), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id", "session_id"], ["sessions.owner_id", "sessions.session_id"], name="fk_takes_owner_id_sessions"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_takes_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", "take_id", name="pk_takes"),
    )
    op.create_index("ix_takes_owner_id_session_id", "takes", ["owner_id", "session_id"])
