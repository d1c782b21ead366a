"""Rosters: what a reading of one brought, and who was there, absent or gone."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "003"
down_revision = "002"
branch_labels = None
depends_on = None

OPEN_SYNC = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    op.create_table(
        "roster_sync",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.Column("departed", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=True),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_roster_sync_state")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_roster_sync_course_id_course")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_sync")),
    )
    op.create_index(op.f("ix_roster_sync_course_id"), "roster_sync", ["course_id"])
    op.create_index(
        "uq_roster_sync_open",
        "roster_sync",
        ["course_id"],
        unique=True,
        sqlite_where=OPEN_SYNC,
        postgresql_where=OPEN_SYNC,
    )
    op.create_table(
        "roster_entry",
        sa.Column("sync_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=True),
        sa.Column("is_test_user", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sync_id"], ["roster_sync.id"], name=op.f("fk_roster_entry_sync_id_roster_sync")
        ),
        sa.PrimaryKeyConstraint("sync_id", "subject", name=op.f("pk_roster_entry")),
    )
    with op.batch_alter_table("course_member") as batch_op:
        batch_op.add_column(
            sa.Column("source", sa.String(10), nullable=False, server_default="launch")
        )
        batch_op.add_column(
            sa.Column("absent_count", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("left_at", Instant(), nullable=True))
        batch_op.add_column(
            sa.Column("is_test_user", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.alter_column("last_launch_at", existing_type=Instant(), nullable=True)
    # Added and dropped in place: many tables point at this one, so SQLite must not rebuild it.
    op.add_column(
        "participant", sa.Column("origin", sa.String(10), nullable=False, server_default="launch")
    )


def downgrade() -> None:
    op.drop_column("participant", "origin")
    # Those whom only a roster brought were unknown before.
    op.execute("DELETE FROM course_member WHERE last_launch_at IS NULL")
    with op.batch_alter_table("course_member") as batch_op:
        batch_op.alter_column("last_launch_at", existing_type=Instant(), nullable=False)
        for name in ("is_test_user", "left_at", "absent_count", "source"):
            batch_op.drop_column(name)
    op.drop_table("roster_entry")
    op.drop_table("roster_sync")
