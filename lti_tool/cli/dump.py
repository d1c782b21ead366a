"""The rows of all tables as lines of JSON: written as of one moment, and read into either store.

Every cell is written so that SQLite and PostgreSQL agree on it. A line is a row; the columns are
named once, with how many rows there are and how the file hashes.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Column, Table, Text, bindparam, cast, insert, select, type_coerce
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeDecorator

from lti_tool import ephemeral
from lti_tool.beats import WorkerBeat
from lti_tool.db import Base
from lti_tool.errors import Invalid

ROWS_AT_ONCE = 500
Facts = dict[str, Any]

WRITTEN: dict[type, Callable[[Any], str]] = {
    datetime: datetime.isoformat,
    date: date.isoformat,
    bytes: lambda value: b64encode(value).decode(),
    Decimal: str,
}
READ: dict[type, Callable[[str], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    bytes: b64decode,
    Decimal: Decimal,
}


def tables() -> list[Table]:
    """Every table, each after those that it refers to; without what may be lost at any time."""
    of_now = (ephemeral.table, WorkerBeat.__table__)
    return [each for each in Base.metadata.sorted_tables if each not in of_now]


def revision_of(connection: Connection) -> str | None:
    """The version of the tables."""
    return MigrationContext.configure(connection).get_current_revision()


def write_table(connection: Connection, table: Table, file: Path) -> Facts:
    """Write all rows of a table in the order of their keys; what there is to say of them."""
    columns = [_as_written(each) for each in table.columns]
    order = list(table.primary_key.columns)
    query = select(*columns).order_by(*order).execution_options(yield_per=ROWS_AT_ONCE)
    writers = [WRITTEN.get(_type_of(each)) for each in table.columns]
    digest, rows = hashlib.sha256(), 0
    with file.open("xb") as target:
        for row in connection.execute(query):
            cells = [
                write(cell) if write and cell is not None else cell
                for write, cell in zip(writers, row, strict=True)
            ]
            line = json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            target.write(line)
            digest.update(line)
            rows += 1
    names = [each.name for each in table.columns]
    return {"columns": names, "rows": rows, "sha256": digest.hexdigest()}


def check_table(table: Table, file: Path, facts: Facts) -> None:
    """The file is whole, and of this table. Raises Invalid."""
    try:
        with file.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}.") from error
    if digest != facts["sha256"]:
        raise Invalid(f"{file} is not what was written into it. Take another backup.")
    if set(facts["columns"]) != {each.name for each in table.columns}:
        raise Invalid(f"{file} has other columns than the table {table.name}.")


def read_table(connection: Connection, table: Table, file: Path, facts: Facts) -> None:
    """Insert all rows of a table."""
    names = facts["columns"]
    readers = [READ.get(_type_of(table.c[name])) for name in names]
    values = {f"{name}": _as_read(connection, table.c[name]) for name in names}
    statement = insert(table).values(values)
    for batch in _batches(file):
        rows = [
            {
                f"the_{name}": read(cell) if read and cell is not None else cell
                for name, read, cell in zip(names, readers, row, strict=True)
            }
            for row in batch
        ]
        connection.execute(statement, rows)


def _batches(file: Path) -> Iterator[list[Sequence[Any]]]:
    with file.open("rb") as source:
        while lines := list(islice(source, ROWS_AT_ONCE)):
            yield [json.loads(line) for line in lines]


def _type_of(column: Column[Any]) -> type:
    # Its text is copied as it stands: what is hashed or compared elsewhere must not be put anew.
    if isinstance(column.type, JSON):
        return str
    own = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return own.python_type


def _as_written(column: Column[Any]) -> Any:
    """A column as it is read. JSON as its text: read as a value, no value and `null` are alike."""
    return cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column


def _as_read(connection: Connection, column: Column[Any]) -> Any:
    name = f"the_{column.name}"
    if not isinstance(column.type, JSON):
        return bindparam(name, type_=column.type)
    text = bindparam(name, type_=Text())
    if connection.dialect.name == "sqlite":
        return type_coerce(text, Text())
    return cast(text, column.type)
