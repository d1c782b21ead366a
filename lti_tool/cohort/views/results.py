"""Results: for the participant and their staff, and what is shared of them with coach and head."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import EXCLUDE, Schema, fields, validate

from lti_tool.cohort import results, sharing
from lti_tool.cohort.facts import read_grades
from lti_tool.cohort.feedback import note_read
from lti_tool.cohort.views import bp
from lti_tool.db import restart_as_writer
from lti_tool.errors import Invalid
from lti_tool.identity import Role, Viewer
from lti_tool.people.programmes import programme_of
from lti_tool.people.visibility import get_participant
from lti_tool.web.access import allow, by_link
from lti_tool.web.forms import as_id, read_form

PATH = "/courses/<int:course_id>/participants/<int:participant_id>/results"


class ShareForm(Schema):
    """Which mark, to whom, and whether from now on or no more."""

    class Meta:
        unknown = EXCLUDE

    grade = fields.String(required=True)
    audience = fields.String(required=True, validate=validate.OneOf(sorted(sharing.AUDIENCES)))
    shown = fields.String(required=True, validate=validate.OneOf(["yes", "no"]))


@bp.get(PATH, endpoint="results")
@allow(*Role)
def show(course_id: int, participant_id: int) -> ResponseReturnValue:
    """Every mark as provisional or final, the credit, and what speaks for which class."""
    viewer: Viewer = g.viewer
    found = results.results_of(viewer, get_participant(viewer, participant_id))
    page = render_template(
        "cohort/results.html",
        found=found,
        is_own=viewer.role is Role.PARTICIPANT,
        is_coach=viewer.role is Role.COACH,
        audiences=sharing.AUDIENCES,
    )
    if viewer.role is Role.PARTICIPANT:
        shown = [line.grade.id for line in found.lines]
        if new := set(shown) - (read_grades([participant_id]) if shown else set()):
            restart_as_writer()
            for grade_id in sorted(new):
                note_read(viewer, grade_id, participant_id)
    return page


@bp.post(PATH, endpoint="share_result")
@allow(Role.PARTICIPANT)
def share(course_id: int, participant_id: int) -> ResponseReturnValue:
    """Show one mark to the coach or the head teacher, or no more."""
    get_participant(g.viewer, participant_id)
    form = read_form(ShareForm)
    grade_id = None if form.errors else as_id(form.values["grade"])
    if grade_id is None:
        raise Invalid("Choose a mark and who is to see it.")
    audience, whom = form.values["audience"], sharing.AUDIENCES[form.values["audience"]]
    if form.values["shown"] == "yes":
        sharing.share(g.viewer, grade_id, audience)
        flash(f"This mark is shown to {whom} now.")
    else:
        sharing.stop(g.viewer, grade_id, audience)
        flash(f"This mark is not shown to {whom} any more.")
    return redirect(url_for(".results", course_id=course_id, participant_id=participant_id), 303)


@bp.get("/head/<token>/marks", endpoint="marks_for_head")
@by_link("head")
def for_head(token: str) -> ResponseReturnValue:
    """The marks that teachers of the school show to their head teacher."""
    rows = [
        (participant, attempt, grade, programme_of(participant).find_module(attempt.module_code))
        for participant, attempt, grade in sharing.shown_to_head(g.holder)
    ]
    return render_template(
        "heads/marks.html", rows=rows, school_url=url_for("heads.school", token=token)
    )
