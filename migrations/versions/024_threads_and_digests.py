"""Comments on evidence, words of a coach on the way to signing, and the weekly digest."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "024"
down_revision = "023"
branch_labels = None
depends_on = None

FROZEN = ("evidence_comment", "comment_withdrawal")


def upgrade() -> None:
    _create_threads()
    _create_drafts()
    _create_digests()
    _freeze()


def downgrade() -> None:
    for table in (
        "digest_stop",
        "digest_round",
        "digest",
        "attestation_draft",
        "thread_reading",
        "comment_withdrawal",
        "evidence_comment",
    ):
        op.drop_table(table)


def _create_threads() -> None:
    _create(
        "evidence_comment",
        _id("item_id"),
        _id("version_number"),
        _id("author_id"),
        sa.Column("acted_as", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        refers={"item_id": "evidence_item", "author_id": "user"},
        indexed=("item_id", "author_id"),
    )
    _create(
        "comment_withdrawal",
        _id("comment_id"),
        sa.Column("withdrawn_at", Instant(), nullable=False),
        refers={"comment_id": "evidence_comment"},
        unique=(("comment_id",),),
    )
    _create(
        "thread_reading",
        _id("item_id"),
        _id("user_id"),
        _id("read_up_to"),
        refers={"item_id": "evidence_item", "user_id": "user", "read_up_to": "evidence_comment"},
        unique=(("item_id", "user_id"),),
        indexed=("user_id",),
    )


def _create_drafts() -> None:
    _create(
        "attestation_draft",
        _id("version_id"),
        _id("coach_id"),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("duty", sa.String(length=1), nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        refers={"version_id": "evidence_version", "coach_id": "user"},
        unique=(("version_id", "coach_id"),),
        indexed=("coach_id",),
    )


def _create_digests() -> None:
    _create(
        "digest",
        _id("provider_id"),
        _id("user_id"),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("waiting", sa.JSON(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        refers={"provider_id": "provider", "user_id": "user"},
        unique=(("user_id", "week"), ("token_hash",)),
    )
    _create(
        "digest_round",
        _id("provider_id"),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("done_at", Instant(), nullable=False),
        refers={"provider_id": "provider"},
        unique=(("provider_id", "week"),),
    )
    _create(
        "digest_stop",
        _id("user_id"),
        sa.Column("stopped_at", Instant(), nullable=False),
        refers={"user_id": "user"},
        unique=(("user_id",),),
    )


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _create(
    table: str,
    *columns: sa.Column[Any],
    refers: dict[str, str],
    unique: tuple[tuple[str, ...], ...] = (),
    indexed: tuple[str, ...] = (),
) -> None:
    op.create_table(
        table,
        _id("id"),
        *columns,
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
            )
            for column, other in refers.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.UniqueConstraint(*names, name=op.f(f"uq_{table}_{'_'.join(names)}"))
            for names in unique
        ),
    )
    for column in indexed:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _freeze() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in FROZEN:
        for verb in ("UPDATE", "DELETE"):
            refuse = (
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                if postgres
                else f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
            )
            name = f"{table}_no_{verb.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {refuse}")
