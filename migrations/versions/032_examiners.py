"""Who examines from outside and for how long, the scripts they asked for, what they said."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "032"
down_revision = "031"
branch_labels = None
depends_on = None

FROZEN = "examiner_statement"


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    op.create_table(
        "examiner_appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("seed", sa.String(32), nullable=False),
        sa.Column("appointed_by_id", sa.Integer(), nullable=False),
        sa.Column("appointed_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_examiner_appointment_period")),
        _key("examiner_appointment", "provider_id", "provider"),
        _key("examiner_appointment", "user_id", "user"),
        _key("examiner_appointment", "link_id", "personal_link"),
        _key("examiner_appointment", "appointed_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examiner_appointment")),
    )
    op.create_index(
        op.f("ix_examiner_appointment_provider_id"), "examiner_appointment", ["provider_id"]
    )
    op.create_index(
        "uq_examiner_appointment_current",
        "examiner_appointment",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "examiner_module",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("module_code", sa.String(40), nullable=False),
        _key("examiner_module", "appointment_id", "examiner_appointment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examiner_module")),
        sa.UniqueConstraint(
            "appointment_id",
            "module_code",
            name=op.f("uq_examiner_module_appointment_id_module_code"),
        ),
    )
    _create_requests()
    _create_statements()


def _create_requests() -> None:
    op.create_table(
        "script_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("decision", sa.String(10), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "decision IN ('granted', 'refused')", name=op.f("ck_script_request_decision")
        ),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_script_request_decided")
        ),
        _key("script_request", "appointment_id", "examiner_appointment"),
        _key("script_request", "attempt_id", "attempt"),
        _key("script_request", "decided_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script_request")),
        sa.UniqueConstraint(
            "appointment_id",
            "attempt_id",
            name=op.f("uq_script_request_appointment_id_attempt_id"),
        ),
    )
    op.create_index(op.f("ix_script_request_attempt_id"), "script_request", ["attempt_id"])


def _create_statements() -> None:
    op.create_table(
        "examiner_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('comment', 'response')", name=op.f("ck_examiner_statement_kind")
        ),
        _key("examiner_statement", "appointment_id", "examiner_appointment"),
        _key("examiner_statement", "written_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examiner_statement")),
        sa.UniqueConstraint(
            "appointment_id",
            "about",
            "kind",
            "number",
            name=op.f("uq_examiner_statement_appointment_id_about_kind_number"),
        ),
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    for verb in ("UPDATE", "DELETE"):
        trigger = f"{FROZEN}_no_{verb.lower()}"
        if postgres:
            op.execute(
                f"CREATE TRIGGER {trigger} BEFORE {verb} ON {FROZEN} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {trigger} BEFORE {verb} ON {FROZEN} "
                f"BEGIN SELECT RAISE(ABORT, '{FROZEN} is never changed'); END"
            )


def downgrade() -> None:
    op.drop_table("examiner_statement")
    op.drop_table("script_request")
    op.drop_table("examiner_module")
    op.drop_table("examiner_appointment")
