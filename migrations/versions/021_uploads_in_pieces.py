"""Uploads that arrive in pieces."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "021"
down_revision = "020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arriving_file",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=True),
        sa.Column("accepted", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("held_by", sa.String(length=32), nullable=True),
        sa.Column("held_until", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('receiving', 'received', 'accepted', 'refused', 'used')",
            name=op.f("ck_arriving_file_state"),
        ),
        sa.CheckConstraint(
            "received >= 0 AND received <= size", name=op.f("ck_arriving_file_received")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_arriving_file_user_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_arriving_file_course_id_course")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arriving_file")),
    )
    for column in ("user_id", "sha256", "expires_at"):
        op.create_index(op.f(f"ix_arriving_file_{column}"), "arriving_file", [column])
    op.create_table(
        "arrived_piece",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.String(length=32), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["arriving_file.id"],
            name=op.f("fk_arrived_piece_file_id_arriving_file"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrived_piece")),
        sa.UniqueConstraint("file_id", "start", name=op.f("uq_arrived_piece_file_id_start")),
    )


def downgrade() -> None:
    op.drop_table("arrived_piece")
    op.drop_table("arriving_file")
