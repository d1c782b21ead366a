"""Handed-in work that a gradebook opens: staff mark it, its author sees the module."""

from __future__ import annotations

from flask import g, redirect, url_for
from flask.typing import ResponseReturnValue

from lti_tool.cohort.views import bp
from lti_tool.grades.hand_ins import find_attempt_by_reference
from lti_tool.grades.markers import refuse_by_name
from lti_tool.identity import Role
from lti_tool.web.access import allow


@bp.get("/courses/<int:course_id>/hand-ins/<reference>", endpoint="hand_in")
@allow(*Role)
def open_hand_in(course_id: int, reference: str) -> ResponseReturnValue:
    """Send on by role; whoever may not see the work finds nothing here."""
    attempt = find_attempt_by_reference(g.viewer, reference)
    if g.viewer.is_staff:
        refuse_by_name(g.viewer, attempt)
        url = url_for("grades.mark", course_id=course_id, attempt_id=attempt.id)
    else:
        url = url_for("cohort.module", course_id=course_id, code=attempt.module_code)
    return redirect(url, 303)
