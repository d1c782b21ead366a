"""How long things are kept, and what was disposed of."""

revision = "039"
down_revision = "038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
