"""Coaches whom participants invite, until staff have confirmed the address."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "020"
down_revision = "019"
branch_labels = None
depends_on = None

OPEN = sa.text("settled_at IS NULL")
TABLE = "coach_invitation"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", Instant(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "basis IN ('own_school', 'partner_school', 'other_setting')",
            name=op.f("ck_coach_invitation_basis"),
        ),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'refused', 'withdrawn')",
            name=op.f("ck_coach_invitation_outcome"),
        ),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (outcome IS NULL)", name=op.f("ck_coach_invitation_settled")
        ),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (user_id IS NULL)", name=op.f("ck_coach_invitation_accepted")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{other}.id"], name=op.f(f"fk_{TABLE}_{column}_{other}")
            )
            for column, other in (
                ("provider_id", "provider"),
                ("participant_id", "participant"),
                ("user_id", "user"),
                ("settled_by", "user"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_invitation")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_coach_invitation_code_hash")),
    )
    for column in ("participant_id", "user_id"):
        op.create_index(op.f(f"ix_{TABLE}_{column}"), TABLE, [column])
    op.create_index(
        "uq_coach_invitation_open",
        TABLE,
        ["participant_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_table(TABLE)
