"""A database that cannot be used ends a command with one sentence that says what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from alembic.util import CommandError
from psycopg import sql
from sqlalchemy.exc import DataError, ProgrammingError

from lti_tool import database
from lti_tool.app import create_app
from lti_tool.db_complaints import explain
from lti_tool.settings import load_settings
from tests.tool_server import SECRET

LATIN = "CREATE DATABASE {} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
READ_ONLY = "ALTER DATABASE {} SET default_transaction_read_only = on"


@pytest.fixture
def made(worker_id: str) -> Iterator[dict[str, str]]:
    """The addresses of databases that are not fit for use."""
    server, found = os.environ["MTL_TEST_DATABASE"], {}
    with psycopg.connect(server, autocommit=True) as connection:
        for kind, *statements in (
            ("latin", LATIN), ("read_only", "CREATE DATABASE {} TEMPLATE template0", READ_ONLY),
        ):  # fmt: skip
            name = f"unfit_{kind}_{worker_id}"
            for statement in ("DROP DATABASE IF EXISTS {}", *statements):
                connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
            found[kind] = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        yield found
        for url in found.values():
            name = sql.Identifier(urlsplit(url).path[1:])
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def complaint(url: str) -> str:
    """What is told of an attempt to make the tables there."""
    settings = load_settings({"DATABASE_URL": url, "SECRET_KEY": SECRET})
    with create_app(settings, ready=False).app_context():
        try:
            database.alembic.upgrade()
        except Exception as error:
            return explain(error) or f"No sentence for {error!r}"
    return "Nothing was wrong."


def test_what_is_wrong_with_a_database_server_is_said_and_what_to_do(made: dict[str, str]) -> None:
    assert "has the encoding LATIN1" in complaint(made["latin"])
    assert "ENCODING 'UTF8' TEMPLATE template0" in complaint(made["latin"])
    assert "may be read and not written" in complaint(made["read_only"])
    server = urlsplit(os.environ["MTL_TEST_DATABASE"])
    assert "no database of the name" in complaint(urlunsplit(server._replace(path="/nowhere")))
    assert "cannot be reached" in complaint("postgresql://x:y@127.0.0.1:1/mtl")


def test_what_is_wrong_with_a_file_is_said_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear Amira, " * 100, encoding="utf-8")
    assert "is no SQLite database" in complaint(f"sqlite:///{tmp_path}/letter")
    assert "cannot be reached" in complaint(f"sqlite:///{tmp_path}")


def test_a_mistake_of_ours_is_none_of_the_databases() -> None:
    assert explain(ValueError("connection refused")) is None
    said = Exception('column "role" does not exist\nLINE 1: SELECT role, timeout FROM "database"')
    assert explain(ProgrammingError("SELECT …", None, said)) is None
    assert explain(DataError("SELECT …", None, Exception("malformed array literal"))) is None
    newer = explain(CommandError("Can't locate revision identified by '999'"))
    assert newer
    assert "a newer version" in newer
