"""What is told of a launch: a page to the person, one line to the log, a code to the operator."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import g, render_template
from flask.typing import ResponseReturnValue

from lti_tool.db import db
from lti_tool.errors import Unavailable
from lti_tool.launch import pylti, registrations
from lti_tool.launch.verdicts import BadLaunch
from lti_tool.launch.views import bp
from lti_tool.logs import get_logger
from lti_tool.web.headers import allow_frames
from lti_tool.web.metrics import count_launch

log = get_logger(__name__)


@bp.errorhandler(BadLaunch)
def refuse(error: BadLaunch) -> ResponseReturnValue:
    """A page that a teacher can act on, and one line in the log."""
    db.session.rollback()
    log_verdict(error.code)
    _remember_error(error.code)
    if error.heading:
        return welcome_page(error.heading, error.sentence), error.status
    allow_its_frames()
    page = render_template("errors/launch.html", sentence=error.sentence, reference=g.request_id)
    return page, error.status


def allow_its_frames() -> None:
    """Let a page without a session be seen inside the VLE's page, as far as the VLE is known."""
    facts = g.get("launch_facts", {})
    registration_id = facts.get("registration") or _likely_registration(g.get("id_token", ""))
    if registration_id is not None:
        registration = registrations.get_registration(registration_id)
        allow_frames(registrations.frame_origins_of(registration))


def _likely_registration(id_token: str) -> int | None:
    """Whose launch this claims to be, where nothing is proved; good for showing a refusal only."""
    try:
        _, claims = pylti.unverified(id_token)
    except BadLaunch:
        return None
    issuer, client = claims.get("iss"), claims.get("aud")
    if not isinstance(issuer, str) or not isinstance(client, str):
        return None
    found = registrations.find_registration(issuer, client)
    return found.id if found else None


def welcome_page(title: str, sentence: str) -> str:
    """For a person who is not let in, though the launch itself may be sound."""
    allow_its_frames()
    return render_template(
        "launch/welcome.html", title=title, sentence=sentence, reference=g.request_id
    )


def note(**facts: Any) -> None:
    """Collect what the one log line of this launch will say."""
    known: Mapping[str, Any] = g.get("launch_facts", {})
    g.launch_facts = {**known, **facts}


def log_verdict(code: str) -> None:
    """The one line of a launch that came to its end."""
    log.info("launch", verdict=code, **g.get("launch_facts", {}))
    count_launch(code)


def _remember_error(code: str) -> None:
    registration_id = g.get("launch_facts", {}).get("registration")
    if registration_id is not None:
        with suppress(Unavailable):  # only a convenience for the operator
            registrations.remember_error(registration_id, code)


def note_waiting() -> None:
    """A line of another name for a launch that has not come to its end yet."""
    log.info("launch_waits_for_storage", **g.get("launch_facts", {}))
