"""The first diagnosis, the learning plan and the professional dialogue."""

import sqlalchemy as sa
from alembic import op

from lti_tool.db import Instant

revision = "011"
down_revision = "010"
branch_labels = None
depends_on = None

# Added to, never altered.
FROZEN = (
    "diagnosis",
    "diagnosis_line",
    "diagnosis_agreement",
    "target_agreement",
    "target_evidence",
    "dialogue",
    "dialogue_person",
    "dialogue_duty",
    "dialogue_action",
    "dialogue_confirmation",
)
# The other way round as they are made.
TABLES = (
    "target_evidence",
    "target_agreement",
    "target",
    "dialogue_confirmation",
    "dialogue_action",
    "dialogue_duty",
    "dialogue_person",
    "dialogue",
    "diagnosis_agreement",
    "diagnosis_line",
    "diagnosis",
    "diagnosis_draft",
)


def upgrade() -> None:
    _make_diagnoses()
    _make_dialogues()
    _make_targets()
    for table in FROZEN:
        for verb in ("UPDATE", "DELETE"):
            _freeze(table, verb)
    # A target lives until it is met or dropped; then it stays as it is.
    _freeze("target", "UPDATE", "OLD.state <> 'open'")
    _freeze("target", "DELETE")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _freeze(table: str, verb: str, when: str = "1 = 1") -> None:
    trigger = f"{table}_no_{verb.lower()}"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} FOR EACH ROW "
            f"WHEN ({when}) EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
        )


def _make_diagnoses() -> None:
    op.create_table(
        "diagnosis_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_diagnosis_draft_author_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_diagnosis_draft_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnosis_draft")),
        sa.UniqueConstraint(
            "participant_id", "author_id", name=op.f("uq_diagnosis_draft_participant_id_author_id")
        ),
    )
    op.create_index(op.f("ix_diagnosis_draft_author_id"), "diagnosis_draft", ["author_id"])
    op.create_table(
        "diagnosis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("acted_as", sa.String(length=20), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_diagnosis_author_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_diagnosis_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnosis")),
        sa.UniqueConstraint(
            "participant_id", "number", name=op.f("uq_diagnosis_participant_id_number")
        ),
    )
    op.create_table(
        "diagnosis_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("diagnosis_id", sa.Integer(), nullable=False),
        sa.Column("strand", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=30), nullable=True),
        sa.ForeignKeyConstraint(
            ["diagnosis_id"],
            ["diagnosis.id"],
            name=op.f("fk_diagnosis_line_diagnosis_id_diagnosis"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnosis_line")),
        sa.UniqueConstraint(
            "diagnosis_id", "strand", name=op.f("uq_diagnosis_line_diagnosis_id_strand")
        ),
    )
    op.create_table(
        "diagnosis_agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("diagnosis_id", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("allocation_id", sa.Integer(), nullable=True),
        sa.Column("agreed_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "(party = 'coach') = (allocation_id IS NOT NULL)",
            name=op.f("ck_diagnosis_agreement_allocation"),
        ),
        sa.CheckConstraint(
            "party IN ('participant', 'coach')", name=op.f("ck_diagnosis_agreement_party")
        ),
        sa.ForeignKeyConstraint(
            ["allocation_id"],
            ["allocation.id"],
            name=op.f("fk_diagnosis_agreement_allocation_id_allocation"),
        ),
        sa.ForeignKeyConstraint(
            ["diagnosis_id"],
            ["diagnosis.id"],
            name=op.f("fk_diagnosis_agreement_diagnosis_id_diagnosis"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_diagnosis_agreement_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnosis_agreement")),
        sa.UniqueConstraint(
            "diagnosis_id", "party", name=op.f("uq_diagnosis_agreement_diagnosis_id_party")
        ),
        sa.UniqueConstraint(
            "diagnosis_id", "user_id", name=op.f("uq_diagnosis_agreement_diagnosis_id_user_id")
        ),
    )


def _make_dialogues() -> None:
    op.create_table(
        "dialogue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 1 AND 1440", name=op.f("ck_dialogue_minutes")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_dialogue_author_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["dialogue.id"], name=op.f("fk_dialogue_corrects_id_dialogue")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_dialogue_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_dialogue_corrects_id")),
    )
    op.create_index("ix_dialogue_participant_id_held_on", "dialogue", ["participant_id", "held_on"])
    op.create_table(
        "dialogue_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("acted_as", sa.String(length=20), nullable=False),
        sa.Column("allocation_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["allocation_id"],
            ["allocation.id"],
            name=op.f("fk_dialogue_person_allocation_id_allocation"),
        ),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_dialogue_person_dialogue_id_dialogue")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_dialogue_person_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue_person")),
        sa.UniqueConstraint(
            "dialogue_id", "user_id", name=op.f("uq_dialogue_person_dialogue_id_user_id")
        ),
    )
    op.create_index(op.f("ix_dialogue_person_user_id"), "dialogue_person", ["user_id"])
    op.create_table(
        "dialogue_duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("duty", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_dialogue_duty_dialogue_id_dialogue")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue_duty")),
        sa.UniqueConstraint("dialogue_id", "duty", name=op.f("uq_dialogue_duty_dialogue_id_duty")),
    )
    op.create_table(
        "dialogue_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_dialogue_action_dialogue_id_dialogue")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue_action")),
        sa.UniqueConstraint(
            "dialogue_id", "position", name=op.f("uq_dialogue_action_dialogue_id_position")
        ),
    )
    op.create_table(
        "dialogue_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dialogue_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dialogue_id", "user_id"],
            ["dialogue_person.dialogue_id", "dialogue_person.user_id"],
            name=op.f("fk_dialogue_confirmation_dialogue_id_user_id_dialogue_person"),
        ),
        sa.ForeignKeyConstraint(
            ["dialogue_id"],
            ["dialogue.id"],
            name=op.f("fk_dialogue_confirmation_dialogue_id_dialogue"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_dialogue_confirmation_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue_confirmation")),
        sa.UniqueConstraint(
            "dialogue_id", "user_id", name=op.f("uq_dialogue_confirmation_dialogue_id_user_id")
        ),
    )


def _make_targets() -> None:
    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("strand", sa.String(length=20), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("evidence_intended", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("set_as", sa.String(length=20), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=True),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_as", sa.String(length=20), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'dropped') = (reason IS NOT NULL)", name=op.f("ck_target_reason")
        ),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_target_closed")),
        sa.CheckConstraint("state IN ('open', 'met', 'dropped')", name=op.f("ck_target_state")),
        sa.ForeignKeyConstraint(
            ["action_id"], ["dialogue_action.id"], name=op.f("fk_target_action_id_dialogue_action")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["user.id"], name=op.f("fk_target_closed_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["diagnosis_line.id"], name=op.f("fk_target_line_id_diagnosis_line")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_target_participant_id_participant"),
        ),
        sa.ForeignKeyConstraint(["set_by_id"], ["user.id"], name=op.f("fk_target_set_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    op.create_index(op.f("ix_target_participant_id"), "target", ["participant_id"])
    op.create_index(
        "uq_target_open_from_line",
        "target",
        ["line_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "target_agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("acted_as", sa.String(length=20), nullable=False),
        sa.Column("agreed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_target_agreement_target_id_target")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_target_agreement_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_agreement")),
        sa.UniqueConstraint(
            "target_id",
            "revision",
            "user_id",
            name=op.f("uq_target_agreement_target_id_revision_user_id"),
        ),
    )
    op.create_table(
        "target_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["evidence_item.id"], name=op.f("fk_target_evidence_item_id_evidence_item")
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_target_evidence_target_id_target")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_evidence")),
        sa.UniqueConstraint(
            "target_id", "item_id", name=op.f("uq_target_evidence_target_id_item_id")
        ),
    )
    op.create_index(op.f("ix_target_evidence_item_id"), "target_evidence", ["item_id"])
