"""The database itself refuses a change to what must stay as it was written.

Audit events, evidence versions with their files and claims, attestations, submitted attempts and
released grades are added to, never altered: an error in the code above cannot rewrite them.
"""

from alembic import op

revision = "002"
down_revision = "001"
branch_labels = None
depends_on = None

FROZEN = (
    "audit_event",
    "evidence_version",
    "upload",
    "strand_claim",
    "attestation",
    "attempt",
    "attempt_item",
    "grade",
)


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    if postgres:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION '% is never changed', TG_TABLE_NAME "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for table in FROZEN:
        for verb in ("UPDATE", "DELETE"):
            trigger = f"{table}_no_{verb.lower()}"
            if postgres:
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
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in FROZEN:
        for verb in ("update", "delete"):
            suffix = f" ON {table}" if postgres else ""
            op.execute(f"DROP TRIGGER {table}_no_{verb}{suffix}")
    if postgres:
        op.execute("DROP FUNCTION refuse_change()")
