"""What markers, examiners and participants were still missing in the way of a mark."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "034"
down_revision = "033"
branch_labels = None
depends_on = None

REPLACED, TAKEN_BACK = "marker_replacement", "request_taken_back"


def upgrade() -> None:
    op.create_table(
        REPLACED,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("marking_role", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("replaced_by_id", sa.Integer(), nullable=False),
        sa.Column("replaced_at", Instant(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f(f"ck_{REPLACED}_reason")),
        sa.CheckConstraint(
            "marking_role IN ('first', 'second', 'third')", name=op.f(f"ck_{REPLACED}_role")
        ),
        _key(REPLACED, "mark_id", "mark"),
        _key(REPLACED, "attempt_id", "attempt"),
        _key(REPLACED, "replaced_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{REPLACED}")),
        sa.UniqueConstraint("mark_id", name=op.f(f"uq_{REPLACED}_mark_id")),
    )
    op.create_index(op.f(f"ix_{REPLACED}_attempt_id"), REPLACED, ["attempt_id"])
    op.create_table(
        TAKEN_BACK,
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("taken_back_at", Instant(), nullable=False),
        _key(TAKEN_BACK, "request_id", "adjustment_request"),
        sa.PrimaryKeyConstraint("request_id", name=op.f(f"pk_{TAKEN_BACK}")),
    )
    for table in (REPLACED, TAKEN_BACK):
        for verb in ("UPDATE", "DELETE"):
            _refuse_change(table, verb)


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _refuse_change(table: str, verb: str) -> None:
    trigger = f"{table}_no_{verb.lower()}"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
        )


def downgrade() -> None:
    op.drop_table(TAKEN_BACK)
    op.drop_table(REPLACED)
