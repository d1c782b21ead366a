"""What leads look for."""

revision = "044"
down_revision = "043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
