"""The trail, sealed in segments."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "038"
down_revision = "037"
branch_labels = None
depends_on = None

TABLES = ("audit_seal", "audit_sealed_event")


def upgrade() -> None:
    _tables()
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            does = (
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                if postgres
                else f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
            )
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {does}")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _tables() -> None:
    of_none = sa.text("provider_id IS NULL")
    op.create_table(
        "audit_seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("last_event_id", sa.Integer(), nullable=False),
        sa.Column("sealed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_audit_seal_provider_id_provider")
        ),
        sa.UniqueConstraint("provider_id", "number", name=op.f("uq_audit_seal_provider_id_number")),
        sa.UniqueConstraint("sha256", name=op.f("uq_audit_seal_sha256")),
    )
    op.create_index("ix_audit_seal_sealed_at", "audit_seal", ["sealed_at"])
    op.create_index(
        "uq_audit_seal_number_of_none",
        "audit_seal",
        ["number"],
        unique=True,
        sqlite_where=of_none,
        postgresql_where=of_none,
    )
    op.create_table(
        "audit_sealed_event",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("seal_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_sealed_event")),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["audit_event.id"],
            name=op.f("fk_audit_sealed_event_event_id_audit_event"),
        ),
        sa.ForeignKeyConstraint(
            ["seal_id"], ["audit_seal.id"], name=op.f("fk_audit_sealed_event_seal_id_audit_seal")
        ),
    )
    op.create_index(
        "ix_audit_sealed_event_seal_id_event_id", "audit_sealed_event", ["seal_id", "event_id"]
    )
