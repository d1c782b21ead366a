"""Somebody is the tutor of a participant once at a time."""

import sqlalchemy as sa
from alembic import op

revision = "006"
down_revision = "005"
branch_labels = None
depends_on = None

CURRENT_TUTOR = sa.text("kind = 'tutor' AND ended_on IS NULL")
# Of the same person's several periods the first goes on.
END_REPEATED = """
UPDATE allocation SET ended_on = started_on
WHERE kind = 'tutor' AND ended_on IS NULL AND EXISTS (
    SELECT 1 FROM allocation AS earlier
    WHERE earlier.participant_id = allocation.participant_id
        AND earlier.user_id = allocation.user_id
        AND earlier.kind = 'tutor' AND earlier.ended_on IS NULL AND earlier.id < allocation.id)
"""


def upgrade() -> None:
    op.execute(END_REPEATED)
    op.create_index(
        "uq_allocation_current_tutor",
        "allocation",
        ["participant_id", "user_id"],
        unique=True,
        sqlite_where=CURRENT_TUTOR,
        postgresql_where=CURRENT_TUTOR,
    )


def downgrade() -> None:
    op.drop_index("uq_allocation_current_tutor", "allocation")
