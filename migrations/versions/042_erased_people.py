"""An account knows that it was erased, and takes no name or address again.

Who sends something asks for it where it is sent, far below the record of the erasure. The trigger is
for whoever has read the old name a moment before: a roster or a launch in the same second.

Another notes an erasure by the version before this one, which may run beside it or come back.

Minutes of a board name who took part. They get the door that other rows got in 039.
"""

import sqlalchemy as sa
from alembic import op

revision = "042"
down_revision = "041"
branch_labels = None
depends_on = None

REFUSED = "an erased account takes no name"
TAKES_ONE = (
    "OLD.erased_at IS NOT NULL AND "
    "(NEW.erased_at IS NULL OR NEW.email IS NOT NULL OR NEW.name <> OLD.name)"
)


def upgrade() -> None:
    op.add_column("user", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        'UPDATE "user" SET erased_at = (SELECT erasure.erased_at FROM erasure '
        'WHERE erasure.user_id = "user".id) WHERE id IN (SELECT user_id FROM erasure)'
    )
    note = (
        'UPDATE "user" SET erased_at = NEW.erased_at WHERE id = NEW.user_id AND erased_at IS NULL;'
    )
    noted = "CREATE TRIGGER erasure_noted AFTER INSERT ON erasure"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION note_erasure() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN {note} RETURN NULL; END $$"
        )
        op.execute(f"{noted} FOR EACH ROW EXECUTE FUNCTION note_erasure()")
        op.execute(
            "CREATE FUNCTION refuse_name_of_erased() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{REFUSED}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        op.execute(
            'CREATE TRIGGER user_stays_erased BEFORE UPDATE OF name, email, erased_at ON "user" '
            f"FOR EACH ROW WHEN ({TAKES_ONE}) EXECUTE FUNCTION refuse_name_of_erased()"
        )
    else:
        op.execute(f"{noted} BEGIN {note} END")
        op.execute(
            'CREATE TRIGGER user_stays_erased BEFORE UPDATE OF name, email, erased_at ON "user" '
            f"WHEN {TAKES_ONE} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        )

    _guard_minutes("NOT EXISTS (SELECT 1 FROM disposal_pass)", "refuse_change_while_shut")


def _guard_minutes(shut: str, function: str) -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    op.execute("DROP TRIGGER board_no_update" + (" ON board" if postgres else ""))
    if postgres:
        op.execute(
            "CREATE TRIGGER board_no_update BEFORE UPDATE ON board FOR EACH ROW "
            f"WHEN (OLD.state = 'minuted') EXECUTE FUNCTION {function}()"
        )
    else:
        op.execute(
            f"CREATE TRIGGER board_no_update BEFORE UPDATE ON board WHEN OLD.state = 'minuted' "
            f"AND {shut} BEGIN SELECT RAISE(ABORT, 'board is never changed'); END"
        )


def downgrade() -> None:
    _guard_minutes("1", "refuse_change")
    if op.get_bind().dialect.name == "postgresql":
        op.execute('DROP TRIGGER user_stays_erased ON "user"')
        op.execute("DROP FUNCTION refuse_name_of_erased()")
        op.execute("DROP TRIGGER erasure_noted ON erasure")
        op.execute("DROP FUNCTION note_erasure()")
    else:
        op.execute("DROP TRIGGER user_stays_erased")
        op.execute("DROP TRIGGER erasure_noted")
    op.drop_column("user", "erased_at")
