"""What is known of stored bytes, and words for those who cannot see or hear them."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "019"
down_revision = "018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_check",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("found", sa.String(length=200), nullable=True),
        sa.Column("scanned_at", Instant(), nullable=True),
        sa.Column("scan_due_at", Instant(), nullable=True),
        sa.Column("scan_tries", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("preview_due_at", Instant(), nullable=True),
        sa.Column("preview_tries", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('unscanned', 'waiting', 'clean', 'infected')",
            name=op.f("ck_file_check_state"),
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file_check")),
    )
    op.create_index(op.f("ix_file_check_scan_due_at"), "file_check", ["scan_due_at"])
    op.create_index(op.f("ix_file_check_preview_due_at"), "file_check", ["preview_due_at"])
    # What was uploaded before has been seen by nobody, and its previews are made when its turn is.
    op.execute(
        "INSERT INTO file_check "
        "(sha256, media_type, state, scan_tries, pages, preview_due_at, preview_tries) "
        "SELECT sha256, min(media_type), 'unscanned', 0, 0, CURRENT_TIMESTAMP, 0 "
        "FROM upload GROUP BY sha256"
    )
    # Without a batch: SQLite would copy the table and lose the triggers that keep it as it is.
    op.add_column("upload", sa.Column("alt_text", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("upload", "alt_text")
    op.drop_table("file_check")
