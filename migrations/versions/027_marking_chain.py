"""Second and third markers, and what they agreed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "027"
down_revision = "026"
branch_labels = None
depends_on = None

CURRENT = sa.text("ended_at IS NULL")
FROZEN = ("agreement_proposal", "agreement", "agreement_taken_up")


def upgrade() -> None:
    _markers()
    _agreements()
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in FROZEN:
        refuse = (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            if postgres
            else f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
        )
        for verb in ("UPDATE", "DELETE"):
            trigger = f"{table}_no_{verb.lower()}"
            op.execute(f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} {refuse}")


def downgrade() -> None:
    for table in (*reversed(FROZEN), "marker_allocation"):
        op.drop_table(table)


def _markers() -> None:
    op.create_table(
        "marker_allocation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("marking_role", sa.String(length=10), nullable=False),
        sa.Column("marker_id", sa.Integer(), nullable=False),
        sa.Column("allocated_by_id", sa.Integer(), nullable=False),
        sa.Column("allocated_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "marking_role IN ('first', 'second', 'third')",
            name=op.f("ck_marker_allocation_role"),
        ),
        *_keys("marker_allocation", attempt_id="attempt", marker_id="user", allocated_by_id="user"),
    )
    for name, column in (("role", "marking_role"), ("marker", "marker_id")):
        op.create_index(
            f"uq_marker_allocation_{name}",
            "marker_allocation",
            ["attempt_id", column],
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        )
    op.create_index(
        "ix_marker_allocation_marker_id", "marker_allocation", ["marker_id", "ended_at"]
    )
    # Whoever has a mark took the work by saving it.
    op.execute(
        "INSERT INTO marker_allocation "
        "(attempt_id, marking_role, marker_id, allocated_by_id, allocated_at) "
        "SELECT attempt_id, marking_role, marker_id, marker_id, saved_at FROM mark"
    )


def _agreements() -> None:
    op.create_table(
        "agreement_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        *_judgement(),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.CheckConstraint("mark BETWEEN 0 AND 100", name=op.f("ck_agreement_proposal_range")),
        *_keys("agreement_proposal", attempt_id="attempt", proposed_by_id="user"),
    )
    op.create_index(
        "ix_agreement_proposal_attempt_id", "agreement_proposal", ["attempt_id", "round"]
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=15), nullable=False),
        *_judgement(),
        sa.Column("root_hash", sa.String(length=64), nullable=False),
        sa.Column("first_mark", sa.Integer(), nullable=False),
        sa.Column("second_mark", sa.Integer(), nullable=False),
        sa.Column("third_mark", sa.Integer(), nullable=True),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("agreed_by_id", sa.Integer(), nullable=True),
        sa.Column("agreed_at", Instant(), nullable=False),
        sa.CheckConstraint("mark BETWEEN 0 AND 100", name=op.f("ck_agreement_range")),
        sa.CheckConstraint(
            "method IN ('rule', 'discussion', 'third_marker')", name=op.f("ck_agreement_method")
        ),
        *_keys(
            "agreement",
            attempt_id="attempt",
            proposal_id="agreement_proposal",
            agreed_by_id="user",
        ),
        sa.UniqueConstraint("attempt_id", "number", name=op.f("uq_agreement_attempt_id_number")),
    )
    op.create_table(
        "agreement_taken_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("taken_up_by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("taken_up_at", Instant(), nullable=False),
        *_keys("agreement_taken_up", agreement_id="agreement", taken_up_by_id="user"),
        sa.UniqueConstraint("agreement_id", name=op.f("uq_agreement_taken_up_agreement_id")),
    )


def _judgement() -> list[sa.Column[Any]]:
    return [
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.Column("feedback", sa.Text(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
    ]


def _keys(table: str, **pointers: str) -> list[sa.Constraint]:
    foreign = [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
        )
        for column, other in pointers.items()
    ]
    return [*foreign, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]
