"""Mail that waits to be sent, and personal links for people without a VLE account."""

revision = "010"
down_revision = "009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
