"""How long sessions last without use."""

revision = "043"
down_revision = "042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
