"""Asking the VLE who is in a course."""

from __future__ import annotations

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue

from lti_tool.identity import STAFF
from lti_tool.launch.roster_sync import request_sync
from lti_tool.launch.views import bp
from lti_tool.web.access import allow
from lti_tool.web.rate_limits import LONG_WORK, limited, person


@bp.post("/courses/<int:course_id>/roster/sync")
@allow(*STAFF)
@limited(LONG_WORK, by=person)
def sync_roster(course_id: int) -> ResponseReturnValue:
    """Have the roster read; the page of it shows how far that is."""
    request_sync(g.viewer, course_id)
    flash("The list of people is being updated from the VLE.")
    return redirect(url_for("people.roster", course_id=course_id), 303)
