"""How a grade was formed; extensions, circumstances and holds."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "029"
down_revision = "028"
branch_labels = None
depends_on = None

OPEN = sa.text("closed_at IS NULL")
FROZEN = ("adjustment_request", "adjustment_decision")


def upgrade() -> None:
    # Plain ALTER TABLE, never a batch: SQLite would copy the table and lose the triggers that keep it.
    op.add_column("attempt", sa.Column("due_on", sa.Date(), nullable=True))
    # SQLite adds no column that may not be empty to rows that are there: see `_demand_steps`.
    op.add_column("grade", sa.Column("judged", sa.Integer(), nullable=True))
    op.add_column("grade", sa.Column("steps", sa.JSON(), nullable=True))
    _fill_in_grades()
    _demand_steps()
    _create_requests()
    _create_decisions()
    _create_holds()


def _fill_in_grades() -> None:
    """What was released before there were rules counts as it was judged."""
    postgres = op.get_bind().dialect.name == "postgresql"
    op.execute("DROP TRIGGER grade_no_update" + (" ON grade" if postgres else ""))
    steps = (
        """'[{"rule": "judged", "mark": ' || mark || ', "says": "The markers judged the work at '"""
        """ || mark || '."}]'"""
    )
    op.execute(
        f"UPDATE grade SET judged = mark, steps = {f'CAST({steps} AS JSON)' if postgres else steps}"
    )
    op.execute(
        "CREATE TRIGGER grade_no_update BEFORE UPDATE ON grade "
        + (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            if postgres
            else "BEGIN SELECT RAISE(ABORT, 'grade is never changed'); END"
        )
    )


def _demand_steps() -> None:
    """No grade from now on says less than how it was formed."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE grade ADD CONSTRAINT ck_grade_formed "
            "CHECK (judged IS NOT NULL AND steps IS NOT NULL)"
        )
        return
    op.execute(
        "CREATE TRIGGER grade_formed BEFORE INSERT ON grade "
        "WHEN NEW.judged IS NULL OR NEW.steps IS NULL "
        "BEGIN SELECT RAISE(ABORT, 'a grade says how it was formed'); END"
    )


def _create_requests() -> None:
    table = "adjustment_request"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(15), nullable=False),
        sa.Column("module_code", sa.String(40), nullable=False),
        sa.Column("attempt_number", sa.Integer(), nullable=False),
        sa.Column("wished_on", sa.Date(), nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('extension', 'circumstances')", name=op.f("ck_adjustment_request_kind")
        ),
        sa.CheckConstraint(
            "attempt_number BETWEEN 1 AND 50", name=op.f("ck_adjustment_request_attempt_number")
        ),
        *_keys(table, provider_id="provider", participant_id="participant"),
    )
    op.create_index("ix_adjustment_request_about", table, ["participant_id", "module_code"])
    op.create_table(
        "adjustment_reason",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["adjustment_request.id"],
            name=op.f("fk_adjustment_reason_request_id_adjustment_request"),
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_adjustment_reason")),
    )


def _create_decisions() -> None:
    table = "adjustment_decision"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("sets_aside", sa.Boolean(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('refused', 'extension', 'penalty_removed', 'deferral')",
            name=op.f("ck_adjustment_decision_outcome"),
        ),
        sa.CheckConstraint(
            "outcome <> 'extension' OR due_on IS NOT NULL",
            name=op.f("ck_adjustment_decision_due_on"),
        ),
        *_keys(table, request_id="adjustment_request", decided_by_id="user"),
        sa.UniqueConstraint(
            "request_id", "number", name=op.f("uq_adjustment_decision_request_id_number")
        ),
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in FROZEN:
        refuse = (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            if postgres
            else f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
        )
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {refuse}"
            )


def _create_holds() -> None:
    table = "result_hold"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(15), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('integrity', 'circumstances')", name=op.f("ck_result_hold_kind")
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_result_hold_closed")
        ),
        *_keys(
            table,
            provider_id="provider",
            participant_id="participant",
            opened_by_id="user",
            closed_by_id="user",
        ),
    )
    op.create_index(
        "uq_result_hold_open",
        table,
        ["participant_id", "kind"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def _keys(table: str, **pointers: str) -> list[sa.Constraint]:
    foreign = [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
        )
        for column, other in pointers.items()
    ]
    return [*foreign, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]


def downgrade() -> None:
    for table in ("result_hold", "adjustment_decision", "adjustment_reason", "adjustment_request"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE grade DROP CONSTRAINT ck_grade_formed")
    else:
        op.execute("DROP TRIGGER grade_formed")
    op.drop_column("grade", "steps")
    op.drop_column("grade", "judged")
    op.drop_column("attempt", "due_on")
