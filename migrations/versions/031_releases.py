"""Marks released together, and releases taken back."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "031"
down_revision = "030"
branch_labels = None
depends_on = None

FROZEN = ("release_batch", "batch_grade", "recall")


def upgrade() -> None:
    op.add_column(
        "delivery", sa.Column("takes_back", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("delivery", sa.Column("check_at", Instant(), nullable=True))
    op.create_table(
        "release_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("released_by_id", sa.Integer(), nullable=False),
        sa.Column("released_at", Instant(), nullable=False),
        *_keys("release_batch", provider_id="provider", released_by_id="user"),
    )
    op.create_table(
        "batch_grade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("grade_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_keys("batch_grade", batch_id="release_batch", grade_id="grade"),
        sa.UniqueConstraint("grade_id", name=op.f("uq_batch_grade_grade_id")),
    )
    op.create_index("ix_batch_grade_batch_id", "batch_grade", ["batch_id"])
    op.create_table(
        "recall",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recalled_by_id", sa.Integer(), nullable=False),
        sa.Column("recalled_at", Instant(), nullable=False),
        *_keys("recall", provider_id="provider", attempt_id="attempt", recalled_by_id="user"),
        sa.UniqueConstraint("attempt_id", "revision", name=op.f("uq_recall_attempt_id_revision")),
    )
    _create_differences()
    _freeze()


def _create_differences() -> None:
    op.create_table(
        "gradebook_difference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'sent_again', 'gone')",
            name=op.f("ck_gradebook_difference_state"),
        ),
        *_keys(
            "gradebook_difference",
            provider_id="provider",
            delivery_id="delivery",
            answered_by_id="user",
        ),
    )
    op.create_index(
        "uq_gradebook_difference_open",
        "gradebook_difference",
        ["delivery_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _keys(table: str, **pointers: str) -> list[sa.Constraint]:
    foreign = [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
        )
        for column, other in pointers.items()
    ]
    return [*foreign, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]


def _freeze() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in FROZEN:
        for verb in ("UPDATE", "DELETE"):
            does = (
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                if postgres
                else f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
            )
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {does}")


def downgrade() -> None:
    op.drop_table("gradebook_difference")
    for table in reversed(FROZEN):
        op.drop_table(table)
    op.drop_column("delivery", "check_at")
    op.drop_column("delivery", "takes_back")
