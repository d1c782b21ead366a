"""Boards, their decisions, and what was credited."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "033"
down_revision = "032"
branch_labels = None
depends_on = None

FROZEN = (
    "board_paper",
    "result_decision",
    "award_decision",
    "confirmation",
    "credit_entry",
    "action_report",
)
UNDER_A_BOARD = ("board_paper", "result_decision", "award_decision")
LOCKED = "EXISTS (SELECT 1 FROM board WHERE id = NEW.board_id AND state = 'minuted')"
IS_CONFIRMED = (
    "NEW.status <> 'ratified' AND EXISTS "
    "(SELECT 1 FROM grade WHERE attempt_id = NEW.attempt_id AND status = 'ratified')"
)
# Refusals of a new row: trigger → table, what must not be, what is said.
REFUSED = {
    **{f"{table}_not_locked": (table, LOCKED, "the minutes are locked") for table in UNDER_A_BOARD},
    "grade_stays_confirmed": ("grade", IS_CONFIRMED, "a confirmed grade stays confirmed"),
}


def upgrade() -> None:
    _boards()
    _decisions()
    _credit()
    _shares()
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in FROZEN:
        for verb in ("UPDATE", "DELETE"):
            _refuse_change(postgres, table, verb)
    _refuse_change(postgres, "board", "UPDATE", "OLD.state = 'minuted'")
    _refuse_change(postgres, "board", "DELETE")
    for name, (table, forbidden, says) in REFUSED.items():
        if not postgres:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {forbidden} "
                f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
            )
            continue
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {forbidden} THEN RAISE EXCEPTION '{says}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for name, (table, _, _) in REFUSED.items():
        op.execute(f"DROP TRIGGER {name}{f' ON {table}' if postgres else ''}")
        if postgres:
            op.execute(f"DROP FUNCTION {name}()")
    for table in ("grade_share", *reversed(FROZEN), "board"):
        op.drop_table(table)


def _refuse_change(postgres: bool, table: str, verb: str, condition: str = "") -> None:
    name = f"{table}_no_{verb.lower()}"
    when = f"WHEN ({condition}) " if condition else ""
    does = (
        f"FOR EACH ROW {when}EXECUTE FUNCTION refuse_change()"
        if postgres
        else f"{when}BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {does}")


def _boards() -> None:
    table = "board"
    op.create_table(
        table,
        _whole("id"),
        _whole("provider_id"),
        _words("kind", 15),
        _words("title", 200),
        sa.Column("held_on", sa.Date(), nullable=False),
        _whole("quorum"),
        _words("reason"),
        _words("state", 15),
        _whole("papers"),
        _whole("revision"),
        _whole("chair_id", nullable=True),
        sa.Column("members", sa.JSON(), nullable=False),
        _words("examiner", 10),
        _words("minutes"),
        _whole("planned_by_id"),
        _at("planned_at"),
        _whole("minuted_by_id", nullable=True),
        _at("minuted_at", nullable=True),
        _check(table, "kind", "kind IN ('meeting', 'chairs_action')"),
        _check(table, "state", "state IN ('planned', 'papers_ready', 'held', 'minuted')"),
        _check(table, "examiner", "examiner IN ('absent', 'present', 'consulted')"),
        _check(table, "quorum", "quorum >= 1"),
        _check(table, "minuted", "(state = 'minuted') = (minuted_at IS NOT NULL)"),
        _check(table, "reason", "kind = 'meeting' OR reason <> ''"),
        *_keys(
            table,
            provider_id="provider",
            chair_id="user",
            planned_by_id="user",
            minuted_by_id="user",
        ),
    )
    op.create_index("ix_board_provider_id", table, ["provider_id", "state"])
    table = "board_paper"
    op.create_table(
        table,
        *(_whole(name) for name in ("id", "board_id", "round", "attempt_id", "grade_id")),
        *_keys(table, board_id="board", attempt_id="attempt", grade_id="grade"),
        sa.UniqueConstraint(
            "board_id", "round", "attempt_id", name=op.f("uq_board_paper_board_id_round_attempt_id")
        ),
    )
    table = "action_report"
    op.create_table(
        table,
        *(_whole(name) for name in ("id", "action_id", "board_id")),
        *_keys(table, action_id="board", board_id="board"),
        sa.UniqueConstraint("action_id", name=op.f("uq_action_report_action_id")),
    )
    op.create_index(op.f("ix_action_report_board_id"), table, ["board_id"])


def _decisions() -> None:
    table = "result_decision"
    op.create_table(
        table,
        *(_whole(name) for name in ("id", "board_id", "attempt_id", "participant_id", "number")),
        _words("decision", 12),
        _whole("grade_id"),
        _whole("old_mark"),
        _whole("mark", nullable=True),
        _words("rationale"),
        _whole("decided_by_id"),
        _at("decided_at"),
        _check(table, "decision", "decision IN ('ratify', 'defer', 'change', 'compensate')"),
        _check(table, "mark", "(decision = 'defer') = (mark IS NULL)"),
        _check(table, "range", "mark IS NULL OR mark BETWEEN 0 AND 100"),
        _check(table, "rationale", "decision = 'ratify' OR rationale <> ''"),
        *_keys(
            table,
            board_id="board",
            attempt_id="attempt",
            participant_id="participant",
            grade_id="grade",
            decided_by_id="user",
        ),
        sa.UniqueConstraint(
            "board_id",
            "attempt_id",
            "number",
            name=op.f("uq_result_decision_board_id_attempt_id_number"),
        ),
    )
    op.create_index(op.f("ix_result_decision_participant_id"), table, ["participant_id"])
    table = "award_decision"
    op.create_table(
        table,
        *(_whole(name) for name in ("id", "board_id", "participant_id", "number")),
        _words("outcome", 10),
        _words("award", 200, nullable=True),
        _words("classification", 20, nullable=True),
        _whole("credits"),
        _whole("mean_points", nullable=True),
        _whole("mean_weight", nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        _words("rationale"),
        _whole("decided_by_id"),
        _at("decided_at"),
        _check(table, "outcome", "outcome IN ('award', 'exit_award', 'not_yet')"),
        _check(table, "award", "(outcome = 'not_yet') = (award IS NULL)"),
        *_keys(table, board_id="board", participant_id="participant", decided_by_id="user"),
        sa.UniqueConstraint(
            "board_id",
            "participant_id",
            "number",
            name=op.f("uq_award_decision_board_id_participant_id_number"),
        ),
    )
    op.create_index(op.f("ix_award_decision_participant_id"), table, ["participant_id"])


def _credit() -> None:
    table = "confirmation"
    op.create_table(
        table,
        *(_whole(name) for name in ("id", "decision_id", "grade_id")),
        *_keys(table, decision_id="result_decision", grade_id="grade"),
        sa.UniqueConstraint("decision_id", name=op.f("uq_confirmation_decision_id")),
        sa.UniqueConstraint("grade_id", name=op.f("uq_confirmation_grade_id")),
    )
    table = "credit_entry"
    op.create_table(
        table,
        _whole("id"),
        _whole("participant_id"),
        _words("module_code", 40),
        _whole("number"),
        _words("kind", 12),
        _whole("credits"),
        _whole("decision_id"),
        _at("entered_at"),
        _check(table, "kind", "kind IN ('earned', 'compensated', 'reversed')"),
        _check(
            table,
            "alternates",
            "(kind = 'reversed') = (number % 2 = 0) AND (kind = 'reversed') = (credits < 0) "
            "AND credits <> 0",
        ),
        *_keys(table, participant_id="participant", decision_id="result_decision"),
        sa.UniqueConstraint(
            "participant_id",
            "module_code",
            "number",
            name=op.f("uq_credit_entry_participant_id_module_code_number"),
        ),
    )


def _shares() -> None:
    table, is_open = "grade_share", sa.text("ended_at IS NULL")
    op.create_table(
        table,
        *(_whole(name) for name in ("id", "participant_id", "grade_id")),
        _words("audience", 10),
        _at("shared_at"),
        _at("ended_at", nullable=True),
        _check(table, "audience", "audience IN ('coach', 'head')"),
        *_keys(table, participant_id="participant", grade_id="grade"),
    )
    op.create_index(op.f("ix_grade_share_participant_id"), table, ["participant_id"])
    op.create_index(
        "uq_grade_share_open",
        table,
        ["grade_id", "audience"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _words(name: str, size: int | None = None, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(size) if size else sa.Text(), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Instant(), nullable=nullable)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _keys(table: str, **pointers: str) -> list[sa.Constraint]:
    foreign = [
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
        )
        for column, other in pointers.items()
    ]
    return [*foreign, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]
