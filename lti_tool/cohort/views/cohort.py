"""The programme lead's look over everybody."""

from __future__ import annotations

from flask import g, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.cohort import search, shown
from lti_tool.cohort.progress import standings
from lti_tool.cohort.views import bp
from lti_tool.identity import Role
from lti_tool.people import roster
from lti_tool.people.paging import list_page
from lti_tool.programme.attention import Reason
from lti_tool.web.access import allow
from lti_tool.web.forms import asked_number

TITLES = {
    Reason.NO_COACH: "Participants without a coach",
    Reason.TIME: "Participants whose time is running out",
    Reason.TO_MARK: "Participants with work to be marked or released",
    Reason.TO_ANSWER: "Participants whose claim of earlier study waits for your decision",
    Reason.TO_CONFIRM: "Participants whose account of a talk waits for your word",
    Reason.SILENT: "Participants who have done nothing here for four weeks",
    Reason.NO_TALK: "Participants without a confirmed talk for too long",
    Reason.STALE: "Participants with evidence that changed since it was attested",
    Reason.MODULE_DUE: "Participants with a module past its due date",
    Reason.OVERDUE: "Participants with a target past its day",
}


@bp.get("/courses/<int:course_id>/cohort")
@allow(Role.LEAD)
def cohort(course_id: int) -> ResponseReturnValue:
    """What needs attention first, then how far everybody has come."""
    page = list_page(search.listed(g.viewer), asked_number("page") or 1)
    return render_template(
        "cohort/cohort.html",
        exceptions=search.exceptions(g.viewer),
        titles=TITLES,
        page=page,
        groups=shown.by_version(standings(page.rows)),
        heat=shown.heat,
        allocated=roster.allocated_now([person.id for person in page.rows]),
        page_url=lambda number: url_for("cohort.cohort", course_id=course_id, page=number),
    )
