"""Who was counted on a census date, as it was then."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "036"
down_revision = "035"
branch_labels = None
depends_on = None

# What is said of a participant, with the longest that it may be.
CODES = {
    "school": 6,
    "school_name": 200,
    "university": 200,
    "region": 30,
    "rule": 20,
    "basis": 100,
    "cohort": 60,
    "intake": 7,
    "term": 10,
    "state": 30,
}


def upgrade() -> None:
    op.create_table(
        "headcount",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("as_at", sa.Date(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("taken_by_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_headcount_provider_id_provider")
        ),
        sa.ForeignKeyConstraint(
            ["taken_by_id"], ["user.id"], name=op.f("fk_headcount_taken_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_headcount")),
    )
    op.create_index(op.f("ix_headcount_provider_id"), "headcount", ["provider_id"])
    op.create_table(
        "headcount_row",
        sa.Column("headcount_id", sa.Integer(), nullable=False),
        # No reference: whoever is erased has been counted all the same.
        sa.Column("counted_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(size), nullable=False) for name, size in CODES.items()),
        sa.Column("phase", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["headcount_id"], ["headcount.id"], name=op.f("fk_headcount_row_headcount_id_headcount")
        ),
        sa.PrimaryKeyConstraint("headcount_id", "counted_id", name=op.f("pk_headcount_row")),
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in ("headcount", "headcount_row"):
        for verb in ("UPDATE", "DELETE"):
            does = (
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                if postgres
                else f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
            )
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {does}")


def downgrade() -> None:
    op.drop_table("headcount_row")
    op.drop_table("headcount")
