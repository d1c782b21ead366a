"""What markers, examiners and participants were still missing in the way of a mark."""

revision = "034"
down_revision = "033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
