"""What may be lost: launch state, nonces, sessions, tokens and key sets; each with an expiry.

Redis keeps it where there is one, the database where there is none. Taking a value is atomic in
both, so a state or nonce can be used once however many processes race for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Protocol

import redis
from sqlalchemy import Column, String, Table, Text, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from lti_tool.clock import now
from lti_tool.db import PATIENCE, Base, Instant, own_transaction
from lti_tool.errors import Unavailable

DOWN = "The tool cannot reach its memory just now. Wait a minute and open the link again."


class Ephemeral(Protocol):
    """A store of JSON values under text keys. Seconds are a value's life."""

    def put(self, key: str, value: Any, seconds: int) -> None: ...

    def get(self, key: str) -> Any | None: ...

    def take(self, key: str) -> Any | None:
        """Read and remove in one step: of several takers exactly one gets the value."""

    def add(self, key: str, seconds: int) -> bool:
        """Mark a key as used; False where it was marked before."""

    def delete(self, key: str) -> None: ...

    def replace(
        self, old: str | None, key: str, value: Any, seconds: int, *, lists: Iterable[str] = ()
    ) -> None:
        """Put a value, delete another key and note the new one on lists, in one step."""

    def swap(
        self, key: str, before: Any, after: Any, seconds: int, *, patient: bool = True
    ) -> bool:
        """Put a value where the one that was read still stands; False where it does not.

        `patient=False` is for what may as well be left undone: it never waits for other writers.
        """

    def listed(self, name: str) -> list[str]:
        """The keys on a list that have not expired, whether their values are there or not."""


table = Table(
    "ephemeral",
    Base.metadata,
    Column("key", String(200), primary_key=True),
    Column("value", Text, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

# Built once: several of them run in every request, and building takes longer than running.
THE_KEY = table.c.key == bindparam("key")
FIND = select(table.c.value, table.c.expires_at).where(THE_KEY)
TAKE = delete(table).where(THE_KEY).returning(table.c.value, table.c.expires_at)
DELETE = delete(table).where(THE_KEY)
# One who would bring back what another has just taken away finds that it is not there any more.
SWAP = (
    update(table)
    .where(table.c.key == bindparam("held"), table.c.value == bindparam("before"))
    .values(value=bindparam("after"), expires_at=bindparam("until", type_=Instant))
)
SWAP_IN_REDIS = (
    "if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end "
    "redis.call('set', KEYS[1], ARGV[2], 'EX', ARGV[3]) return 1"
)


def _insert_into(dialect: Any, *, replace: bool) -> Any:
    insert = dialect.insert(table).values(
        {name: bindparam(name) for name in ("key", "value", "expires_at")}
    )
    return insert.on_conflict_do_update(
        index_elements=["key"],
        set_={"value": insert.excluded.value, "expires_at": insert.excluded.expires_at},
        where=None if replace else table.c.expires_at <= bindparam("now", type_=Instant),
    )


INSERT = {
    (dialect.__name__.rpartition(".")[2], replace): _insert_into(dialect, replace=replace)
    for dialect in (postgresql, sqlite)
    for replace in (True, False)
}


@contextmanager
def _in_a_hurry(connection: Connection, patient: bool) -> Iterator[None]:
    """On SQLite, which has one writer: give up at once where somebody else writes just now."""
    if patient or connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        with suppress(OperationalError):
            yield
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE}")


class DatabaseEphemeral:
    """The embedded store. Each call is a transaction of its own (see `db.own_transaction`)."""

    def put(self, key: str, value: Any, seconds: int) -> None:
        self._insert(key, json.dumps(value), seconds, replace=True)

    def get(self, key: str) -> Any | None:
        with own_transaction(of_one=True) as connection:
            found = connection.execute(FIND, {"key": key}).one_or_none()
        return json.loads(found.value) if found and found.expires_at > now() else None

    def take(self, key: str) -> Any | None:
        with own_transaction(of_one=True) as connection:
            found = connection.execute(TAKE, {"key": key}).one_or_none()
        return json.loads(found.value) if found and found.expires_at > now() else None

    def add(self, key: str, seconds: int) -> bool:
        return self._insert(key, "1", seconds, replace=False)

    def delete(self, key: str) -> None:
        with own_transaction(of_one=True) as connection:
            connection.execute(DELETE, {"key": key})

    def replace(
        self, old: str | None, key: str, value: Any, seconds: int, *, lists: Iterable[str] = ()
    ) -> None:
        until = now() + timedelta(seconds=seconds)
        rows = [{"key": key, "value": json.dumps(value), "expires_at": until}]
        rows += [{"key": f"{name}:{key}", "value": key, "expires_at": until} for name in lists]
        with own_transaction() as connection:
            if old is not None:
                connection.execute(DELETE, {"key": old})
            for row in rows:
                connection.execute(INSERT[connection.dialect.name, True], row)

    def swap(
        self, key: str, before: Any, after: Any, seconds: int, *, patient: bool = True
    ) -> bool:
        given = {
            "held": key, "before": json.dumps(before), "after": json.dumps(after),
            "until": now() + timedelta(seconds=seconds),
        }  # fmt: skip
        with own_transaction(of_one=True) as connection, _in_a_hurry(connection, patient):
            return connection.execute(SWAP, given).rowcount == 1
        return False

    def listed(self, name: str) -> list[str]:
        query = (
            select(table.c.value)
            .where(table.c.key.startswith(f"{name}:", autoescape=True), table.c.expires_at > now())
            .order_by(table.c.expires_at, table.c.key)
        )
        with own_transaction(reads_only=True) as connection:
            return list(connection.scalars(query))

    def sweep(self) -> None:
        """Remove what has expired; the worker calls it now and then."""
        with own_transaction() as connection:
            connection.execute(delete(table).where(table.c.expires_at <= now()))

    def _insert(self, key: str, value: str, seconds: int, *, replace: bool) -> bool:
        moment = now()
        given = {"key": key, "value": value, "expires_at": moment + timedelta(seconds=seconds)}
        if not replace:
            given["now"] = moment
        with own_transaction(of_one=True) as connection:
            result = connection.execute(INSERT[connection.dialect.name, replace], given)
        return result.rowcount == 1


class RedisEphemeral:
    """The shared store for several web processes."""

    def __init__(self, url: str) -> None:
        self.client: Any = redis.Redis.from_url(
            url, socket_timeout=3, socket_connect_timeout=3, decode_responses=True
        )

    def put(self, key: str, value: Any, seconds: int) -> None:
        self._call("set", self._name(key), json.dumps(value), ex=seconds)

    def get(self, key: str) -> Any | None:
        return self._loaded(self._call("get", self._name(key)))

    def take(self, key: str) -> Any | None:
        return self._loaded(self._call("getdel", self._name(key)))

    def add(self, key: str, seconds: int) -> bool:
        return bool(self._call("set", self._name(key), "1", ex=seconds, nx=True))

    def delete(self, key: str) -> None:
        self._call("delete", self._name(key))

    def replace(
        self, old: str | None, key: str, value: Any, seconds: int, *, lists: Iterable[str] = ()
    ) -> None:
        steps, moment = self.client.pipeline(), now().timestamp()
        if old is not None:
            steps.delete(self._name(old))
        steps.set(self._name(key), json.dumps(value), ex=seconds)
        for name in lists:
            steps.zremrangebyscore(self._name(name), "-inf", moment)
            steps.zadd(self._name(name), {key: moment + seconds})
            steps.expire(self._name(name), seconds)
        self._sent(steps.execute)

    def swap(
        self, key: str, before: Any, after: Any, seconds: int, *, patient: bool = True
    ) -> bool:
        texts = json.dumps(before), json.dumps(after)
        return bool(self._call("eval", SWAP_IN_REDIS, 1, self._name(key), *texts, seconds))

    def listed(self, name: str) -> list[str]:
        moment = now().timestamp()
        return list(self._call("zrangebyscore", self._name(name), f"({moment}", "+inf"))

    def _name(self, key: str) -> str:
        return f"mtl:{key}"

    def _loaded(self, text: str | None) -> Any | None:
        return None if text is None else json.loads(text)

    def _call(self, command: str, *args: Any, **options: Any) -> Any:
        return self._sent(getattr(self.client, command), *args, **options)

    def _sent(self, send: Callable[..., Any], *args: Any, **options: Any) -> Any:
        try:
            return send(*args, **options)
        except redis.RedisError as error:
            raise Unavailable(DOWN) from error
