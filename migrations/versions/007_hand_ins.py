"""Hand-ins: what a gradebook was told of submitted work."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "007"
down_revision = "006"
branch_labels = None
depends_on = None

POINTS_AT = ("provider", "attempt", "line_item", "participant", "registration")


def upgrade() -> None:
    op.create_table(
        "hand_in",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(f"{table}_id", sa.Integer(), nullable=False) for table in POINTS_AT),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("lane", sa.Integer(), nullable=True),
        sa.Column("stamp", Instant(), nullable=True),
        sa.Column("posted_at", Instant(), nullable=True),
        sa.Column("was_empty", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed')", name=op.f("ck_hand_in_state")
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{table}_id"], [f"{table}.id"], name=op.f(f"fk_hand_in_{table}_id_{table}")
            )
            for table in POINTS_AT
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_in")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_hand_in_attempt_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_hand_in_reference")),
        sa.UniqueConstraint("lane", name=op.f("uq_hand_in_lane")),
    )
    op.create_index("ix_hand_in_cell", "hand_in", ["line_item_id", "participant_id"])
    op.create_index("ix_hand_in_due", "hand_in", ["state", "due_at"])


def downgrade() -> None:
    op.drop_table("hand_in")
