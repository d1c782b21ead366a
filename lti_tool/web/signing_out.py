"""Signing out, for computers that people share."""

from __future__ import annotations

from flask import Blueprint, current_app, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.identity import Role
from lti_tool.logs import get_logger
from lti_tool.web import session
from lti_tool.web.access import allow, public
from lti_tool.web.headers import allow_frames

log = get_logger(__name__)
bp = Blueprint("session", __name__)


@bp.post("/courses/<int:course_id>/sign-out")
@allow(*Role)
def sign_out(course_id: int) -> ResponseReturnValue:
    """End this person's session in every course of the same platform."""
    session.close_session(g.grant)
    log.info("signed_out")
    return redirect(url_for(".signed_out", course_id=course_id), 303)


@bp.get("/courses/<int:course_id>/signed-out")
@public()
def signed_out(course_id: int) -> ResponseReturnValue:
    """Says so, and how to come back."""
    allow_frames(current_app.extensions["frame_origins_of_course"](course_id))
    is_in = session.grant_for(course_id) is not None
    return render_template("signed_out.html", course_id=course_id, is_in=is_in)
