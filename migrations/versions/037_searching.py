"""What a search for people, schools and evidence looks through.

Triggers keep it, so that whatever writes a name, a school or a version need not think of it, and
what is deleted is not found. `folded` is a function of ours: in Python on SQLite, here for
PostgreSQL. No extension is needed; the encoding of the database has to be UTF-8.
"""

import sqlalchemy as sa
from alembic import op

revision = "037"
down_revision = "036"
branch_labels = None
depends_on = None

# The table of words → its key, and what that points to.
TABLES = {
    "person_words": ("user_id", "user"),
    "school_words": ("school_id", "school"),
    "evidence_words": ("item_id", "evidence_item"),
}
# The table that is watched → the table of words, its columns, the key, the words, which rows count.
WATCHED = {
    "user": (
        "person_words", "name, email", "{row}.id",
        "{row}.name || ' ' || coalesce({row}.email, '')", "true",
    ),
    "school": (
        "school_words", "name, urn, region", "{row}.id",
        "{row}.name || ' ' || {row}.urn || ' ' || coalesce({row}.region, '')", "true",
    ),
    "evidence_version": (
        "evidence_words", "title, narrative, setting", "{row}.item_id",
        "{row}.title || ' ' || {row}.narrative || ' ' || coalesce({row}.setting, '')",
        "{row}.number = (SELECT current_version FROM evidence_item WHERE id = {row}.item_id)",
    ),
}  # fmt: skip
CAPITALS = "".join(
    chr(each) for each in (*range(0x391, 0x3AA), *range(0x410, 0x430)) if each != 930
)
LETTERS = ("øłđðħıØŁĐÐĦ" + CAPITALS, "olddhiolddh" + CAPITALS.lower())
PAIRS = {"æ": "ae", "œ": "oe", "ß": "ss", "þ": "th", "Æ": "ae", "Œ": "oe", "ẞ": "ss", "Þ": "th"}
UNHEARD = "[\\u0300-\\u036f''\\u2018\\u2019\\u02bc\\u00b4`]"
BETWEEN = "[\\u0001-/:-@\\[-_{-\\u00bf\\u2000-\\u206f\\u3000-\\u303f]+"


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for table, (key, other) in TABLES.items():
        op.create_table(
            table,
            sa.Column(key, sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("words", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(
                [key], [f"{other}.id"], name=op.f(f"fk_{table}_{key}_{other}"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")),
        )
    if postgres:
        op.execute(_folding())
    for watched, (table, columns, key, words, counts) in WATCHED.items():
        say = {"row": "each"}
        op.execute(
            f"INSERT INTO {table} SELECT {key.format(**say)}, folded({words.format(**say)}) "
            f'FROM "{watched}" each WHERE {counts.format(**say)}'
        )
        _keep(postgres, watched, table, columns, key, words, counts)
    if postgres:
        op.execute(
            "CREATE INDEX ix_evidence_words_words ON evidence_words "
            "USING gin (to_tsvector('simple'::regconfig, words))"
        )


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for watched, (table, *_) in WATCHED.items():
        if postgres:
            op.execute(f'DROP TRIGGER {table}_kept ON "{watched}"')
            op.execute(f"DROP FUNCTION {table}_kept()")
        else:
            for verb in ("insert", "update"):
                op.execute(f"DROP TRIGGER {table}_on_{verb}")
    for table in TABLES:
        op.drop_table(table)
    if postgres:
        op.execute("DROP FUNCTION folded(text)")


def _keep(
    postgres: bool, watched: str, table: str, columns: str, key: str, words: str, counts: str
) -> None:
    pointer, new = TABLES[table][0], {"row": "NEW"}
    keep = (
        f"INSERT INTO {table} ({pointer}, words) "
        f"VALUES ({key.format(**new)}, folded({words.format(**new)})) "
        f"ON CONFLICT ({pointer}) DO UPDATE SET words = excluded.words;"
    )
    if not postgres:
        for verb in ("INSERT", f"UPDATE OF {columns}"):
            name = f"{table}_on_{verb.partition(' ')[0].lower()}"
            op.execute(
                f'CREATE TRIGGER {name} AFTER {verb} ON "{watched}" '
                f"WHEN {counts.format(**new)} BEGIN {keep} END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {counts.format(**new)} THEN {keep} END IF; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_kept AFTER INSERT OR UPDATE OF {columns} "
        f'ON "{watched}" FOR EACH ROW EXECUTE FUNCTION {table}_kept()'
    )


def _folding() -> str:
    """As `folded` in lti_tool/db.py says it; the locale of the server makes no difference."""
    bare = f"regexp_replace(normalize($1, NFKD), '{UNHEARD}', '', 'g')"
    bare = f"translate({bare}, '{LETTERS[0]}', '{LETTERS[1]}')"
    for letter, pair in PAIRS.items():
        bare = f"replace({bare}, '{letter}', '{pair}')"
    between = f"regexp_replace(lower({bare}), '{BETWEEN}', ' ', 'g')"
    return (
        "CREATE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE "
        f"AS $$ SELECT ' ' || trim({between}) || ' ' $$"
    )
