"""Rows by the hundred thousand: COPY on PostgreSQL, one prepared statement a table on SQLite.

The rows are given in the shape of the models, so that a column that is gone or misspelt is an
error. Ids are given out here, that rows can name each other before any is stored.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, Table, delete, func, insert, select, text
from sqlalchemy.engine import Connection

from lti_tool.cli.demo.crowd.copying import Copying, Steps
from lti_tool.cohort.reach import renew_due
from lti_tool.cohort.reach_models import AreaReach, ReachDue
from lti_tool.cohort.search_words import fill_evidence, fill_names
from lti_tool.db import Base
from lti_tool.people.models import Participant

WORDS = "evidence_words"
Row = dict[str, Any]


class Loader:
    """Keeps rows until `flush`; `close` puts the database's own numbering behind ours."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect()
        self._is_postgres = engine.dialect.name == "postgresql"
        self._waiting: dict[Table, list[Row]] = {}
        self._defaults: dict[Table, Row] = {}
        self._ids: dict[Table, Iterator[int]] = {}
        self.counts: dict[str, int] = {}
        if self._is_postgres:
            # Keys are given out here: looking each of them up again takes longer than the load.
            # https://www.postgresql.org/docs/current/runtime-config-client.html
            self._connection.execute(text("SET session_replication_role = replica"))

    def next_id(self, model: type[Base]) -> int:
        """An id that no row of this table has."""
        table = _table(model)
        if table not in self._ids:
            last = self._connection.scalar(select(func.max(table.c.id))) or 0
            self._ids[table] = itertools.count(last + 1)
        return next(self._ids[table])

    def add(self, model: type[Base], **values: Any) -> int:
        """One row; it has an id of its own if the table has such a column. Answers the id."""
        table = _table(model)
        if "id" in table.c and "id" not in values:
            values["id"] = self.next_id(model)
        if table not in self._defaults:
            self._defaults[table] = _defaults(table)
        self._waiting.setdefault(table, []).append(self._defaults[table] | values)
        return int(values.get("id", 0))

    def flush(self) -> None:
        """Store what waits, and commit."""
        for table in Base.metadata.sorted_tables:
            rows = self._waiting.pop(table, None)
            if rows:
                if any(row.keys() != rows[0].keys() for row in rows):
                    raise ValueError(f"Rows of {table.name} do not all give the same columns.")
                self.counts[table.name] = self.counts.get(table.name, 0) + len(rows)
                (self._copy if self._is_postgres else self._insert)(table, rows)
        self._connection.commit()

    def copy(self, copies: int, steps: Steps) -> None:
        """So many copies of all that was added, with the words by which it is found."""
        self.flush()
        if self._is_postgres:
            # Copies of evidence have its words, and finding them takes longer than all copying.
            fill_evidence(self._connection)
            self.counts[WORDS] = self.counts["evidence_item"]
        # Copies have come as far.
        self.counts["area_reach"] = self._work_out_reach()
        for name in Copying(self._connection, copies, set(self.counts), steps).run():
            self.counts[name] *= copies + 1
        self._ids.clear()  # the copies have ids, too
        self._connection.commit()

    def close(self) -> None:
        """The last rows, the sequences, and what the planner knows of the tables."""
        self.flush()
        if self._is_postgres:
            fill_names(self._connection)  # no trigger has seen the rows
            if WORDS not in self.counts:
                fill_evidence(self._connection)
            for table in Base.metadata.sorted_tables:
                if table.name in self.counts and "id" in table.c:
                    _continue_numbering(self._connection, table)
            self._connection.execute(text("SET session_replication_role = DEFAULT"))
        self._work_out_reach()
        self._connection.execution_options(isolation_level="AUTOCOMMIT")
        # What was copied has no visibility map yet, and no index is read alone without it.
        self._connection.execute(text("VACUUM ANALYZE" if self._is_postgres else "ANALYZE"))
        self._connection.close()

    def _work_out_reach(self) -> int:
        """How far evidence has come, of everybody of whom it is not known; of how many it is."""
        # Triggers have noted each row on SQLite, and none on PostgreSQL.
        known = select(AreaReach.participant_id)
        everybody = select(Participant.id).where(Participant.id.not_in(known))
        self._connection.execute(delete(ReachDue))
        self._connection.execute(insert(ReachDue).from_select(["participant_id"], everybody))
        self._connection.commit()
        renew_due()
        found = self._connection.scalar(select(func.count()).select_from(AreaReach)) or 0
        self._connection.commit()
        return found

    def _insert(self, table: Table, rows: list[Row]) -> None:
        self._connection.execute(insert(table), rows)

    def _copy(self, table: Table, rows: list[Row]) -> None:
        columns = list(rows[0])
        dialect = self._connection.dialect
        makers = {}
        for name in columns:  # a name that is no column is an error here
            maker = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
            if maker is not None:
                makers[name] = maker
        quoted = dialect.identifier_preparer
        names = ", ".join(quoted.quote(name) for name in columns)
        cursor = self._connection.connection.cursor()
        with cursor.copy(f"COPY {quoted.format_table(table)} ({names}) FROM STDIN") as copy:
            for row in rows:
                for name, maker in makers.items():
                    row[name] = maker(row[name])
                copy.write_row([row[name] for name in columns])


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _defaults(table: Table) -> Row:
    """The plain values that a model gives where nothing is said; COPY does not ask for them."""
    return {
        column.name: getattr(column.default, "arg", None)
        for column in table.columns
        if column.default is not None and column.default.is_scalar
    }


def _continue_numbering(connection: Connection, table: Table) -> None:
    name = connection.dialect.identifier_preparer.format_table(table)
    connection.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "
            f"(SELECT COALESCE(MAX(id), 1) FROM {name}))"
        )
    )
