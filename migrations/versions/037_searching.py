"""What a search for people, schools and evidence looks through."""

revision = "037"
down_revision = "036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
