"""Learning together with others."""

revision = "015"
down_revision = "014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
