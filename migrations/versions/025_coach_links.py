"""What a placed coach link is about: everybody a coach has, a module, or one participant."""

import sqlalchemy as sa
from alembic import op

revision = "025"
down_revision = "024"
branch_labels = None
depends_on = None

TABLES = ("placed_item", "resource_link")


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("participant_id", sa.Integer(), nullable=True))
            batch_op.create_foreign_key(
                op.f(f"fk_{table}_participant_id_participant"),
                "participant",
                ["participant_id"],
                ["id"],
            )


def downgrade() -> None:
    for table in TABLES:
        # Without the participant such a link would be one for all of them.
        op.execute(f"UPDATE {table} SET opens = 'progress' WHERE participant_id IS NOT NULL")
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(
                op.f(f"fk_{table}_participant_id_participant"), type_="foreignkey"
            )
            batch_op.drop_column("participant_id")
