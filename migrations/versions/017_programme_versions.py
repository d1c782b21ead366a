"""A published programme stays as it was published; only its state moves on, towards its end."""

from alembic import op

revision = "017"
down_revision = "016"
branch_labels = None
depends_on = None

# Written out, as both stores take a column with its check this way without a copy of the table.
STATE = (
    "VARCHAR(10) DEFAULT 'published' NOT NULL CONSTRAINT ck_programme_version_state "
    "CHECK (state IN ('published', 'closing', 'closed'))"
)
FROZEN = ("id", "provider_id", "framework", "version", "definition", "published_at")
TRIGGERS = ("programme_version_no_update", "programme_version_no_delete")


def upgrade() -> None:
    op.execute(f"ALTER TABLE programme_version ADD COLUMN state {STATE}")
    for trigger, verb in zip(TRIGGERS, (f"UPDATE OF {', '.join(FROZEN)}", "DELETE"), strict=True):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {trigger} BEFORE {verb} ON programme_version "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {trigger} BEFORE {verb} ON programme_version "
                "BEGIN SELECT RAISE(ABORT, 'programme_version is never changed'); END"
            )


def downgrade() -> None:
    suffix = " ON programme_version" if op.get_bind().dialect.name == "postgresql" else ""
    for trigger in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger}{suffix}")
    op.execute("ALTER TABLE programme_version DROP COLUMN state")
