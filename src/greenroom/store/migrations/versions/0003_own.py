"""A person's own stories, which answer told which, and the questions they mean to ask."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "asks",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("ask_id", sa.String(200), nullable=False),
        sa.Column("round", sa.String(20), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_asks_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", "ask_id", name="pk_asks"),
    )
    op.create_table(
        "stories",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("story_id", sa.String(200), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_stories_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", "story_id", name="pk_stories"),
    )
    op.create_index("ix_stories_owner_id_changed_at", "stories", ["owner_id", "changed_at"])
    op.create_table(
        "story_uses",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("answer_id", sa.String(200), nullable=False),
        sa.Column("story_id", sa.String(200), nullable=False),
        sa.Column("question_id", sa.String(200), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id", "answer_id"], ["answers.owner_id", "answers.answer_id"], name="fk_story_uses_owner_id_answers"
        ),
        sa.ForeignKeyConstraint(["owner_id", "story_id"], ["stories.owner_id", "stories.story_id"], name="fk_story_uses_owner_id_stories"),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_story_uses_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", "answer_id", name="pk_story_uses"),
    )
    op.create_index("ix_story_uses_owner_id_story_id", "story_uses", ["owner_id", "story_id"])
