"""A tool without a server whose trail nobody else reads or writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from lti_tool.app import create_app
from lti_tool.db import db
from lti_tool.settings import load_settings
from tests.conftest import STORES
from tests.tool_server import SECRET, _new_database, upgrade


@pytest.fixture(params=STORES)
def app(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[Flask]:
    """On a database of its own, within its context."""
    store: str = request.param
    request.node.user_properties.append(("store", store))
    url = _new_database(f"audit_{worker_id}") if store == "postgres" else f"sqlite:///{tmp_path}/db"
    environ = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "STORAGE_URL": str(tmp_path / "files")}
    settings = load_settings({**environ, "MAIL_URL": str(tmp_path / "mail")})
    if store == "postgres":
        upgrade(create_app(settings, ready=False))
    made = create_app(settings)
    with made.app_context():
        yield made
        db.session.rollback()
        db.engine.dispose()
