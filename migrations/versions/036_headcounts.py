"""Who was counted on a census date, as it was then."""

revision = "036"
down_revision = "035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
