"""Links: whether it is known what each is for, and what was given to a course to place."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "008"
down_revision = "007"
branch_labels = None
depends_on = None

STATES = "state IN ('undecided', 'copied', 'placed', 'chosen')"
# What opens the progress page may have been placed by hand; the next launch tells.
STATE = "UPDATE resource_link SET state = 'placed' WHERE opens <> 'progress'"


def upgrade() -> None:
    with op.batch_alter_table("resource_link") as batch_op:
        batch_op.add_column(
            sa.Column("state", sa.String(10), nullable=False, server_default="undecided")
        )
        batch_op.add_column(sa.Column("said", sa.String(255), nullable=True))
        for column, table in (("copied_from", "course"), ("chosen_by", "user")):
            batch_op.add_column(sa.Column(f"{column}_id", sa.Integer(), nullable=True))
            batch_op.create_foreign_key(
                op.f(f"fk_resource_link_{column}_id_{table}"), table, [f"{column}_id"], ["id"]
            )
        batch_op.create_check_constraint(op.f("ck_resource_link_state"), STATES)
    op.execute(STATE)
    with op.batch_alter_table("resource_link") as batch_op:
        batch_op.alter_column("state", existing_type=sa.String(10), server_default=None)
    op.create_table(
        "placed_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("opens", sa.String(length=20), nullable=False),
        sa.Column("module_code", sa.String(length=40), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_placed_item_course_id_course")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placed_item")),
        sa.UniqueConstraint("reference", name=op.f("uq_placed_item_reference")),
    )
    op.create_index(op.f("ix_placed_item_course_id"), "placed_item", ["course_id"])


def downgrade() -> None:
    op.drop_table("placed_item")
    with op.batch_alter_table("resource_link") as batch_op:
        batch_op.drop_constraint(op.f("ck_resource_link_state"), type_="check")
        for column, table in (("copied_from", "course"), ("chosen_by", "user")):
            batch_op.drop_constraint(
                op.f(f"fk_resource_link_{column}_id_{table}"), type_="foreignkey"
            )
            batch_op.drop_column(f"{column}_id")
        batch_op.drop_column("said")
        batch_op.drop_column("state")
