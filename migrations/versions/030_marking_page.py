"""Evidence pointed at from a criterion, a marker's own comments, marks from a spreadsheet."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "030"
down_revision = "029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mark", sa.Column("links", sa.JSON(), nullable=True))
    op.create_table(
        "saved_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_saved_comment_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_comment")),
        sa.UniqueConstraint("user_id", "digest", name=op.f("uq_saved_comment_user_id_digest")),
    )
    op.create_table(
        "marks_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(200), nullable=False),
        sa.Column("are_final", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("stored", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(done_at IS NULL) = (content IS NOT NULL)", name=op.f("ck_marks_sheet_content")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_marks_sheet_provider_id_provider")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_marks_sheet_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks_sheet")),
    )
    op.create_index(op.f("ix_marks_sheet_user_id"), "marks_sheet", ["user_id"])


def downgrade() -> None:
    op.drop_table("marks_sheet")
    op.drop_table("saved_comment")
    op.drop_column("mark", "links")
