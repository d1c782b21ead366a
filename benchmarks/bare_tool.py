"""The yardstick: the least a Flask tool can do for a launch.

It answers the same requests as the tool, verifies the same RS256 token with PyJWT and writes one
row. It is no example to follow: it has no roles, no protection against replay beyond its own
cookie, and one platform written into its start.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
import threading
from typing import Any
from urllib.parse import urlencode

import jwt
import psycopg
from flask import Flask, abort, redirect, render_template_string, request, session
from flask.typing import ResponseReturnValue

PAGE = """<!doctype html>
<html lang="en-GB">
<head><meta charset="utf-8"><title>My progress</title></head>
<body><h1>My progress</h1><p>Signed in as {{ name }}. This is launch {{ number }}.</p></body>
</html>
"""
TABLE = "CREATE TABLE IF NOT EXISTS launch (id {key}, subject TEXT, name TEXT)"


class Rows:
    """One table, by the database's own driver, with one connection a thread."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._is_sqlite = url.startswith("sqlite")
        self._local = threading.local()
        key = "INTEGER PRIMARY KEY" if self._is_sqlite else "SERIAL PRIMARY KEY"
        self._run(TABLE.format(key=key))

    def add(self, subject: str, name: str) -> int:
        statement = "INSERT INTO launch (subject, name) VALUES (?, ?) RETURNING id"
        return int(self._run(statement, subject, name)[0])

    def name_of(self, number: int) -> str:
        return str(self._run("SELECT name FROM launch WHERE id = ?", number)[0])

    def _run(self, statement: str, *values: Any) -> Any:
        connection = self._connection()
        if self._is_sqlite:
            cursor = connection.execute(statement, values)
        else:
            cursor = connection.execute(statement.replace("?", "%s"), values)
        return cursor.fetchone() if cursor.description else None

    def _connection(self) -> Any:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._connect()
        return self._local.connection

    def _connect(self) -> Any:
        if not self._is_sqlite:
            return psycopg.connect(self._url, autocommit=True)
        connection = sqlite3.connect(self._url.removeprefix("sqlite:///"), isolation_level=None)
        # As the tool has it, or the disk would decide the comparison.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA busy_timeout=10000")
        return connection


def create_app(database_url: str, issuer: str, client_id: str, auth_url: str, jwks_url: str) -> Any:
    """The whole tool: `/lti/login`, `/lti/launch`, and one page."""
    app = Flask(__name__)
    app.secret_key = secrets.token_bytes(32)
    rows = Rows(database_url)
    keys = jwt.PyJWKClient(jwks_url, lifespan=60 * 60)

    @app.get("/lti/login")
    def login() -> ResponseReturnValue:
        session["state"], session["nonce"] = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        asked = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": client_id,
            "redirect_uri": request.host_url + "lti/launch",
            "login_hint": request.args["login_hint"],
            "lti_message_hint": request.args["lti_message_hint"],
            "state": session["state"],
            "nonce": session["nonce"],
        }
        return redirect(f"{auth_url}?{urlencode(asked)}")

    @app.post("/lti/launch")
    def launch() -> ResponseReturnValue:
        if not hmac.compare_digest(session.pop("state", ""), request.form["state"]):
            abort(400)
        token = request.form["id_token"]
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=["RS256"], audience=client_id, issuer=issuer)
        if claims["nonce"] != session.pop("nonce", None):
            abort(400)
        session["launch"] = rows.add(claims["sub"], claims["name"])
        return redirect("/courses/1/progress", 303)

    @app.get("/courses/1/progress")
    def progress() -> ResponseReturnValue:
        number = session["launch"]
        return render_template_string(PAGE, name=rows.name_of(number), number=number)

    return app
