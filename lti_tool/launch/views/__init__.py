"""Where platforms and browsers meet the launch package."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from lti_tool.db import db
from lti_tool.launch import runtime

bp = Blueprint("launch", __name__)


@bp.record_once
def attach_runtime(state: BlueprintSetupState) -> None:
    """Give the package's own code what it needs of this application."""
    app: Any = state.app
    with app.app_context():
        sessions: Any = db.sessionmaker
        runtime.attach(sessions, app.config["SETTINGS"], app.extensions["ephemeral"])


# The views register themselves on the blueprint above.
from lti_tool.launch.views import (  # noqa: E402
    coach_links,  # noqa: F401
    deep_link,  # noqa: F401
    entry,  # noqa: F401
    launching,  # noqa: F401
    links,  # noqa: F401
    published,  # noqa: F401
    registering,  # noqa: F401
    roster,  # noqa: F401
)
