"""Mail that waits to be sent, and personal links for people without a VLE account."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "010"
down_revision = "009"
branch_labels = None
depends_on = None

TABLES = (
    "mail",
    "personal_link",
    "link_invitation",
    "link_code",
    "known_browser",
    "school_agreement",
)
OPEN = sa.text("revoked_at IS NULL")


def upgrade() -> None:
    _mail()
    _personal_link()
    _what_hangs_on_links()
    _school_agreement()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _mail() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("letter", sa.String(length=40), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("useless_at", Instant(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=True),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed')", name=op.f("ck_mail_state")
        ),
        _refers("mail", "provider_id", "provider"),
        _refers("mail", "user_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("reference", name=op.f("uq_mail_reference")),
    )
    op.create_index("ix_mail_due", "mail", ["state", "due_at"])
    op.create_index(op.f("ix_mail_provider_id"), "mail", ["provider_id"])
    op.create_index(op.f("ix_mail_user_id"), "mail", ["user_id"])


def _personal_link() -> None:
    op.create_table(
        "personal_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_confirmed_by", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('coach', 'head', 'examiner')", name=op.f("ck_personal_link_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'head') = (school_id IS NOT NULL)", name=op.f("ck_personal_link_school")
        ),
        _refers("personal_link", "provider_id", "provider"),
        _refers("personal_link", "school_id", "school"),
        _refers("personal_link", "user_id", "user"),
        _refers("personal_link", "address_confirmed_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_personal_link_token_hash")),
    )
    op.create_index(op.f("ix_personal_link_provider_id"), "personal_link", ["provider_id"])
    op.create_index(op.f("ix_personal_link_school_id"), "personal_link", ["school_id"])
    op.create_index(op.f("ix_personal_link_user_id"), "personal_link", ["user_id"])
    op.create_index(
        "uq_personal_link_open",
        "personal_link",
        ["user_id", "kind"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def _what_hangs_on_links() -> None:
    for table, columns in {
        "link_invitation": (
            sa.Column("token_hash", sa.String(length=64), nullable=False),
            sa.Column("invited_by", sa.Integer(), nullable=False),
            sa.Column("made_at", Instant(), nullable=False),
            sa.Column("expires_at", Instant(), nullable=False),
            sa.Column("used_at", Instant(), nullable=True),
            _refers("link_invitation", "invited_by", "user"),
            sa.UniqueConstraint("token_hash", name=op.f("uq_link_invitation_token_hash")),
        ),
        "link_code": (
            sa.Column("code_hash", sa.String(length=64), nullable=False),
            sa.Column("sent_at", Instant(), nullable=False),
            sa.Column("expires_at", Instant(), nullable=False),
            sa.Column("tries", sa.Integer(), nullable=False),
            sa.Column("used_at", Instant(), nullable=True),
            sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_link_code_tries")),
        ),
        "known_browser": (
            sa.Column("secret_hash", sa.String(length=64), nullable=False),
            sa.Column("known_since", Instant(), nullable=False),
            sa.Column("expires_at", Instant(), nullable=False),
            sa.UniqueConstraint("secret_hash", name=op.f("uq_known_browser_secret_hash")),
        ),
    }.items():
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("link_id", sa.Integer(), nullable=False),
            *columns,
            _refers(table, "link_id", "personal_link"),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_link_id"), table, ["link_id"])


def _school_agreement() -> None:
    op.create_table(
        "school_agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("allocation_id", sa.Integer(), nullable=True),
        sa.Column("academic_year", sa.Integer(), nullable=True),
        sa.Column("agreed_by", sa.Integer(), nullable=False),
        sa.Column("agreed_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "(allocation_id IS NULL) <> (academic_year IS NULL)",
            name=op.f("ck_school_agreement_what"),
        ),
        _refers("school_agreement", "school_id", "school"),
        _refers("school_agreement", "participant_id", "participant"),
        _refers("school_agreement", "allocation_id", "allocation"),
        _refers("school_agreement", "agreed_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_agreement")),
    )
    op.create_index(
        op.f("ix_school_agreement_participant_id"), "school_agreement", ["participant_id"]
    )
    for name, column in (("coach", "allocation_id"), ("release", "academic_year")):
        keys = ["school_id", "allocation_id"]
        if name == "release":
            keys = ["school_id", "participant_id", "academic_year"]
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"uq_school_agreement_{name}",
            "school_agreement",
            keys,
            unique=True,
            sqlite_where=given,
            postgresql_where=given,
        )


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )
