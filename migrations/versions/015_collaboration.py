"""Learning together with others."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "015"
down_revision = "014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collaboration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("starter_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("others", sa.String(length=300), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=True),
        sa.Column("code_expires_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "(code IS NULL) = (code_expires_at IS NULL)", name=op.f("ck_collaboration_code")
        ),
        sa.ForeignKeyConstraint(
            ["starter_id"], ["participant.id"], name=op.f("fk_collaboration_starter_id_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collaboration")),
        sa.UniqueConstraint("code", name=op.f("uq_collaboration_code")),
    )
    op.create_index(op.f("ix_collaboration_starter_id"), "collaboration", ["starter_id"])
    op.create_table(
        "collaboration_strand",
        sa.Column("collaboration_id", sa.Integer(), nullable=False),
        sa.Column("strand", sa.String(length=20), nullable=False),
        _to_collaboration("collaboration_strand"),
        sa.PrimaryKeyConstraint("collaboration_id", "strand", name=op.f("pk_collaboration_strand")),
    )
    op.create_table(
        "collaboration_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collaboration_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("learned", sa.Text(), nullable=False),
        sa.Column("shared", sa.Text(), nullable=False),
        sa.Column("duty", sa.String(length=20), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('invited', 'taking_part', 'declined', 'taken_back', 'left')",
            name=op.f("ck_collaboration_part_state"),
        ),
        _to_collaboration("collaboration_part"),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_collaboration_part_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collaboration_part")),
        sa.UniqueConstraint(
            "collaboration_id",
            "participant_id",
            name=op.f("uq_collaboration_part_collaboration_id_participant_id"),
        ),
    )
    op.create_index(
        op.f("ix_collaboration_part_participant_id"), "collaboration_part", ["participant_id"]
    )


def downgrade() -> None:
    for table in ("collaboration_part", "collaboration_strand", "collaboration"):
        op.drop_table(table)


def _to_collaboration(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_collaboration_id_collaboration")
    return sa.ForeignKeyConstraint(["collaboration_id"], ["collaboration.id"], name=name)
