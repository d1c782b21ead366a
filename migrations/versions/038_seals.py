"""The trail, sealed in segments."""

revision = "038"
down_revision = "037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
