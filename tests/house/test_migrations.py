"""Models and migrations say the same, on both stores, and a migration can be undone."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url

from lti_tool.app import create_app
from lti_tool.database import alembic
from lti_tool.db import Base, db
from lti_tool.settings import load_settings
from tests.tool_server import RunningTool


@pytest.fixture
def empty(tool: RunningTool, tmp_path: object) -> Iterator[Flask]:
    """An application on a database of its own with nothing in it, on the store of `tool`."""
    environ = dict(tool.environ)
    url = make_url(environ["DATABASE_URL"])
    if tool.store == "sqlite":
        environ["DATABASE_URL"] = f"sqlite:///{tmp_path}/empty.sqlite"
        yield create_app(load_settings(environ), ready=False)
        return
    name = f"{url.database}_empty"
    server = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    environ["DATABASE_URL"] = url.set(database=name).render_as_string(hide_password=False)
    app = create_app(load_settings(environ), ready=False)
    yield app
    with app.app_context():
        db.engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}"'))
    server.dispose()


def tables(app: Flask) -> set[str]:
    with app.app_context(), db.engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_the_migrations_make_what_the_models_say(empty: Flask) -> None:
    with empty.app_context():
        alembic.upgrade()
        differences = alembic.compare_metadata()
    assert not differences, f"Write a migration for: {differences}"
    assert tables(empty) == set(Base.metadata.tables)


def test_every_migration_can_be_undone_and_done_again(empty: Flask) -> None:
    with empty.app_context():
        alembic.upgrade()
        alembic.downgrade("base")
    assert tables(empty) == set()
    with empty.app_context():
        alembic.upgrade()
        assert not alembic.compare_metadata()


@pytest.mark.each_store
@pytest.mark.parametrize("tool", ["postgres"], indirect=True)  # SQLite lets nobody in meanwhile
def test_while_a_million_words_are_made_anew_people_go_on_working(empty: Flask) -> None:
    with empty.app_context():
        alembic.upgrade("042")
        with db.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("INSERT INTO evidence_words VALUES (1500, ' a lesson ')"))
        seen = []

        @event.listens_for(Engine, "after_cursor_execute")
        def work_meanwhile(connection: object, cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("DO "):
                with db.engine.begin() as other:
                    other.execute(text("SET LOCAL lock_timeout = '2s'"))
                    for table in ("user", "upload", "strand_claim", "evidence_words"):
                        other.execute(text(f'LOCK TABLE "{table}" IN ROW EXCLUSIVE MODE'))
                    words = "SELECT words FROM evidence_words FOR UPDATE"
                    seen.append(other.scalar(text(words)))

        try:
            alembic.upgrade()
        finally:
            event.remove(Engine, "after_cursor_execute", work_meanwhile)
    assert seen == [" a lesson "] * 2
