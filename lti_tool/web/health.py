"""Is the process up, and can it do its work? For load balancers and for `make demo`."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from lti_tool import beats
from lti_tool.db import db
from lti_tool.errors import Unavailable
from lti_tool.storage import Storage
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
    """Whether people can be sent here: what every page needs answers, at a version we can use.

    Without the file store or a worker most pages go on, and every other process is without them
    too; they are told, and send nobody away.
    """
    needed: dict[str, Callable[[], bool]] = {"database": _database, "memory": _memory}
    checks = {name: _is_well(check) for name, check in needed.items()}
    is_asked = all(checks.values())
    checks["migrations"] = is_asked and _is_well(current_app.extensions["tables_are_usable"])
    checks["keys"] = is_asked and _is_well(current_app.extensions["keys_are_usable"])
    well = all(checks.values())
    told = {
        "storage": _is_well(_storage),
        "worker": checks["database"] and _is_well(lambda: beats.living_workers() > 0),
    }
    return jsonify(status="ok" if well else "down", **checks, **told), 200 if well else 503


def _is_well(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (SQLAlchemyError, Unavailable):
        db.session.rollback()
        return False


def _database() -> bool:
    db.session.execute(text("SELECT 1"))
    return True


def _memory() -> bool:
    store().get("health")
    return True


def _storage() -> bool:
    storage: Storage = current_app.extensions["storage"]
    return storage.answers()
