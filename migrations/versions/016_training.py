"""Who was trained as a coach, and when; spreadsheets between their check and their use."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "016"
down_revision = "015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coach_training",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("trained_on", sa.Date(), nullable=False),
        sa.Column("standard", sa.String(100), nullable=False),
        sa.Column("refresh_due_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "refresh_due_on IS NULL OR refresh_due_on > trained_on",
            name=op.f("ck_coach_training_refresh"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_coach_training_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_training")),
        sa.UniqueConstraint(
            "user_id", "trained_on", name=op.f("uq_coach_training_user_id_trained_on")
        ),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("filename", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("added", sa.Integer(), nullable=True),
        sa.Column("changed", sa.Integer(), nullable=True),
        sa.Column("same", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('participants', 'schools', 'allocations', 'training')",
            name=op.f("ck_import_batch_kind"),
        ),
        sa.CheckConstraint(
            "(done_at IS NULL) = (content IS NOT NULL)", name=op.f("ck_import_batch_content")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_import_batch_provider_id_provider")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_import_batch_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_index(op.f("ix_import_batch_provider_id"), "import_batch", ["provider_id"])


def downgrade() -> None:
    op.drop_table("import_batch")
    op.drop_table("coach_training")
