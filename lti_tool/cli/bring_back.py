"""An empty database takes the rows of a dump, in one transaction that also proves them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from lti_tool.cli.dump import Facts, check_table, read_table, revision_of, tables
from lti_tool.db import own_transaction
from lti_tool.errors import Invalid, Refused

# What the first start writes into an empty database: a partnership with its programme, which the
# worker may have sealed since.
OF_FIRST_START = {
    "provider": 1, "programme_version": 1, "audit_event": 2, "audit_seal": 2,
    "audit_sealed_event": 2,
}  # fmt: skip


def bring_back(folder: Path, revision: str, dumped: dict[str, Facts]) -> int:
    """Read every table; how many rows there are. Raises Invalid or Refused, and changes nothing."""
    missing = [each.name for each in tables() if each.name not in dumped]
    if missing:
        raise Invalid(f"The backup has no table {missing[0]}.")
    with own_transaction() as connection:
        _check_database(connection, revision)
        with _unguarded(connection):
            for table in reversed(tables()):
                _empty(connection, table.name)
            for table in tables():
                file = folder / f"{table.name}.jsonl"
                check_table(table, file, dumped[table.name])
                read_table(connection, table, file, dumped[table.name])
        _check_references(connection)
        _go_on_counting(connection)
    return sum(facts["rows"] for facts in dumped.values())


def _check_database(connection: Connection, revision: str) -> None:
    found = revision_of(connection)
    if found != revision:
        raise Refused(
            f"The backup is of version {revision} of the tables, and the database of {found}. "
            "Restore with the release that made the backup, then upgrade."
        )
    for table in tables():
        rows = connection.scalar(select(func.count()).select_from(table)) or 0
        if rows > OF_FIRST_START.get(table.name, 0):
            raise Refused(
                f"The database is not empty: {table.name} has {rows} rows. Restore into a new one."
            )


@contextmanager
def _unguarded(connection: Connection) -> Iterator[None]:
    """Without the triggers that keep rows from being changed: what they keep is brought back.

    References within a table may point forward, so they are looked at when all rows are there.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        triggers = connection.exec_driver_sql(query).all()
        for name, _ in triggers:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        yield
        for _, statement in triggers:
            connection.exec_driver_sql(statement)
        return
    constraints = _within_a_table()
    for name, constraint in constraints:
        _alter(connection, name, f'ALTER CONSTRAINT "{constraint}" DEFERRABLE INITIALLY DEFERRED')
    for table in tables():
        _alter(connection, table.name, "DISABLE TRIGGER USER")
    yield
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table in tables():
        _alter(connection, table.name, "ENABLE TRIGGER USER")
    for name, constraint in constraints:
        _alter(connection, name, f'ALTER CONSTRAINT "{constraint}" NOT DEFERRABLE')


def _within_a_table() -> list[tuple[str, str]]:
    return [
        (table.name, str(constraint.name))
        for table in tables()
        for constraint in table.foreign_key_constraints
        if constraint.referred_table is table
    ]


def _alter(connection: Connection, table: str, change: str) -> None:
    connection.exec_driver_sql(f'ALTER TABLE "{table}" {change}')


def _empty(connection: Connection, table: str) -> None:
    connection.exec_driver_sql(f'DELETE FROM "{table}"')


def _check_references(connection: Connection) -> None:
    """On SQLite; PostgreSQL has looked at each row."""
    if connection.dialect.name != "sqlite":
        return
    found = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if found is not None:
        raise Invalid(f"A row of {found[0]} refers to one of {found[2]} that is not there.")


def _go_on_counting(connection: Connection) -> None:
    """The next id comes after those that were brought back; SQLite sees to it by itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in tables():
        if table.autoincrement_column is not None:
            sequence = func.pg_get_serial_sequence(
                f'"{table.name}"', table.autoincrement_column.name
            )
            last = connection.scalar(select(func.max(table.autoincrement_column)))
            if last is not None and connection.scalar(select(sequence)) is not None:
                connection.execute(select(func.setval(sequence, last)))
