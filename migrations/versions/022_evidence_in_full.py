"""What else a version of evidence says, and what it declares about pupils."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "022"
down_revision = "021"
branch_labels = None
depends_on = None

# Plain ALTER TABLE, never a batch: SQLite would copy the table and lose the triggers that keep it.
# A CHECK of its own column goes with the column; a foreign key does too, on both stores.
VERSION = {
    "setting": "VARCHAR(200)",
    "links": "JSON",
    "impact_record_id": "INTEGER CONSTRAINT fk_evidence_version_impact_record_id_impact_record "
    "REFERENCES impact_record (id)",
    "target_id": "INTEGER CONSTRAINT fk_evidence_version_target_id_target REFERENCES target (id)",
    "pupils": "VARCHAR(15) CONSTRAINT ck_evidence_version_pupils "
    "CHECK (pupils IN ('none', 'anonymised', 'identifiable'))",
    "permission_by": "VARCHAR(200)",
    "permission_basis": "VARCHAR(20)",
}
ONCE = "reader_id", "version_id", "read_on"


def upgrade() -> None:
    for name, kind in VERSION.items():
        op.execute(f"ALTER TABLE evidence_version ADD COLUMN {name} {kind}")
    op.add_column("strand_claim", sa.Column("rationale", sa.Text(), nullable=True))
    # Closed until its author has said what is to be said; what was handed in stays readable.
    op.add_column(
        "evidence_item",
        sa.Column("is_open", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    _create_reports()
    _create_reads()


def _create_reports() -> None:
    table = "evidence_report"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("reported_by_id", sa.Integer(), nullable=False),
        sa.Column("reported_as", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("reported_at", Instant(), nullable=False),
        sa.Column("state_before", sa.String(30), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('restored', 'removed')", name=op.f("ck_evidence_report_outcome")
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_evidence_report_decided")
        ),
        _key(table, "item_id", "evidence_item"),
        _key(table, "reported_by_id", "user"),
        _key(table, "decided_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_report")),
    )
    op.create_index(op.f("ix_evidence_report_item_id"), table, ["item_id"])
    op.create_index(
        "uq_evidence_report_open",
        table,
        ["item_id"],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )


def _create_reads() -> None:
    table = "evidence_read"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("read_as", sa.String(20), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("read_at", Instant(), nullable=False),
        _key(table, "version_id", "evidence_version"),
        _key(table, "reader_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_read")),
        sa.UniqueConstraint(*ONCE, name=op.f(f"uq_{table}_{'_'.join(ONCE)}")),
    )
    op.create_index(op.f("ix_evidence_read_version_id"), table, ["version_id"])
    postgres = op.get_bind().dialect.name == "postgresql"
    for verb in ("UPDATE", "DELETE"):
        refuse = (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            if postgres
            else f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
        )
        op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {refuse}")


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )


def downgrade() -> None:
    op.drop_table("evidence_read")
    op.drop_table("evidence_report")
    op.drop_column("evidence_item", "is_open")
    op.drop_column("strand_claim", "rationale")
    for name in reversed(VERSION):
        op.drop_column("evidence_version", name)
