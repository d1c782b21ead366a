"""Attestations that their signer took back."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "023"
down_revision = "022"
branch_labels = None
depends_on = None

TABLE = "attestation_revocation"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attestation_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=False),
        sa.Column("authenticated_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["attestation_id"],
            ["attestation.id"],
            name=op.f(f"fk_{TABLE}_attestation_id_attestation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("attestation_id", name=op.f(f"uq_{TABLE}_attestation_id")),
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    for verb in ("UPDATE", "DELETE"):
        refuse = (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            if postgres
            else f"BEGIN SELECT RAISE(ABORT, '{TABLE} is never changed'); END"
        )
        op.execute(f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE} {refuse}")


def downgrade() -> None:
    op.drop_table(TABLE)
