"""Who is in the course, and whom a participant has for coach and tutor."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound
from lti_tool.identity import STAFF, Viewer
from lti_tool.people import allocations, roster, training
from lti_tool.people.models import Allocation, Participant
from lti_tool.people.paging import list_page
from lti_tool.people.place_schemas import DatedAllocationForm
from lti_tool.people.schemas import EndAllocationForm
from lti_tool.people.views.blueprint import bp
from lti_tool.people.visibility import get_participant
from lti_tool.programme.timing import spoken
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, chosen_action, read_form, shown_form


@bp.get("/courses/<int:course_id>/roster", endpoint="roster")
@allow(*STAFF)
def roster_page(course_id: int) -> ResponseReturnValue:
    """The people of this course, and how far the VLE's list of them is read."""
    search = request.args.get("q", "").strip()
    left = "left" in request.args
    members = roster.members(g.viewer, search, left=left)
    page = list_page(members, request.args.get("page", 1, int))
    newest, done = roster.latest_syncs(g.viewer)
    found = roster.participants_of_users(g.viewer, [member.user_id for member in page.rows])
    allocated = roster.allocated_now([participant.id for participant in found.values()])
    coaching = [each.coach.user_id for each in allocated.values() if each.coach]
    return render_template(
        "people/roster.html",
        page=page,
        search=search,
        left=left,
        left_count=roster.count_left(g.viewer),
        newest=newest,
        done=done,
        participants=found,
        allocated=allocated,
        trainings=training.trainings_of(coaching),
        page_url=lambda number: url_for(
            "people.roster", course_id=course_id, page=number, q=search or None, left=left or None
        ),
    )


@bp.get("/courses/<int:course_id>/participants/<int:participant_id>/allocations")
@allow(*STAFF)
def show_allocations(course_id: int, participant_id: int) -> ResponseReturnValue:
    """The form on its own; it also stands on the participant's page."""
    return _form_page(get_participant(g.viewer, participant_id), shown_form(kind="coach"))


@bp.post("/courses/<int:course_id>/participants/<int:participant_id>/allocations")
@allow(*STAFF)
def allocate(course_id: int, participant_id: int) -> ResponseReturnValue:
    """Make somebody coach or tutor, or end a period."""
    participant = get_participant(g.viewer, participant_id)
    ends = chosen_action() == "cancel"
    form = read_form(EndAllocationForm if ends else DatedAllocationForm)
    pressed_button(form, "save", "cancel", by_enter="save")
    if not form.errors:
        try:
            told = (_end if ends else _start)(g.viewer, participant, form.values)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(told)
            return redirect(
                url_for("cohort.participant", course_id=course_id, participant_id=participant_id),
                303,
            )
    return _form_page(participant, form), 422


def _start(viewer: Viewer, participant: Participant, values: dict[str, Any]) -> str:
    roster.check_candidate(viewer, values["user"], values["kind"])
    made = allocations.allocate(
        viewer,
        participant,
        values["user"],
        values["kind"],
        on=values["on"],
        basis=values["basis"] or None,
        handover=values["handover"] or None,
    )
    db.session.flush()
    when = "is now" if made.started_on <= today() else f"from {spoken(made.started_on)} on is"
    return f"{made.user.name} {when} the {made.kind} of {participant.user.name}."


def _end(viewer: Viewer, participant: Participant, values: dict[str, Any]) -> str:
    found = db.session.get(Allocation, values["allocation"])
    if found is None or found.participant_id != participant.id:
        raise NotFound("There is no such allocation.")
    if found.ended_on is None or found.ended_on > today():
        allocations.end_allocation(viewer, found)
    return f"{found.user.name} is no longer the {found.kind} of {participant.user.name}."


def _form_page(participant: Participant, form: Form) -> str:
    return render_template(
        "people/allocate.html",
        participant=participant,
        form=form,
        candidates=roster.candidates(g.viewer, participant),
        now=roster.allocated_now([participant.id])[participant.id],
    )
