"""A page that is opened again and again: its queries, its time by the clock and on a processor."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from benchmarks.servers import cpu_ns_of


@dataclass(frozen=True)
class Seen:
    """One answer: how long it took, by the clock and on the processor, and what it asked."""

    wall_ns: int
    cpu_ns: int
    queries: int


@dataclass
class Measured:
    """One page in one database."""

    seen: list[Seen] = field(default_factory=list)

    @property
    def wall(self) -> float:
        return median(each.wall_ns for each in self.seen)

    @property
    def cpu(self) -> float:
        return median(each.cpu_ns for each in self.seen)

    @property
    def queries(self) -> str:
        numbers = {each.queries for each in self.seen}
        return "-".join(str(each) for each in sorted({min(numbers), max(numbers)}))


class Visit:
    """One page, opened again and again."""

    def __init__(self, client: FlaskClient, url: str) -> None:
        self._client = client
        self._url = url
        self._servers: set[int] = set()  # processes of PostgreSQL that work for us

    def open(self) -> Seen:
        with _counted(self._servers) as statements:
            began, cpu_began = time.perf_counter_ns(), self._cpu_ns()
            response = self._client.get(self._url, base_url="https://localhost")
            wall, cpu = time.perf_counter_ns() - began, self._cpu_ns() - cpu_began
        if response.status_code != 200:
            raise RuntimeError(f"{self._url} answered {response.status}.")
        return Seen(wall, cpu, len(statements))

    def _cpu_ns(self) -> int:
        """Time on the processor so far, of this process and of the database for it."""
        return time.process_time_ns() + sum(cpu_ns_of(pid) for pid in self._servers)


@contextmanager
def _counted(servers: set[int]) -> Iterator[list[str]]:
    """Every statement that a driver is given meanwhile, and whom else it keeps busy."""
    statements: list[str] = []

    def note(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)
        if connection.dialect.name == "postgresql":
            servers.add(connection.connection.dbapi_connection.info.backend_pid)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)
