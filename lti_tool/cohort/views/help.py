"""What each role does here, and what the words mean."""

from __future__ import annotations

from flask import g, render_template
from flask.typing import ResponseReturnValue

from lti_tool.cohort.views import bp
from lti_tool.identity import Role
from lti_tool.people.programmes import current_programme
from lti_tool.web.access import allow


@bp.get("/courses/<int:course_id>/help", endpoint="help")
@allow(*Role)
def help_page(course_id: int) -> ResponseReturnValue:
    """The same for all roles, so that each knows what the others see."""
    return render_template("cohort/help.html", programme=current_programme(g.viewer.provider_id))
