"""What the operator measures."""

revision = "040"
down_revision = "039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
