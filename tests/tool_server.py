"""A running tool for tests: the real application behind a real server on a loopback port."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from lti_tool.app import create_app
from lti_tool.settings import load_settings
from tests.databases import migrated_database, migrated_file

SECRET = "only for tests, and long enough"


@event.listens_for(Engine, "connect")
def _give_rows_backwards(connection: Any, _record: Any) -> None:
    """Show who counts on an order that no query asked for: PostgreSQL keeps none.

    https://www.sqlite.org/pragma.html#pragma_reverse_unordered_selects
    """
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects=ON")


class QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


class RunningTool:
    """A tool that answers at `url`; `environ` starts another process on the same store."""

    def __init__(self, store: str, environ: Mapping[str, str], server: BaseWSGIServer) -> None:
        self.store = store
        self.environ = dict(environ)
        self.url = environ["PUBLIC_URL"]
        self._server = server
        self.app: Flask = server.app  # type: ignore[assignment]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def add_platform(
        self, registration: Mapping[str, str], provider: str = "Our university"
    ) -> int:
        """Register a platform as an operator does; returns the registration's id."""
        options = ("issuer", "client_id", "auth_login_url", "auth_token_url", "jwks_url")
        words = [
            word
            for name in (*options, "deployment_id", "product")
            for word in (f"--{name.replace('_', '-')}", registration[name])
        ]
        result = self.app.test_cli_runner().invoke(
            args=["platforms", "add", *words, "--provider", provider]
        )
        assert result.exit_code == 0, result.output
        return int(result.output.strip().splitlines()[-1].split()[-1])

    def restarted(self) -> Flask:
        """A new application on the same data, as after a restart."""
        return create_app(load_settings(self.environ))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def start_tool(store: str, folder: Path, worker: str) -> RunningTool:
    """Start a tool on an empty database of its own; "bucket" is SQLite with its files in S3."""
    folder.mkdir(parents=True)
    port = _free_server_port()
    environ = {
        "SECRET_KEY": SECRET,
        "PUBLIC_URL": f"http://localhost:{port}",
        "STORAGE_URL": str(folder / "files"),
        "MAIL_URL": str(folder / "mail"),
        "DEVELOPMENT": "1",
        "MAX_UPLOAD_MB": "100",
        "RATE_LIMITS": "off",
    }
    if store == "bucket":
        # Not before pytest has taken it as a plugin.
        from tests.buckets import new_bucket

        environ.update(new_bucket())
    if store == "postgres":
        number = int(worker.removeprefix("gw") or 0) if worker != "master" else 0
        parts = urlsplit(os.environ["MTL_TEST_REDIS"])
        environ["REDIS_URL"] = urlunsplit(parts._replace(path=f"/{number}"))
    environ["DATABASE_URL"] = migrated(store, folder, f"mtl_{worker}", environ)
    app = create_app(load_settings(environ))
    app.testing = False
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    return RunningTool(store, environ, server)


def spare_worker() -> str:
    """A worker's name for a tool that a test destroys: no process of a run has its database."""
    own = os.environ.get("PYTEST_XDIST_WORKER", "gw7")
    return f"gw{8 + int(own.removeprefix('gw')) % 8}"


def migrated(store: str, folder: Path, name: str, environ: Mapping[str, str]) -> str:
    """The URL of a database with all tables and nothing in them."""

    def make(url: str) -> Flask:
        return create_app(load_settings({**environ, "DATABASE_URL": url}), ready=False)

    if store == "postgres":
        return migrated_database(name, make)
    return migrated_file(folder / "db", make)


def _free_server_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
