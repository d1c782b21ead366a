"""A tool without a server whose trail nobody else reads or writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from lti_tool.app import create_app
from lti_tool.db import db
from lti_tool.settings import load_settings
from tests.conftest import STORES
from tests.tool_server import SECRET, migrated


@pytest.fixture(params=STORES)
def app(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[Flask]:
    """On a database of its own, within its context."""
    store: str = request.param
    request.node.user_properties.append(("store", store))
    places = {"STORAGE_URL": str(tmp_path / "files"), "MAIL_URL": str(tmp_path / "mail")}
    environ = {"SECRET_KEY": SECRET, **places}
    url = migrated(store, tmp_path, f"mtl_audit_{worker_id}", environ)
    made = create_app(load_settings({**environ, "DATABASE_URL": url}))
    with made.app_context():
        yield made
        db.session.rollback()
        db.engine.dispose()
