"""Filters that a lead keeps by a name."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.cohort import filters
from lti_tool.cohort.filter_schemas import KeepFilterForm
from lti_tool.cohort.filters import Filters
from lti_tool.cohort.views import bp
from lti_tool.cohort.views.cohort import PATH, cohort_page
from lti_tool.errors import Invalid
from lti_tool.identity import Role
from lti_tool.web.access import allow
from lti_tool.web.forms import read_form


@bp.post(f"{PATH}/filters")
@allow(Role.LEAD)
def keep_filter(course_id: int) -> ResponseReturnValue:
    """Keep what the address asks for."""
    asked, form = Filters.of(request.args), read_form(KeepFilterForm)
    if not form.errors:
        try:
            found = filters.keep(g.viewer, form.values["name"], asked)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(f"Kept as “{found.name}”. Nobody else sees it.")
            return redirect(url_for("cohort.cohort", course_id=course_id, **asked.asked), 303)
    return cohort_page(g.viewer, asked, form), 422


@bp.post(f"{PATH}/filters/<int:filter_id>/remove")
@allow(Role.LEAD)
def drop_filter(course_id: int, filter_id: int) -> ResponseReturnValue:
    """Remove one."""
    found = filters.drop(g.viewer, filter_id)
    flash(f"“{found.name}” is removed.")
    return redirect(url_for("cohort.cohort", course_id=course_id), 303)
