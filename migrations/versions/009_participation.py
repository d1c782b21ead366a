"""Schools, dated periods, pauses and the facts of a teaching career.

What must never overlap or lie outside a registration is refused here, whoever writes: by exclusion
constraints and triggers on PostgreSQL, by triggers on SQLite, where one writer at a time is enough.
"""

import sqlalchemy as sa
from alembic import op

revision = "009"
down_revision = "008"
branch_labels = None
depends_on = None

STATES = (
    "'enrolled', 'active', 'paused', 'transferring', 'withdrawn', "
    "'completed_awaiting_board', 'awarded'"
)
# Written out, because both stores take a column with its check this way, and SQLite then needs no
# copy of a table that others refer to.
PARTICIPANT = {
    "state": "VARCHAR(30) DEFAULT 'active' NOT NULL CONSTRAINT ck_participant_state "
    f"CHECK (state IN ({STATES}))",
    "started_on": "DATE",
    "left_on": "DATE CONSTRAINT ck_participant_registration "
    "CHECK (left_on IS NULL OR left_on >= enrolled_on)",
    "left_reason": "VARCHAR(30)",
    "cohort": "VARCHAR(60)",
    "subject_taught": "VARCHAR(100)",
    "school_phase": "VARCHAR(20)",
    "trn": "VARCHAR(7)",
    "qts_on": "DATE",
    "teaching_from": "DATE",
    "induction_from": "DATE",
    "induction_to": "DATE",
    "window_rule": "VARCHAR(10) CONSTRAINT ck_participant_window_rule "
    "CHECK (window_rule IN ('nqt', 'none'))",
}
ALLOCATION = {
    "basis": "VARCHAR(20) CONSTRAINT ck_allocation_basis "
    "CHECK (basis IN ('own_school', 'partner_school', 'other_setting'))",
    "handover": "TEXT",
}
# Allocations from before there was a registration to lie in.
REGISTER_EARLIER = """
UPDATE participant SET enrolled_on = (
    SELECT min(started_on) FROM allocation WHERE participant_id = participant.id)
WHERE EXISTS (
    SELECT 1 FROM allocation
    WHERE participant_id = participant.id AND started_on < participant.enrolled_on)
"""
# name, table, columns that must be equal for two periods to be in each other's way, which rows
ALONE = (
    ("ex_school_period_main", "school_period", ("participant_id",), "kind = 'main'"),
    ("ex_institution_period", "institution_period", ("participant_id",), ""),
    ("ex_pause", "pause", ("participant_id",), ""),
    ("ex_allocation_coach", "allocation", ("participant_id",), "kind = 'coach'"),
    ("ex_allocation_tutor", "allocation", ("participant_id", "user_id"), "kind = 'tutor'"),
    ("ex_school_flag_period", "school_flag_period", ("school_id", "flag"), ""),
)
OUTSIDE = "an allocation lies outside the registration"
OWN = "nobody is their own coach or tutor"


def upgrade() -> None:
    _add_tables()
    for table, columns in (("participant", PARTICIPANT), ("allocation", ALLOCATION)):
        for name, definition in columns.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {definition}")
    op.execute(REGISTER_EARLIER)
    postgres = op.get_bind().dialect.name == "postgresql"
    for rule in ALONE:
        _alone_on_postgres(*rule) if postgres else _alone_on_sqlite(*rule)
    _registered_on_postgres() if postgres else _registered_on_sqlite()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name, table, _, _ in ALONE:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for table in ("allocation", "participant"):
            op.execute(f"DROP TRIGGER {table}_registered ON {table}")
            op.execute(f"DROP FUNCTION check_{table}_registered()")
    else:
        for name, _, _, _ in ALONE:
            for verb in ("insert", "update"):
                op.execute(f"DROP TRIGGER {name}_{verb}")
        for name in ("allocation_registered_insert", "allocation_registered_update"):
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TRIGGER participant_registered")
    for table, columns in (("participant", PARTICIPANT), ("allocation", ALLOCATION)):
        for name in reversed(columns):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    for table in (
        "pause", "institution_period", "school_period", "school_flag_period", "institution",
        "school",
    ):  # fmt: skip
        op.drop_table(table)


def _add_tables() -> None:
    op.create_table(
        "school",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("urn", sa.String(6), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("phase", sa.String(20), nullable=True),
        sa.Column("region", sa.String(30), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_school_provider_id_provider")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["school.id"], name=op.f("fk_school_successor_id_school")
        ),
        sa.CheckConstraint("length(urn) = 6", name=op.f("ck_school_urn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
        sa.UniqueConstraint("provider_id", "urn", name=op.f("uq_school_provider_id_urn")),
    )
    op.create_index(op.f("ix_school_name"), "school", ["name"])
    op.create_table(
        "institution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_institution_provider_id_provider")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("provider_id", "name", name=op.f("uq_institution_provider_id_name")),
    )
    _add_periods(
        "school_flag_period",
        ("school",),
        sa.Column("flag", sa.String(50), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
    )
    _add_periods(
        "school_period",
        ("participant", "school"),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("post", sa.String(100), nullable=True),
        sa.Column("fte", sa.Numeric(3, 2), nullable=True),
        sa.CheckConstraint("kind IN ('main', 'setting')", name=op.f("ck_school_period_kind")),
        sa.CheckConstraint(
            "fte IS NULL OR (fte > 0 AND fte <= 1)", name=op.f("ck_school_period_fte")
        ),
    )
    _add_periods("institution_period", ("participant", "institution"))
    _add_periods("pause", ("participant",), sa.Column("reason", sa.String(30), nullable=False))
    op.create_index(
        "uq_pause_open",
        "pause",
        ["participant_id"],
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )


def _add_periods(table: str, of: tuple[str, ...], *further: sa.Column | sa.CheckConstraint) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        *[sa.Column(f"{one}_id", sa.Integer(), nullable=False) for one in of],
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        *further,
        *[
            sa.ForeignKeyConstraint(
                [f"{one}_id"], [f"{one}.id"], name=op.f(f"fk_{table}_{one}_id_{one}")
            )
            for one in of
        ],
        sa.CheckConstraint(
            "ended_on IS NULL OR ended_on >= started_on", name=op.f(f"ck_{table}_period")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    for one in of:
        op.create_index(op.f(f"ix_{table}_{one}_id"), table, [f"{one}_id"])


def _alone_on_postgres(name: str, table: str, same: tuple[str, ...], which: str) -> None:
    # Numbers as ranges of one, and texts by their hash: range operators need no extension.
    parts = [
        f"int4range({each}, {each}, '[]') WITH &&"
        if each.endswith("_id")
        else f"int8range(hashtext({each}), hashtext({each}), '[]') WITH &&"
        for each in same
    ]
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist "
        f"({', '.join(parts)}, daterange(started_on, ended_on) WITH &&)"
        + (f" WHERE ({which})" if which else "")
    )


def _alone_on_sqlite(name: str, table: str, same: tuple[str, ...], which: str) -> None:
    equal = " AND ".join(f"other.{each} = NEW.{each}" for each in same)
    counts = f"NEW.{which} AND other.{which} AND " if which else ""
    for verb in ("insert", "update"):
        op.execute(
            f"CREATE TRIGGER {name}_{verb} AFTER {verb} ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} AS other WHERE {equal} AND {counts}"
            "other.id <> NEW.id "
            "AND (other.ended_on IS NULL OR other.ended_on > other.started_on) "
            "AND (NEW.ended_on IS NULL OR NEW.ended_on > NEW.started_on) "
            "AND (NEW.ended_on IS NULL OR other.started_on < NEW.ended_on) "
            "AND (other.ended_on IS NULL OR NEW.started_on < other.ended_on)) "
            f"BEGIN SELECT RAISE(ABORT, '{name}: two periods overlap'); END"
        )


def _registered_on_postgres() -> None:
    # FOR SHARE: who leaves the programme meanwhile, and who is allocated, wait for each other.
    op.execute(
        "CREATE FUNCTION check_allocation_registered() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE registered participant%ROWTYPE; BEGIN "
        "SELECT * INTO registered FROM participant WHERE id = NEW.participant_id FOR SHARE; "
        f"IF NEW.user_id = registered.user_id THEN RAISE EXCEPTION '{OWN}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        "IF NEW.ended_on IS DISTINCT FROM NEW.started_on AND ("
        "NEW.started_on < registered.enrolled_on "
        "OR coalesce(NEW.ended_on, 'infinity') > coalesce(registered.left_on, 'infinity')) "
        f"THEN RAISE EXCEPTION '{OUTSIDE}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER allocation_registered BEFORE INSERT OR UPDATE ON allocation "
        "FOR EACH ROW EXECUTE FUNCTION check_allocation_registered()"
    )
    op.execute(
        "CREATE FUNCTION check_participant_registered() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF EXISTS (SELECT 1 FROM allocation WHERE participant_id = NEW.id "
        "AND ended_on IS DISTINCT FROM started_on AND (started_on < NEW.enrolled_on "
        "OR coalesce(ended_on, 'infinity') > coalesce(NEW.left_on, 'infinity'))) "
        f"THEN RAISE EXCEPTION '{OUTSIDE}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER participant_registered BEFORE UPDATE OF enrolled_on, left_on ON participant "
        "FOR EACH ROW EXECUTE FUNCTION check_participant_registered()"
    )


def _registered_on_sqlite() -> None:
    outside = (
        "({a}.ended_on IS NULL OR {a}.ended_on > {a}.started_on) "
        "AND ({a}.started_on < {p}.enrolled_on OR ({p}.left_on IS NOT NULL "
        "AND ({a}.ended_on IS NULL OR {a}.ended_on > {p}.left_on)))"
    )
    for verb in ("insert", "update"):
        op.execute(
            f"CREATE TRIGGER allocation_registered_{verb} AFTER {verb} ON allocation BEGIN "
            f"SELECT RAISE(ABORT, '{OWN}') FROM participant AS person "
            "WHERE person.id = NEW.participant_id AND person.user_id = NEW.user_id; "
            f"SELECT RAISE(ABORT, '{OUTSIDE}') FROM participant AS person "
            f"WHERE person.id = NEW.participant_id AND {outside.format(a='NEW', p='person')}; END"
        )
    op.execute(
        "CREATE TRIGGER participant_registered AFTER UPDATE OF enrolled_on, left_on ON participant "
        f"BEGIN SELECT RAISE(ABORT, '{OUTSIDE}') FROM allocation AS one "
        f"WHERE one.participant_id = NEW.id AND {outside.format(a='one', p='NEW')}; END"
    )
