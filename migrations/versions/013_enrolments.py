"""Which modules somebody is enrolled on, and until when."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "013"
down_revision = "012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "module_enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("module_code", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("attempts_allowed", sa.Integer(), nullable=False),
        sa.Column("enrolled_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "attempts_allowed BETWEEN 1 AND 20", name=op.f("ck_module_enrolment_attempts_allowed")
        ),
        sa.CheckConstraint(
            "state IN ('enrolled', 'open', 'closed', 'deferred')",
            name=op.f("ck_module_enrolment_state"),
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["user.id"], name=op.f("fk_module_enrolment_changed_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_module_enrolment_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_module_enrolment")),
        sa.UniqueConstraint(
            "participant_id",
            "module_code",
            name=op.f("uq_module_enrolment_participant_id_module_code"),
        ),
    )
    op.create_table(
        "module_date",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("programme_version_id", sa.Integer(), nullable=False),
        sa.Column("module_code", sa.String(length=40), nullable=False),
        sa.Column("cohort", sa.String(length=60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_version_id"],
            ["programme_version.id"],
            name=op.f("fk_module_date_programme_version_id_programme_version"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_module_date_provider_id_provider")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["user.id"], name=op.f("fk_module_date_set_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_module_date")),
        sa.UniqueConstraint(
            "programme_version_id",
            "module_code",
            "cohort",
            name=op.f("uq_module_date_programme_version_id_module_code_cohort"),
        ),
    )
    op.create_index(op.f("ix_module_date_provider_id"), "module_date", ["provider_id"])


def downgrade() -> None:
    op.drop_table("module_date")
    op.drop_table("module_enrolment")
