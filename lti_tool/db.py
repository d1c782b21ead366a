"""The database: base class, column types, and how a transaction begins."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from inspect import iscoroutinefunction
from typing import Any

from flask.sansio.app import App
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import DateTime, Engine, MetaData, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class WrongEncoding(Exception):
    """A database that cannot hold what people write."""

    def __init__(self, encoding: str | None) -> None:
        super().__init__(
            f"The database of DATABASE_URL has the encoding {encoding}; names and texts of people "
            "need UTF8. Make another one and name that: "
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )


class Database(SQLAlchemy):
    """Sessions and engines of the application, none of them asynchronous.

    The library would close asynchronous sessions after every request all the same, for which Flask
    starts a thread and an event loop: a third of a millisecond, and there is nothing to close.
    """

    def init_app(self, app: App) -> None:
        super().init_app(app)
        app.teardown_appcontext_funcs = [
            each for each in app.teardown_appcontext_funcs if not iscoroutinefunction(each)
        ]


db = Database()

# Migration 037 says the same to PostgreSQL; on SQLite its triggers call `folded` itself.
_UNHEARD = re.compile("[\u0300-\u036f'\u2018\u2019\u02bc\u00b4`]")
_BETWEEN = re.compile("[\u0001-/:-@\\[-_{-\u00bf\u2000-\u206f\u3000-\u303f]+")
_LETTERS = str.maketrans("øłđðħıØŁĐÐĦ", "olddhiolddh")
_PAIRS = {"æ": "ae", "œ": "oe", "ß": "ss", "þ": "th", "Æ": "ae", "Œ": "oe", "ẞ": "ss", "Þ": "th"}


class Base(DeclarativeBase):
    """Base of every model; names its constraints so that migrations can find them again."""

    metadata = MetaData(naming_convention=NAMES)


class Instant(TypeDecorator[datetime]):
    """A UTC instant. SQLite forgets the zone; this puts it back and refuses a naive value."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant needs a time zone.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


PATIENCE = 10_000  # milliseconds that a writer waits for another one on SQLite
# SQLite lets one connection write at a time. A transaction that reads first and writes later fails
# with "database is locked" however long it waits, so writers say so when they begin.
# https://www.sqlite.org/lang_transaction.html
_begin: ContextVar[str] = ContextVar("begin", default="BEGIN IMMEDIATE")


def begin_as_reader() -> None:
    """Transactions from here on only read (on SQLite they leave other writers alone)."""
    _begin.set("BEGIN")


def begin_as_writer() -> None:
    """Transactions from here on may write."""
    _begin.set("BEGIN IMMEDIATE")


def restart_as_writer() -> None:
    """End what was read so far and begin again as a writer.

    For work that reads, then waits for another machine, then writes: no lock is held while waiting.
    """
    db.session.rollback()
    begin_as_writer()


def bring_up_to_date(row: Base, **values: Any) -> None:
    """Set what differs. A row that is told what it says already would still be looked at again
    before the next query and at the commit."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def folded(text: str | None) -> str | None:
    """The words of a text as a search compares them: no accents, capitals, or signs between.

    Spaces on both ends, so that the beginning of a word can be told from its middle.
    """
    if text is None:
        return None
    bare = _UNHEARD.sub("", unicodedata.normalize("NFKD", text.replace("\0", " ")))
    bare = bare.translate(_LETTERS)
    for letter, pair in _PAIRS.items():
        bare = bare.replace(letter, pair)
    return f" {_BETWEEN.sub(' ', bare.lower()).strip()} "


@contextmanager
def own_transaction(*, reads_only: bool = False, of_one: bool = False) -> Iterator[Connection]:
    """A short transaction of its own, committed whatever becomes of the request around it.

    Where it is `of_one` statement, SQLite need not be told where it begins and ends.

    While it writes, the request's session must not be writing: on SQLite the two would wait for
    each other.
    """
    begin = "BEGIN" if reads_only else "BEGIN IMMEDIATE"
    token = _begin.set("" if of_one else begin)
    try:
        with db.engine.begin() as connection:
            yield connection
    finally:
        _begin.reset(token)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA busy_timeout={PATIENCE}")
        connection.create_function("folded", 1, folded, deterministic=True)


@event.listens_for(Engine, "connect")
def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """Plan each statement for the values that it comes with (docs/decisions/0027), as it is.

    A plan for anybody's values suits a tutor of a hundred, and takes seconds for one of thousands.
    To compile a plan to machine code takes longer than what a page asks.
    """
    if not isinstance(connection, sqlite3.Connection):
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise WrongEncoding(encoding)
        connection.execute("SET plan_cache_mode = force_custom_plan")
        connection.execute("SET jit = off")
        connection.commit()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and (begin := _begin.get()):
        connection.exec_driver_sql(begin)
