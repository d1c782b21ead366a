"""How long things are kept, and what was disposed of.

Rows that are never changed stay so, with one door: while a row of `disposal_pass` stands, words
that the law asks to be forgotten can go. Whoever opens the door shuts it in the same transaction,
so nobody else ever finds it open. Audit events, marks, decisions of boards, erasures and records of
disposal have no such door.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "039"
down_revision = "038"
branch_labels = None
depends_on = None

# Where words of a person stand in rows that are otherwise never changed.
WITH_DOOR = (
    "adjustment_decision",
    "attempt",
    "attestation",
    "attestation_revocation",
    "comment_withdrawal",
    "diagnosis",
    "diagnosis_agreement",
    "diagnosis_line",
    "dialogue",
    "dialogue_action",
    "dialogue_confirmation",
    "dialogue_duty",
    "dialogue_person",
    "evidence_comment",
    "evidence_read",
    "evidence_version",
    "impact_record",
    "prior_learning_claim",
    "prior_learning_judgement",
    "prior_learning_module",
    "strand_claim",
    "target",
    "target_agreement",
    "target_evidence",
    "upload",
)
INSERT_ONLY = ("erasure", "disposal_record")
SHUT = "NOT EXISTS (SELECT 1 FROM disposal_pass)"


def upgrade() -> None:
    _make_tables()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change_while_shut() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN IF EXISTS (SELECT 1 FROM disposal_pass) THEN "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END IF; "
            "RAISE EXCEPTION '% is never changed', TG_TABLE_NAME "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for name, sql in _guards():
        _replace(name, sql, _with_door(sql))
    for table in INSERT_ONLY:
        for verb in ("UPDATE", "DELETE"):
            _freeze(table, verb)


def downgrade() -> None:
    for name, sql in _guards():
        _replace(name, sql, _without_door(sql))
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in INSERT_ONLY:
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{verb}" + (f" ON {table}" if postgres else ""))
    if postgres:
        op.execute("DROP FUNCTION refuse_change_while_shut()")
    for table in (
        "disposal_pass", "file_removal", "erased_subject", "erasure", "disposal_record",
        "disposal_proposal", "retained_work", "legal_hold",
    ):  # fmt: skip
        op.drop_table(table)


def _guards() -> list[tuple[str, str]]:
    """The triggers that refuse a change to these tables, as the database tells them."""
    names = [f"{table}_no_{verb}" for table in WITH_DOOR for verb in ("update", "delete")]
    asked = (
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
        if op.get_bind().dialect.name == "postgresql"
        else "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    )
    found = {row[0]: row[1] for row in op.get_bind().execute(sa.text(asked))}
    return [(name, found[name]) for name in names if name in found]


def _replace(name: str, before: str, after: str) -> None:
    table = name.rsplit("_no_", 1)[0]
    postgres = op.get_bind().dialect.name == "postgresql"
    op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if postgres else ""))
    op.execute(after)


def _with_door(sql: str) -> str:
    if op.get_bind().dialect.name == "postgresql":
        return sql.replace("refuse_change()", "refuse_change_while_shut()")
    found = re.search(r"\sWHEN\s+(.*?)\s+BEGIN\s", sql, re.DOTALL)
    if found:
        return sql.replace(found[0], f" WHEN ({found[1]}) AND {SHUT} BEGIN ", 1)
    return re.sub(r"\s+BEGIN\s", f" WHEN {SHUT} BEGIN ", sql, count=1)


def _without_door(sql: str) -> str:
    if op.get_bind().dialect.name == "postgresql":
        return sql.replace("refuse_change_while_shut()", "refuse_change()")
    return sql.replace(f" AND {SHUT}", "").replace(f" WHEN {SHUT}", "")


def _freeze(table: str, verb: str) -> None:
    trigger = f"{table}_no_{verb.lower()}"
    does = (
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        if op.get_bind().dialect.name == "postgresql"
        else f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
    )
    op.execute(f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} {does}")


def _column(name: str, of: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{of}.id"), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _make_tables() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), primary_key=True),
        _column("provider_id", "provider"),
        _column("user_id", "user"),
        sa.Column("reason", sa.Text(), nullable=False),
        _instant("placed_at"),
        _column("placed_by_id", "user", nullable=True),
        _instant("lifted_at", nullable=True),
        _column("lifted_by_id", "user", nullable=True),
    )
    op.create_index("ix_legal_hold_user_id", "legal_hold", ["user_id"])
    op.create_table(
        "retained_work",
        sa.Column("id", sa.Integer(), primary_key=True),
        _column("provider_id", "provider"),
        _column("attempt_id", "attempt"),
        _instant("marked_at"),
        _column("marked_by_id", "user", nullable=True),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_retained_work_attempt_id")),
    )
    op.create_table(
        "disposal_proposal",
        sa.Column("id", sa.Integer(), primary_key=True),
        _column("provider_id", "provider"),
        _column("participant_id", "participant"),
        sa.Column("kept_as", sa.String(30), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        _instant("proposed_at"),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("kept_until", sa.Date(), nullable=True),
        _instant("settled_at", nullable=True),
        _column("settled_by_id", "user", nullable=True),
        sa.UniqueConstraint(
            "participant_id", "kept_as", name=op.f("uq_disposal_proposal_participant_id_kept_as")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'kept', 'disposed')", name=op.f("ck_disposal_proposal_state")
        ),
        sa.CheckConstraint(
            "(state = 'kept') = (kept_until IS NOT NULL)",
            name=op.f("ck_disposal_proposal_kept_until"),
        ),
        sa.CheckConstraint(
            "kept_as IN ('unsubmitted_evidence', 'assessed_work', 'regulator_sample', 'audit')",
            name=op.f("ck_disposal_proposal_kept_as"),
        ),
    )
    op.create_index(
        "ix_disposal_proposal_provider_id_state", "disposal_proposal", ["provider_id", "state"]
    )
    op.create_table(
        "disposal_record",
        sa.Column("id", sa.Integer(), primary_key=True),
        _column("provider_id", "provider"),
        _column("participant_id", "participant"),
        sa.Column("kept_as", sa.String(30), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        _instant("disposed_at"),
        _column("disposed_by_id", "user", nullable=True),
    )
    op.create_index(
        "ix_disposal_record_provider_id_disposed_at",
        "disposal_record",
        ["provider_id", "disposed_at"],
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), primary_key=True),
        _column("provider_id", "provider"),
        _column("user_id", "user"),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        _instant("erased_at"),
        _column("erased_by_id", "user", nullable=True),
        sa.UniqueConstraint("user_id", name=op.f("uq_erasure_user_id")),
        sa.CheckConstraint(
            "reason IN ('asked', 'not_needed', 'unlawful', 'legal_duty')",
            name=op.f("ck_erasure_reason"),
        ),
    )
    op.create_table(
        "erased_subject",
        sa.Column(
            "registration_id", sa.Integer(), sa.ForeignKey("registration.id"), primary_key=True
        ),
        sa.Column("digest", sa.String(64), primary_key=True),
        _instant("erased_at"),
    )
    op.create_table(
        "file_removal",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        _instant("due_at"),
        sa.CheckConstraint(
            "state IN ('waiting', 'removing', 'removed')", name=op.f("ck_file_removal_state")
        ),
    )
    op.create_index("ix_file_removal_due_at", "file_removal", ["due_at"])
    op.create_table("disposal_pass", sa.Column("id", sa.Integer(), primary_key=True))
