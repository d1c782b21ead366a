"""Impact records, prior learning, specialisms, networks and what was shared.

The database itself keeps a module from counting twice: one that is submitted cannot be claimed or
recognised, and one that is recognised cannot be submitted.
"""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "012"
down_revision = "011"
branch_labels = None
depends_on = None

CLAIM_STATES = (
    "state IN ('draft', 'submitted', 'assessed', 'approved', 'part_approved', 'rejected', "
    "'withdrawn')"
)
SUBMITTED = (
    "state IN ('draft', 'withdrawn') OR "
    "(submitted_at IS NOT NULL AND used_elsewhere IS NOT NULL AND NOT used_elsewhere)"
)
MODULE_STATES = "state IN ('chosen', 'claimed', 'recognised', 'refused', 'withdrawn')"
TAKEN = "state IN ('claimed', 'recognised')"
TESTS = "test IN ('relevance', 'sufficiency', 'authenticity', 'currency')"
ENDED = "OLD.state IN ('approved', 'part_approved', 'rejected', 'withdrawn')"
SETTLED = "OLD.state IN ('recognised', 'refused', 'withdrawn')"

# Triggers that refuse any change: name → table, verb, condition on the row as it was.
KEPT = {
    "impact_record_no_update": ("impact_record", "UPDATE", None),
    "impact_record_no_delete": ("impact_record", "DELETE", None),
    "prior_learning_judgement_no_update": ("prior_learning_judgement", "UPDATE", None),
    "prior_learning_judgement_no_delete": ("prior_learning_judgement", "DELETE", None),
    "prior_learning_claim_no_update": ("prior_learning_claim", "UPDATE", ENDED),
    "prior_learning_claim_no_delete": ("prior_learning_claim", "DELETE", "OLD.state <> 'draft'"),
    "prior_learning_module_no_update": ("prior_learning_module", "UPDATE", SETTLED),
    "prior_learning_module_no_delete": ("prior_learning_module", "DELETE", SETTLED),
}
IS_RECOGNISED = (
    "EXISTS (SELECT 1 FROM prior_learning_module WHERE participant_id = NEW.participant_id "
    "AND module_code = NEW.module_code AND state = 'recognised')"
)
IS_SUBMITTED = (
    "EXISTS (SELECT 1 FROM attempt WHERE participant_id = NEW.participant_id "
    "AND module_code = NEW.module_code)"
)
# Triggers against counting twice: name → table, condition on the new row, what there must not be.
ONCE = {
    "attempt_not_recognised": ("attempt", None, IS_RECOGNISED),
    "prior_learning_module_not_submitted": (
        "prior_learning_module",
        "NEW.state IN ('claimed', 'recognised')",
        IS_SUBMITTED,
    ),
}
TWICE = "a module counts once: submitted, or recognised"


def upgrade() -> None:
    _create_impact()
    _create_prior_learning()
    _create_specialism()
    _create_sharing()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for name, (table, _, _) in ONCE.items():
        for suffix in ("",) if postgres else ("_insert", "_update"):
            op.execute(f"DROP TRIGGER {name}{suffix}{f' ON {table}' if postgres else ''}")
        if postgres:
            op.execute(f"DROP FUNCTION {name}()")
    for table in (
        "dissemination_evidence",
        "dissemination",
        "ethics_clearance",
        "network_link",
        "specialism_strand",
        "specialism",
        "prior_learning_evidence",
        "prior_learning_judgement",
        "prior_learning_module",
        "prior_learning_claim",
        "impact_record",
    ):
        op.drop_table(table)


def _id(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=True)


def _words(name: str, size: int | None = None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(size) if size else sa.Text(), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[Instant]:
    return sa.Column(name, Instant(), nullable=nullable)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def _create_impact() -> None:
    table = "impact_record"
    op.create_table(
        table,
        _id(),
        _id("participant_id"),
        _id("author_id"),
        _number("first_id"),
        _id("number"),
        *(_words(name) for name in ("baseline", "change", "outcome")),
        _number("group_size"),
        *(_words(name) for name in ("source", "explanations")),
        _words("confidence", 10, nullable=True),
        _at("created_at"),
        _words("content_hash", 64),
        sa.CheckConstraint(
            "confidence IN ('low', 'medium', 'high')", name=op.f("ck_impact_record_confidence")
        ),
        sa.CheckConstraint(
            "group_size IS NULL OR group_size > 0", name=op.f("ck_impact_record_group_size")
        ),
        _to(table, "participant_id", "participant"),
        _to(table, "author_id", "user"),
        _to(table, "first_id", "impact_record"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_impact_record")),
        sa.UniqueConstraint("first_id", "number", name=op.f("uq_impact_record_first_id_number")),
    )
    op.create_index(op.f("ix_impact_record_participant_id"), table, ["participant_id"])


def _create_prior_learning() -> None:
    table = "prior_learning_claim"
    op.create_table(
        table,
        _id(),
        _id("participant_id"),
        _words("state", 20),
        _id("revision"),
        _words("award", 200),
        _words("institution", 200),
        _number("level"),
        _number("credits"),
        sa.Column("awarded_on", sa.Date(), nullable=True),
        sa.Column("used_elsewhere", sa.Boolean(), nullable=True),
        _words("statement"),
        _number("impact_id"),
        _at("created_at"),
        _at("changed_at"),
        _at("submitted_at", nullable=True),
        _at("assessed_at", nullable=True),
        _number("assessed_by_id"),
        _at("decided_at", nullable=True),
        _number("decided_by_id"),
        _words("decision_reason", nullable=True),
        sa.CheckConstraint(CLAIM_STATES, name=op.f("ck_prior_learning_claim_state")),
        sa.CheckConstraint(SUBMITTED, name=op.f("ck_prior_learning_claim_submitted")),
        _to(table, "participant_id", "participant"),
        _to(table, "impact_id", "impact_record"),
        _to(table, "assessed_by_id", "user"),
        _to(table, "decided_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prior_learning_claim")),
    )
    for column in ("participant_id", "state"):
        op.create_index(op.f(f"ix_prior_learning_claim_{column}"), table, [column])
    _create_claimed_modules()
    _create_judgements()
    table = "prior_learning_evidence"
    op.create_table(
        table,
        _id("claim_id"),
        _id("item_id"),
        _to(table, "claim_id", "prior_learning_claim"),
        _to(table, "item_id", "evidence_item"),
        sa.PrimaryKeyConstraint("claim_id", "item_id", name=op.f("pk_prior_learning_evidence")),
    )


def _create_claimed_modules() -> None:
    table = "prior_learning_module"
    op.create_table(
        table,
        _id(),
        _id("claim_id"),
        _id("participant_id"),
        _words("module_code", 40),
        _id("credits"),
        _words("state", 20),
        sa.CheckConstraint(MODULE_STATES, name=op.f("ck_prior_learning_module_state")),
        _to(table, "claim_id", "prior_learning_claim"),
        _to(table, "participant_id", "participant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prior_learning_module")),
        sa.UniqueConstraint(
            "claim_id", "module_code", name=op.f("uq_prior_learning_module_claim_id_module_code")
        ),
    )
    op.create_index(
        "uq_prior_learning_module_taken",
        table,
        ["participant_id", "module_code"],
        unique=True,
        sqlite_where=sa.text(TAKEN),
        postgresql_where=sa.text(TAKEN),
    )


def _create_judgements() -> None:
    table = "prior_learning_judgement"
    op.create_table(
        table,
        _id(),
        _id("claim_id"),
        _words("test", 20),
        sa.Column("is_met", sa.Boolean(), nullable=False),
        _words("sentence"),
        sa.CheckConstraint(TESTS, name=op.f("ck_prior_learning_judgement_test")),
        _to(table, "claim_id", "prior_learning_claim"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prior_learning_judgement")),
        sa.UniqueConstraint(
            "claim_id", "test", name=op.f("uq_prior_learning_judgement_claim_id_test")
        ),
    )


def _create_specialism() -> None:
    table = "specialism"
    op.create_table(
        table,
        _id(),
        _id("participant_id"),
        _words("state", 20),
        _id("revision"),
        _words("title", 200),
        _words("reason"),
        _at("proposed_at"),
        _at("decided_at", nullable=True),
        _number("decided_by_id"),
        _words("words", nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'agreed', 'returned', 'withdrawn')",
            name=op.f("ck_specialism_state"),
        ),
        _to(table, "participant_id", "participant"),
        _to(table, "decided_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specialism")),
    )
    op.create_index(op.f("ix_specialism_participant_id"), table, ["participant_id"])
    table = "specialism_strand"
    op.create_table(
        table,
        _id("specialism_id"),
        _words("strand", 20),
        _to(table, "specialism_id", "specialism"),
        sa.PrimaryKeyConstraint("specialism_id", "strand", name=op.f("pk_specialism_strand")),
    )


def _create_sharing() -> None:
    table = "network_link"
    op.create_table(
        table,
        _id(),
        _id("participant_id"),
        _words("name", 200),
        _words("link", 500, nullable=True),
        sa.Column("since_on", sa.Date(), nullable=False),
        _at("added_at"),
        _at("removed_at", nullable=True),
        _to(table, "participant_id", "participant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_link")),
    )
    op.create_index(op.f("ix_network_link_participant_id"), table, ["participant_id"])
    table = "ethics_clearance"
    op.create_table(
        table,
        _id(),
        _id("participant_id"),
        _words("state", 20),
        _words("reference", 200),
        sa.Column("cleared_on", sa.Date(), nullable=False),
        _at("added_at"),
        _at("decided_at", nullable=True),
        _number("decided_by_id"),
        _words("words", nullable=True),
        sa.CheckConstraint(
            "state IN ('recorded', 'confirmed', 'returned', 'removed')",
            name=op.f("ck_ethics_clearance_state"),
        ),
        _to(table, "participant_id", "participant"),
        _to(table, "decided_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ethics_clearance")),
    )
    op.create_index(op.f("ix_ethics_clearance_participant_id"), table, ["participant_id"])
    _create_dissemination()


def _create_dissemination() -> None:
    table = "dissemination"
    op.create_table(
        table,
        _id(),
        _id("participant_id"),
        _words("what"),
        _words("audience", 300),
        _words("how", 300),
        sa.Column("shared_on", sa.Date(), nullable=False),
        _at("added_at"),
        _at("removed_at", nullable=True),
        _to(table, "participant_id", "participant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dissemination")),
    )
    op.create_index(op.f("ix_dissemination_participant_id"), table, ["participant_id"])
    table = "dissemination_evidence"
    op.create_table(
        table,
        _id("dissemination_id"),
        _id("item_id"),
        _to(table, "dissemination_id", "dissemination"),
        _to(table, "item_id", "evidence_item"),
        sa.PrimaryKeyConstraint(
            "dissemination_id", "item_id", name=op.f("pk_dissemination_evidence")
        ),
    )


def _guard_postgres() -> None:
    for name, (table, verb, condition) in KEPT.items():
        when = f"WHEN ({condition})" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
            f"FOR EACH ROW {when} EXECUTE FUNCTION refuse_change()"
        )
    for name, (table, condition, forbidden) in ONCE.items():
        # The lock makes two that come at once follow each other: the second sees the first. It is
        # the weaker one, so that a foreign key's own lock on the row does not stand in its way.
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "PERFORM 1 FROM participant WHERE id = NEW.participant_id FOR NO KEY UPDATE; "
            f"IF {forbidden} THEN RAISE EXCEPTION '{TWICE}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
        when = f"WHEN ({condition})" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table} "
            f"FOR EACH ROW {when} EXECUTE FUNCTION {name}()"
        )


def _guard_sqlite() -> None:
    for name, (table, verb, condition) in KEPT.items():
        when = f"WHEN {condition}" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {when} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
        )
    for name, (table, condition, forbidden) in ONCE.items():
        both = f"{condition} AND {forbidden}" if condition else forbidden
        for verb in ("INSERT", "UPDATE"):
            op.execute(
                f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {table} WHEN {both} "
                f"BEGIN SELECT RAISE(ABORT, '{TWICE}'); END"
            )
