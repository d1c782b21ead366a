"""Samples drawn from a module's marks, and what the moderator decided."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "028"
down_revision = "027"
branch_labels = None
depends_on = None

TABLES = (
    "moderation_batch", "moderator", "moderation_member", "moderation_look", "moderation_decision",
)  # fmt: skip


def upgrade() -> None:
    _sets()
    _work()
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in TABLES:
        refuse = (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            if postgres
            else f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
        )
        for verb in ("UPDATE", "DELETE"):
            trigger = f"{table}_no_{verb.lower()}"
            op.execute(f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} {refuse}")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _sets() -> None:
    op.create_table(
        "moderation_batch",
        _number("id"),
        _number("provider_id"),
        sa.Column("module_code", sa.String(length=40), nullable=False),
        _number("number"),
        sa.Column("seed", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        _number("opened_by_id"),
        sa.Column("opened_at", Instant(), nullable=False),
        *_keys("moderation_batch", provider_id="provider", opened_by_id="user"),
        sa.UniqueConstraint(
            "provider_id",
            "module_code",
            "number",
            name=op.f("uq_moderation_batch_provider_id_module_code_number"),
        ),
    )
    op.create_table(
        "moderator",
        _number("id"),
        _number("batch_id"),
        _number("user_id"),
        _number("appointed_by_id"),
        sa.Column("appointed_at", Instant(), nullable=False),
        *_keys("moderator", batch_id="moderation_batch", user_id="user", appointed_by_id="user"),
    )
    op.create_index(op.f("ix_moderator_batch_id"), "moderator", ["batch_id"])
    op.create_index(op.f("ix_moderator_user_id"), "moderator", ["user_id"])
    op.create_table(
        "moderation_member",
        _number("id"),
        _number("batch_id"),
        _number("attempt_id"),
        _number("number"),
        _number("marker_id"),
        _number("mark"),
        sa.Column("root_hash", sa.String(length=64), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        *_keys(
            "moderation_member",
            batch_id="moderation_batch",
            attempt_id="attempt",
            marker_id="user",
        ),
        sa.UniqueConstraint(
            "batch_id", "attempt_id", name=op.f("uq_moderation_member_batch_id_attempt_id")
        ),
        sa.UniqueConstraint(
            "attempt_id", "number", name=op.f("uq_moderation_member_attempt_id_number")
        ),
    )


def _work() -> None:
    op.create_table(
        "moderation_look",
        _number("id"),
        _number("member_id"),
        _number("moderator_id"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("looked_at", Instant(), nullable=False),
        *_keys("moderation_look", member_id="moderation_member", moderator_id="user"),
    )
    op.create_index(op.f("ix_moderation_look_member_id"), "moderation_look", ["member_id"])
    op.create_table(
        "moderation_decision",
        _number("id"),
        _number("batch_id"),
        sa.Column("action", sa.String(length=15), nullable=False),
        sa.Column("marker_id", sa.Integer(), nullable=True),
        sa.Column("by_marks", sa.Integer(), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=False),
        _number("decided_by_id"),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "action IN ('confirm', 'remark_all', 'remark_marker', 'scale')",
            name=op.f("ck_moderation_decision_action"),
        ),
        sa.CheckConstraint(
            "(action = 'remark_marker') = (marker_id IS NOT NULL)",
            name=op.f("ck_moderation_decision_marker"),
        ),
        sa.CheckConstraint(
            "(action = 'scale') = (by_marks IS NOT NULL)",
            name=op.f("ck_moderation_decision_scaling"),
        ),
        *_keys(
            "moderation_decision",
            batch_id="moderation_batch",
            marker_id="user",
            decided_by_id="user",
        ),
        sa.UniqueConstraint("batch_id", name=op.f("uq_moderation_decision_batch_id")),
    )


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _keys(table: str, **pointers: str) -> list[sa.Constraint]:
    foreign = [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
        )
        for column, other in pointers.items()
    ]
    return [*foreign, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]
