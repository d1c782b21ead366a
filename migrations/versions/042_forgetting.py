"""What erasures leave behind them."""

revision = "042"
down_revision = "041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
