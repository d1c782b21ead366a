"""Find what somebody did of late without reading all that was ever noted about them."""

from alembic import op

revision = "018"
down_revision = "017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_event_participant_id_at", "audit_event", ["participant_id", "at"])
    op.drop_index("ix_audit_event_participant_id", "audit_event")


def downgrade() -> None:
    op.create_index("ix_audit_event_participant_id", "audit_event", ["participant_id"])
    op.drop_index("ix_audit_event_participant_id_at", "audit_event")
