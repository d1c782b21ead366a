"""A crowd out of a hundred lives: the database copies them, with other people in each copy.

Python needs an hour for a million pieces of evidence, the database some minutes. In a copy each
key points at the row of the same copy; which column is a key of which table, the models say.
What an attempt froze as text is copied as it is and still names the first of its people.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    String,
    Table,
    case,
    cast,
    func,
    insert,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.engine import Connection

from lti_tool.db import Base

# These stay as they are, or are made beforehand for all copies.
SHARED = {
    "provider", "programme_version", "registration", "deployment", "course", "line_item",
    "institution",
}  # fmt: skip
FAMILIES = ("Osei", "Begum", "Clarke", "Davies", "Novak", "Iqbal", "Mensah", "Patel", "Quinn")
# How far the key of such a table moves in a copy, by the number of the copy.
Steps = Mapping[str, Callable[[ColumnElement[int]], ColumnElement[int]]]


class Copying:
    """Copies of all rows of these tables; courses and their columns are there already."""

    def __init__(
        self, connection: Connection, copies: int, names: Collection[str], steps: Steps
    ) -> None:
        self._connection = connection
        self._copies = copies
        self._tables = [
            table
            for table in Base.metadata.sorted_tables
            if table.name in names and table.name not in SHARED | {"course_services"}
        ]
        self._steps = steps
        self._spans = {
            table.name: connection.scalar(select(func.max(table.c.id))) or 0
            for table in self._tables
            if "id" in table.c
        }

    def run(self) -> list[str]:
        """Copy table by table, and answer which."""
        names = [table.name for table in self._tables]
        with _without_indexes(self._connection, names):
            for table in self._tables:
                self._copy(table)
        return names

    def _copy(self, table: Table) -> None:
        rows = self._rows(table)
        copy = rows.c.copy
        values = [self._value(table, column.name, rows, copy) for column in table.c]
        self._connection.execute(insert(table).from_select(list(table.c), select(*values)))

    def _rows(self, table: Table) -> FromClause:
        """Each row with each number of a copy: all copies of one row lie beside each other.

        So somebody's rows lie far apart, as they do when people write over years.
        """
        if self._connection.dialect.name == "postgresql":
            number = func.generate_series(1, self._copies).label("copy")
            return _of_somebody(table, select(table, number)).subquery()
        first = select(literal(1).label("copy")).cte("copies", recursive=True)
        more = select(first.c.copy + 1).where(first.c.copy < self._copies)
        copies = first.union_all(more)
        every = select(table, copies.c.copy).join_from(table, copies, true())
        return _of_somebody(table, every).subquery()

    def _value(self, table: Table, name: str, rows: FromClause, copy: Any) -> ColumnElement[Any]:
        old: Any = rows.c[name]
        if name == "id":
            return old + copy * self._spans[table.name]
        if (table.name, name) in TEXTS:
            return TEXTS[table.name, name](old, copy)
        target = _points_at(table, name)
        if target == "subject":
            kinds = {kind: copy * span for kind, span in self._spans.items()}
            return old + case(kinds, value=rows.c.subject_kind, else_=0)
        if target in self._steps:
            return old + self._steps[target](copy)
        return old + copy * self._spans[target] if target in self._spans else old


@contextmanager
def _without_indexes(connection: Connection, names: list[str]) -> Iterator[None]:
    """PostgreSQL builds an index at once far sooner than row by row; SQLite does without."""
    if connection.dialect.name != "postgresql":
        yield
        return
    found = connection.execute(INDEXES, {"names": names}).all()
    for index, _ in found:
        connection.execute(text(f"DROP INDEX {index}"))
    yield
    connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    for _, definition in found:
        connection.exec_driver_sql(definition)


def _of_somebody(table: Table, query: Any) -> Any:
    """Without what the tool itself noted when the database was made."""
    return (
        query.where(table.c.participant_id.is_not(None)) if table.name == "audit_event" else query
    )


def _points_at(table: Table, name: str) -> str:
    """The table that a column names a row of; the trail's columns are no foreign keys."""
    if table.name == "audit_event":
        trail = {"user_id": "user", "participant_id": "participant", "subject_id": "subject"}
        return trail.get(name, "")
    for key in table.c[name].foreign_keys:
        # A key of two columns names a row by what are keys themselves.
        is_id = key.column.name == "id"
        return key.column.table.name if is_id else _points_at(key.column.table, key.column.name)
    return ""


def _numbered(old: Any, copy: Any) -> ColumnElement[str]:
    return old + "-" + cast(copy, String)


def _renamed(old: Any, copy: Any) -> ColumnElement[str]:
    names = {number: f"-{name}" for number, name in enumerate(FAMILIES)}
    return old + case(names, value=copy % len(FAMILIES), else_="")


# Those that no constraint needs.
INDEXES = text(
    "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
    "JOIN pg_class ON pg_class.oid = indrelid "
    "WHERE relname = ANY(:names) AND relnamespace = current_schema()::regnamespace "
    "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
)
# What has to be different in each copy, besides keys.
TEXTS = {
    ("user", "name"): _renamed,
    ("application", "name"): _renamed,
    ("platform_identity", "subject"): _numbered,
    ("participant", "candidate_number"): _numbered,
    ("attempt", "receipt"): _numbered,
    ("school", "urn"): lambda old, copy: cast(cast(old, Integer) + 100 * copy, String),
}
