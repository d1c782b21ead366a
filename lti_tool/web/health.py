"""Is the process up, and can it do its work? For load balancers and for `make demo`."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from lti_tool.db import db
from lti_tool.errors import Unavailable
from lti_tool.web.access import public
from lti_tool.web.session import store

bp = Blueprint("health", __name__)


@bp.get("/health/live")
@public()
def live() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/health/ready")
@public()
def ready() -> ResponseReturnValue:
    """Database and ephemeral store answer too, and platforms can check what we sign."""
    checks = {"database": _database(), "memory": _memory()}
    checks["keys"] = all(checks.values()) and _keys()
    well = all(checks.values())
    return jsonify(status="ok" if well else "down", **checks), 200 if well else 503


def _database() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _memory() -> bool:
    try:
        store().get("health")
    except Unavailable:
        return False
    return True


def _keys() -> bool:
    # This package knows nothing of launches; the application brought the two together.
    are_usable: Callable[[], bool] = current_app.extensions["keys_are_usable"]
    try:
        return are_usable()
    except (Unavailable, SQLAlchemyError):
        return False
