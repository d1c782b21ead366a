"""Pauses and leavings that are noted ahead; applications as a spreadsheet."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "026"
down_revision = "025"
branch_labels = None
depends_on = None

AHEAD = sa.text("state = 'ahead'")
KINDS = "kind IN ('participants', 'schools', 'allocations', 'training')"
MORE_KINDS = "kind IN ('participants', 'schools', 'allocations', 'training', 'applications')"


def upgrade() -> None:
    op.create_table(
        "planned_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(30), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "act IN ('pause', 'withdraw', 'leave_school')", name=op.f("ck_planned_act_act")
        ),
        sa.CheckConstraint(
            "state IN ('ahead', 'done', 'called_off', 'overtaken')",
            name=op.f("ck_planned_act_state"),
        ),
        sa.CheckConstraint(
            "(state = 'ahead') = (settled_at IS NULL)", name=op.f("ck_planned_act_settled")
        ),
        sa.CheckConstraint(
            "(act = 'leave_school') = (reason IS NULL)", name=op.f("ck_planned_act_reason")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_planned_act_participant_id_participant"),
        ),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["user.id"], name=op.f("fk_planned_act_noted_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_act")),
    )
    op.create_index(op.f("ix_planned_act_participant_id"), "planned_act", ["participant_id"])
    op.create_index(
        "uq_planned_act_ahead",
        "planned_act",
        ["participant_id", "act"],
        unique=True,
        sqlite_where=AHEAD,
        postgresql_where=AHEAD,
    )
    _allow(MORE_KINDS)


def downgrade() -> None:
    op.execute("DELETE FROM import_batch WHERE kind = 'applications'")
    _allow(KINDS)
    op.drop_table("planned_act")


def _allow(kinds: str) -> None:
    with op.batch_alter_table("import_batch") as batch:
        batch.drop_constraint(op.f("ck_import_batch_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_import_batch_kind"), kinds)
