"""Filters of the cohort that a lead keeps."""

revision = "035"
down_revision = "034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
