"""Applications, and what was decided on whether somebody may join."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "014"
down_revision = "013"
branch_labels = None
depends_on = None

STATES = (
    "'interested', 'checked', 'passed_to_provider', 'offered', 'enrolled', 'declined', 'lapsed'"
)
ANSWERS = "'eligible', 'not_eligible', 'undecided'"


def upgrade() -> None:
    _add_application()
    _add_decision()
    postgres = op.get_bind().dialect.name == "postgresql"
    for verb in ("UPDATE", "DELETE"):
        trigger = f"eligibility_decision_no_{verb.lower()}"
        body = (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            if postgres
            else "BEGIN SELECT RAISE(ABORT, 'eligibility_decision is never changed'); END"
        )
        op.execute(f"CREATE TRIGGER {trigger} BEFORE {verb} ON eligibility_decision {body}")


def downgrade() -> None:
    op.drop_table("eligibility_decision")
    op.drop_table("application")


def _add_application() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("email", sa.String(320), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(30), nullable=True),
        sa.Column("newly_recruited", sa.String(3), nullable=True),
        sa.Column("qts_year", sa.String(7), nullable=True),
        sa.Column("post_year", sa.String(7), nullable=True),
        sa.Column("offered_package", sa.String(3), nullable=True),
        sa.Column("school_as_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.String(20), nullable=True),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("ended_from", sa.String(20), nullable=True),
        sa.Column("ended_reason", sa.String(30), nullable=True),
        sa.Column("applied_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_application_state")),
        sa.CheckConstraint(f"answer IN ({ANSWERS})", name=op.f("ck_application_answer")),
        sa.CheckConstraint(
            "(state = 'enrolled') = (participant_id IS NOT NULL)",
            name=op.f("ck_application_enrolled_participant"),
        ),
        sa.CheckConstraint(
            "(state IN ('declined', 'lapsed')) = (ended_reason IS NOT NULL)",
            name=op.f("ck_application_ended_reason"),
        ),
        _to("application", "provider_id", "provider"),
        _to("application", "school_id", "school"),
        _to("application", "participant_id", "participant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("participant_id", name=op.f("uq_application_participant_id")),
    )
    op.create_index(op.f("ix_application_school_id"), "application", ["school_id"])
    op.create_index("ix_application_provider_id_state", "application", ["provider_id", "state"])


def _add_decision() -> None:
    op.create_table(
        "eligibility_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("programme_version_id", sa.Integer(), nullable=False),
        sa.Column("rule_set", sa.String(40), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("school_as_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(20), nullable=False),
        sa.Column("rule", sa.String(20), nullable=True),
        sa.Column("window_rule", sa.String(10), nullable=True),
        sa.Column("enrol_from", sa.Date(), nullable=True),
        sa.Column("start_from", sa.Date(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.CheckConstraint(f"answer IN ({ANSWERS})", name=op.f("ck_eligibility_decision_answer")),
        sa.CheckConstraint(
            "(answer = 'eligible') = (rule IS NOT NULL)",
            name=op.f("ck_eligibility_decision_matched_rule"),
        ),
        _to("eligibility_decision", "application_id", "application"),
        _to("eligibility_decision", "programme_version_id", "programme_version"),
        _to("eligibility_decision", "decided_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eligibility_decision")),
    )
    op.create_index(
        op.f("ix_eligibility_decision_application_id"), "eligibility_decision", ["application_id"]
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )
