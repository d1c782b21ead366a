"""Models and migrations say the same, on both stores, and a migration can be undone."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import create_engine, inspect, text
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
