"""From which version on an item is shared: what was in a draft before stays its author's."""

import sqlalchemy as sa
from alembic import op

revision = "005"
down_revision = "004"
branch_labels = None
depends_on = None

# Versions that others have surely read: a coach's records, and what was answered or handed in.
# Of older sharing nothing tells the version, so the newest alone counts.
SHARED = """
UPDATE evidence_item SET shared_from_version = coalesce(
    (SELECT min(version.number) FROM evidence_version AS version
     WHERE version.item_id = evidence_item.id AND (
        version.duty IS NOT NULL
        OR EXISTS (SELECT 1 FROM attestation WHERE attestation.version_id = version.id)
        OR EXISTS (SELECT 1 FROM attempt_item WHERE attempt_item.version_id = version.id))),
    CASE WHEN state NOT IN ('draft', 'withdrawn') THEN current_version END)
"""


def upgrade() -> None:
    # Added and dropped in place: many tables point at this one, so SQLite must not rebuild it.
    op.add_column("evidence_item", sa.Column("shared_from_version", sa.Integer(), nullable=True))
    op.execute(SHARED)


def downgrade() -> None:
    op.drop_column("evidence_item", "shared_from_version")
