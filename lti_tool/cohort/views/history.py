"""What happened about one participant, page by page."""

from __future__ import annotations

from flask import g, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.cohort import history as trail
from lti_tool.cohort import looks as shown
from lti_tool.cohort.views import bp
from lti_tool.identity import Role
from lti_tool.people.paging import list_page
from lti_tool.people.visibility import get_participant
from lti_tool.web.access import allow
from lti_tool.web.forms import asked_number

# The page on which the subject of an event is found.
PAGES = {
    "allocation": "people.places",
    "diagnosis": "learning.plan",
    "dialogue": "learning.dialogue",
    "dissemination": "learning.records",
    "ethics_clearance": "learning.records",
    "impact_record": "learning.records",
    "network_link": "learning.records",
    "pause": "people.places",
    "prior_learning_claim": "learning.prior_learning",
    "school_period": "people.places",
    "specialism": "learning.records",
    "target": "learning.plan",
}


@bp.get("/courses/<int:course_id>/participants/<int:participant_id>/history")
@allow(*trail.READERS)
def history(course_id: int, participant_id: int) -> ResponseReturnValue:
    """The trail as a timeline, the newest first. A coach does not read it."""
    person = get_participant(g.viewer, participant_id)
    page = list_page(trail.events(g.viewer, participant_id), asked_number("page") or 1)
    return render_template(
        "cohort/history.html",
        participant=person,
        is_own=g.viewer.role is Role.PARTICIPANT,
        page=page,
        may_see_looks=g.viewer.role in shown.READERS,
        happenings=trail.told(g.viewer, page.rows),
        where=lambda happening: _where(course_id, participant_id, happening),
        page_url=lambda number: url_for(
            "cohort.history", course_id=course_id, participant_id=participant_id, page=number
        ),
    )


@bp.get("/courses/<int:course_id>/participants/<int:participant_id>/history/looks")
@allow(*shown.READERS)
def looks(course_id: int, participant_id: int) -> ResponseReturnValue:
    """Who was shown what: for the lead and for the participant."""
    return render_template(
        "cohort/looks.html",
        participant=get_participant(g.viewer, participant_id),
        is_own=g.viewer.role is Role.PARTICIPANT,
        looks=shown.looks(g.viewer, participant_id),
    )


def _where(course_id: int, participant_id: int, happening: trail.Happening) -> str | None:
    if happening.kind == "evidence_item":
        return url_for("evidence.item", course_id=course_id, item_id=happening.subject_id)
    if happening.kind in PAGES:
        return url_for(PAGES[happening.kind], course_id=course_id, participant_id=participant_id)
    return None
