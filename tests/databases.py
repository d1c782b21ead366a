"""Databases for the tests' tools: the migrations run once on each store, then they are copied."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from flask import Flask
from psycopg import sql

from lti_tool import database
from lti_tool.db import db

FOLDER = "MTL_TEST_FOLDER"
Make = Callable[[str], Flask]


def upgrade(app: Flask) -> None:
    """What `flask db upgrade` does."""
    with app.app_context():
        database.alembic.upgrade()


def migrated_file(file: Path, make: Make) -> str:
    """The URL of a new SQLite database with all tables; `make` makes an application for a URL."""
    with alone() as folder:
        pattern = folder / "migrated"
        if not pattern.exists():
            unfinished = folder / "unfinished"
            _migrate(make(f"sqlite:///{unfinished}"))
            _copy(unfinished, pattern)
    _copy(pattern, file)
    return f"sqlite:///{file}"


def migrated_database(name: str, make: Make) -> str:
    """The same on the run's PostgreSQL server."""
    with alone() as folder:
        pattern, unfinished = f"{folder.name} migrated", f"{folder.name} unfinished"
        if not _exists(pattern):
            _migrate(make(new_database(unfinished)))
            _ask("ALTER DATABASE {} RENAME TO {}", unfinished, pattern)
        return new_database(name, pattern)


def new_database(name: str, like: str = "template1") -> str:
    """A database of this name in place of whatever had it."""
    _ask("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _ask("CREATE DATABASE {} TEMPLATE {}", name, like)
    return urlunsplit(urlsplit(os.environ["MTL_TEST_DATABASE"])._replace(path=f"/{quote(name)}"))


@contextmanager
def alone() -> Iterator[Path]:
    """The run's folder, and no other process of the run at the same work."""
    folder = Path(os.environ.get(FOLDER) or tempfile.mkdtemp(prefix="mtl-tests-"))
    os.environ[FOLDER] = str(folder)
    with (folder / "databases.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _migrate(app: Flask) -> None:
    upgrade(app)
    with app.app_context():
        db.engine.dispose()  # PostgreSQL copies no database that somebody is connected to


def _copy(source: Path, target: Path) -> None:
    # Not the bare file: what was written last may stand beside it.
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _exists(name: str) -> bool:
    with psycopg.connect(os.environ["MTL_TEST_DATABASE"]) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        return connection.execute(query, [name]).fetchone() is not None


def _ask(statement: str, *names: str) -> None:
    with psycopg.connect(os.environ["MTL_TEST_DATABASE"], autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]
