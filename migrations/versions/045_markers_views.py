"""What markers may see."""

revision = "045"
down_revision = "044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
