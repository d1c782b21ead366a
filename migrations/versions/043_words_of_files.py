"""A search finds evidence by the names of its files, too, and by all that its author wrote of it.

The words come from rows that are written after the version: triggers on these make them anew. They
change a row of words and never make one, so that what was erased stays without.

On PostgreSQL the words of what is there are made anew some at a time, each time in a transaction of
its own: a million pieces of evidence take a quarter of an hour, and nobody who writes may wait for
that. Whoever is stopped half-way begins again.
"""

import sqlalchemy as sa
from alembic import op

revision = "043"
down_revision = "042"
branch_labels = None
depends_on = None

BEFORE = "{row}.title || ' ' || {row}.narrative || ' ' || coalesce({row}.setting, '')"
CURRENT = "{row}.number = (SELECT current_version FROM evidence_item WHERE id = {row}.item_id)"
# The table that is watched → its columns, and which rows have words. `{row}` is OLD or NEW.
WATCHED = {
    "upload": ("filename, alt_text", "true"),
    "strand_claim": ("rationale", "{row}.rationale IS NOT NULL"),
}
VERSION = "evidence_version"
# What is said in a long recording would be too much for an index.
LONGEST = 10_000
AT_ONCE = 1_000


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    _keep_version(postgres, _told(postgres, "NEW"))
    for table, (columns, counts) in WATCHED.items():
        _keep_part(postgres, table, columns, counts)
    if not postgres:
        op.execute(_fill("true"))
        return
    with op.get_context().autocommit_block():
        last = op.get_bind().scalar(sa.text("SELECT max(item_id) FROM evidence_words"))
        for first in range(1, (last or 0) + 1, AT_ONCE):
            some = f"item_id BETWEEN {first} AND {first + AT_ONCE - 1}"
            # First held, then read: what somebody was just writing is read when they are done.
            op.execute(
                f"DO $$ BEGIN PERFORM 1 FROM evidence_words WHERE {some} ORDER BY item_id "
                f"FOR UPDATE; {_fill(some)}; END $$"
            )


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in WATCHED:
        for verb in ("insert", "update", "delete"):
            name = f"{table}_words_on_{verb}"
            op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if postgres else ""))
        if postgres:
            op.execute(f"DROP FUNCTION {table}_words_kept()")
    _keep_version(postgres, BEFORE.format(row="NEW"))
    op.execute(
        f"UPDATE evidence_words SET words = (SELECT folded({BEFORE.format(row='v')}) "
        "FROM evidence_version v WHERE v.item_id = evidence_words.item_id AND "
        f"{CURRENT.format(row='v')})"
    )


def _fill(some: str) -> str:
    """The words anew of those items whose versions say more than was looked through before."""
    postgres = op.get_bind().dialect.name == "postgresql"
    return (
        f"UPDATE evidence_words SET words = (SELECT folded({_told(postgres, 'v')}) "
        f"FROM evidence_version v WHERE v.item_id = evidence_words.item_id AND "
        f"{CURRENT.format(row='v')}) WHERE {some} AND item_id IN (SELECT v.item_id "
        f"FROM evidence_version v WHERE {some} AND (v.impact_record_id IS NOT NULL "
        "OR EXISTS (SELECT 1 FROM upload u WHERE u.version_id = v.id) "
        "OR EXISTS (SELECT 1 FROM strand_claim c WHERE c.version_id = v.id "
        "AND c.rationale IS NOT NULL)))"
    )


def _told(postgres: bool, row: str) -> str:
    """All words of a version, before they are folded."""
    joined = "string_agg({0}, ' ')" if postgres else "group_concat({0}, ' ')"
    file = f"u.filename || ' ' || coalesce(substr(u.alt_text, 1, {LONGEST}), '')"
    impact = " || ' ' || ".join(
        f"m.{each}" for each in ("baseline", "change", "outcome", "source", "explanations")
    )
    parts = [
        f"SELECT {joined.format(file)} FROM upload u WHERE u.version_id = {row}.id",
        f"SELECT {joined.format('c.rationale')} FROM strand_claim c WHERE c.version_id = {row}.id",
        f"SELECT {impact} FROM impact_record m WHERE m.id = {row}.impact_record_id",
    ]
    more = "".join(f" || ' ' || coalesce(({each}), '')" for each in parts)
    return BEFORE.format(row=row) + more


def _keep_version(postgres: bool, told: str) -> None:
    """In place of the trigger of migration 037, whose words these are and more."""
    counts = CURRENT.format(row="NEW")
    keep = (
        f"INSERT INTO evidence_words (item_id, words) VALUES (NEW.item_id, folded({told})) "
        "ON CONFLICT (item_id) DO UPDATE SET words = excluded.words;"
    )
    if postgres:
        op.execute(
            "CREATE OR REPLACE FUNCTION evidence_words_kept() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN IF {counts} THEN {keep} END IF; RETURN NULL; END $$"
        )
        return
    for verb in ("INSERT", "UPDATE OF title, narrative, setting"):
        name = f"evidence_words_on_{verb.partition(' ')[0].lower()}"
        op.execute(f"DROP TRIGGER {name}")
        op.execute(
            f"CREATE TRIGGER {name} AFTER {verb} ON {VERSION} WHEN {counts} BEGIN {keep} END"
        )


def _keep_part(postgres: bool, table: str, columns: str, counts: str) -> None:
    """The words of a version anew when one of its files or claims comes, changes or goes."""
    keep = (
        f"UPDATE evidence_words SET words = (SELECT folded({_told(postgres, 'v')}) "
        f"FROM {VERSION} v WHERE v.id = {{row}}.version_id) "
        f"WHERE item_id = (SELECT v.item_id FROM {VERSION} v WHERE v.id = {{row}}.version_id AND "
        f"{CURRENT.format(row='v')});"
    )
    verbs = {
        "insert": ("INSERT", "NEW", counts.format(row="NEW")),
        "update": (f"UPDATE OF {columns}", "NEW", "true"),
        "delete": ("DELETE", "OLD", counts.format(row="OLD")),
    }
    if postgres:
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_words_kept() RETURNS trigger "
            f"LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'DELETE' THEN {keep.format(row='OLD')} "
            f"ELSE {keep.format(row='NEW')} END IF; RETURN NULL; END $$"
        )
    for name, (verb, row, when) in verbs.items():
        create = "CREATE OR REPLACE" if postgres else "CREATE"
        begin = f"{create} TRIGGER {table}_words_on_{name} AFTER {verb} ON {table}"
        if postgres:
            op.execute(f"{begin} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {table}_words_kept()")
        else:
            op.execute(f"{begin} WHEN {when} BEGIN {keep.format(row=row)} END")
