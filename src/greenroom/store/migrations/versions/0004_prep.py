"""What a person brought and noted while preparing: papers, the company page, the plan's choice, what was studied, which answer is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "papers",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("paper_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_papers_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", "paper_id", name="pk_papers"),
    )
    op.create_index("ix_papers_owner_id_kind_added_at", "papers", ["owner_id", "kind", "added_at"])
    for name in ("companies", "day_plans"):
        op.create_table(
            name,
            sa.Column("owner_id", sa.String(200), nullable=False),
            sa.Column("body", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name=f"fk_{name}_owner_id_owners"),
            sa.PrimaryKeyConstraint("owner_id", name=f"pk_{name}"),
        )
    op.create_table(
        "studied",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("question_id", sa.String(200), nullable=False),
        sa.Column("studied_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_studied_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", "question_id", name="pk_studied"),
    )
    op.create_table(
        "kept",
        sa.Column("owner_id", sa.String(200), nullable=False),
        sa.Column("question_id", sa.String(200), nullable=False),
        sa.Column("answer_id", sa.String(200), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id", "answer_id"], ["answers.owner_id", "answers.answer_id"], name="fk_kept_owner_id_answers"),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.owner_id"], name="fk_kept_owner_id_owners"),
        sa.PrimaryKeyConstraint("owner_id", "question_id", name="pk_kept"),
    )
