"""How far everybody's evidence has come, kept for the pages over everybody.

What is kept of a person holds as long as nothing is noted of them in `reach_due`. Triggers note it
in the transaction that changes something, so that nothing that writes has to think of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "041"
down_revision = "040"
branch_labels = None
depends_on = None

OF_VERSION = (
    "(SELECT i.participant_id FROM evidence_version v JOIN evidence_item i ON i.id = v.item_id "
    "WHERE v.id = {row}.version_id)"
)
OF_ATTESTATION = (
    "(SELECT i.participant_id FROM attestation a JOIN evidence_version v ON v.id = a.version_id "
    "JOIN evidence_item i ON i.id = v.item_id WHERE a.id = {row}.attestation_id)"
)
OF_ATTEMPT = "(SELECT a.participant_id FROM attempt a WHERE a.id = {row}.attempt_id)"
# The table that is watched → the columns that count, and whom a row is about. An attempt comes with
# its items, which never change after.
WATCHED = {
    "participant": ("programme_version_id", "{row}.id"),
    "evidence_item": ("participant_id, state, is_open, current_version", "{row}.participant_id"),
    "strand_claim": ("version_id, strand", OF_VERSION),
    "attestation": ("version_id, decision", OF_VERSION),
    "attestation_revocation": ("attestation_id", OF_ATTESTATION),
    "attempt": ("participant_id, module_code, number", "{row}.participant_id"),
    "grade": ("attempt_id, revision, mark, status", OF_ATTEMPT),
    "recall": ("attempt_id, revision", OF_ATTEMPT),
}
VERBS = {"insert": ("NEW",), "update": ("NEW", "OLD"), "delete": ("OLD",)}


def upgrade() -> None:
    op.create_table(
        "area_reach",
        sa.Column("participant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("area", sa.String(40), nullable=False),
        sa.Column("phase", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("attested", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_area_reach_participant_id_participant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("participant_id", "area", "phase", name=op.f("pk_area_reach")),
    )
    op.create_table(
        "reach_due",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reach_due")),
    )
    op.create_index(op.f("ix_reach_due_participant_id"), "reach_due", ["participant_id"])
    op.create_index(
        "ix_audit_event_at_participant_id_user_id",
        "audit_event",
        ["at", "participant_id", "user_id"],
    )
    for table, (columns, whose) in WATCHED.items():
        _watch(table, columns, whose)
    op.execute("INSERT INTO reach_due (participant_id) SELECT id FROM participant")


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in WATCHED:
        for verb in VERBS:
            op.execute(
                f"DROP TRIGGER {table}_reach_on_{verb}" + (f" ON {table}" if postgres else "")
            )
        if postgres:
            op.execute(f"DROP FUNCTION {table}_reach_due()")
    op.drop_index("ix_audit_event_at_participant_id_user_id", table_name="audit_event")
    op.drop_table("reach_due")
    op.drop_table("area_reach")


def _watch(table: str, columns: str, whose: str) -> None:
    """A row for whoever a change is about; for nobody where the rows between are gone already."""
    postgres = op.get_bind().dialect.name == "postgresql"
    note = {
        row: "INSERT INTO reach_due (participant_id) SELECT p.id FROM participant p "
        f"WHERE p.id = {whose.format(row=row)};"
        for row in ("NEW", "OLD")
    }
    if postgres:
        op.execute(
            f"CREATE FUNCTION {table}_reach_due() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP <> 'INSERT' THEN {note['OLD']} END IF; "
            f"IF TG_OP <> 'DELETE' THEN {note['NEW']} END IF; RETURN NULL; END $$"
        )
    for verb, rows in VERBS.items():
        when = f"UPDATE OF {columns}" if verb == "update" else verb.upper()
        begin = f"CREATE TRIGGER {table}_reach_on_{verb} AFTER {when} ON {table}"
        if postgres:
            op.execute(f"{begin} FOR EACH ROW EXECUTE FUNCTION {table}_reach_due()")
        else:
            op.execute(f"{begin} BEGIN {' '.join(note[row] for row in rows)} END")
