"""How a grade was formed; extensions, circumstances and holds."""

import sqlalchemy as sa
from alembic import op

revision = "029"
down_revision = "028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plain ALTER TABLE, never a batch: SQLite would copy the table and lose the triggers that keep it.
    op.add_column("attempt", sa.Column("due_on", sa.Date(), nullable=True))
    op.add_column(
        "grade", sa.Column("judged", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "grade", sa.Column("steps", sa.JSON(), server_default=sa.text("'[]'"), nullable=False)
    )
    _fill_in_grades()


def _fill_in_grades() -> None:
    """What was released before there were rules counts as it was judged."""
    postgres = op.get_bind().dialect.name == "postgresql"
    op.execute("DROP TRIGGER grade_no_update" + (" ON grade" if postgres else ""))
    steps = (
        """'[{"rule": "judged", "mark": ' || mark || ', "says": "The markers judged the work at '"""
        """ || mark || '."}]'"""
    )
    op.execute(
        f"UPDATE grade SET judged = mark, steps = {f'CAST({steps} AS JSON)' if postgres else steps}"
    )
    op.execute(
        "CREATE TRIGGER grade_no_update BEFORE UPDATE ON grade "
        + (
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            if postgres
            else "BEGIN SELECT RAISE(ABORT, 'grade is never changed'); END"
        )
    )


def downgrade() -> None:
    op.drop_column("grade", "steps")
    op.drop_column("grade", "judged")
    op.drop_column("attempt", "due_on")
