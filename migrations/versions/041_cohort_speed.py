"""What the lead's pages need at the scale of a region."""

revision = "041"
down_revision = "040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
