"""The people one looks after: a coach's teachers, a tutor's and a lead's participants."""

from __future__ import annotations

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.cohort import attention, evidence_lists, search, shown
from lti_tool.cohort.plan_tasks import plan_tasks
from lti_tool.cohort.progress import standing, standings
from lti_tool.cohort.views import bp
from lti_tool.cohort.views.coverage import cell_url
from lti_tool.cohort.views.talking import comments_by_person
from lti_tool.cohort.views.teachers import teachers
from lti_tool.grades import holds
from lti_tool.identity import STAFF, Role, Viewer
from lti_tool.learning.plans import last_dialogue
from lti_tool.people import ahead, head_teachers, roster
from lti_tool.people.paging import list_page
from lti_tool.people.visibility import get_participant
from lti_tool.programme.attention import Reason
from lti_tool.web.access import allow
from lti_tool.web.forms import asked_number, shown_form

SHOWN = 20
FILTERS = {
    Reason.NO_COACH: "Without a coach",
    Reason.TIME: "Time is running out",
    Reason.TO_MARK: "To be marked",
    Reason.TO_ANSWER: "Waiting for an answer",
    Reason.TO_CONFIRM: "Talks to confirm",
    Reason.SILENT: "Silent",
    Reason.NO_TALK: "No talk for long",
    Reason.STALE: "Changed since attested",
    Reason.MODULE_DUE: "Modules overdue",
    Reason.OVERDUE: "Targets overdue",
    search.WITH_COACH: "Waiting for their coach",
}


@bp.get("/courses/<int:course_id>/participants")
@allow(Role.COACH, *STAFF)
def participants(course_id: int) -> ResponseReturnValue:
    """Whom the viewer looks after, and who waits for what."""
    viewer: Viewer = g.viewer
    return teachers(viewer) if viewer.role is Role.COACH else _list(viewer)


def _list(viewer: Viewer) -> str:
    name, show = request.args.get("q", "").strip(), request.args.get("show", "")
    show = show if show in search.SHOWS else ""
    found = attention.conditions(viewer)
    page = list_page(search.by_need(viewer, found, name, show), asked_number("page") or 1)
    ids = [person.id for person in page.rows]
    now = roster.allocated_now(ids)
    return render_template(
        "cohort/participants.html",
        page=page,
        people=standings(page.rows),
        allocated=now,
        reasons=attention.reasons_of(found, ids),
        activity=attention.activity(ids),
        talks=last_dialogue(ids),
        plan_tasks=plan_tasks(viewer, ids),
        comments=comments_by_person(viewer, ids),
        planned=ahead.sentences(ids),
        agreed=head_teachers.agreements(now),
        search=name,
        show=show,
        filters=FILTERS,
        by_need=bool(show) or viewer.role is not Role.LEAD,
        person_url=lambda one, name: url_for(
            name, course_id=viewer.course_id, participant_id=one
        ),
        page_url=lambda number: url_for(
            "cohort.participants",
            course_id=viewer.course_id, page=number, q=name or None, show=show or None,
        ),
    )  # fmt: skip


@bp.get("/courses/<int:course_id>/participants/<int:participant_id>")
@allow(*Role)
def participant(course_id: int, participant_id: int) -> ResponseReturnValue:
    """One person: coverage, modules, evidence, and who supports them."""
    viewer: Viewer = g.viewer
    person = get_participant(viewer, participant_id)
    if viewer.role is Role.PARTICIPANT:
        return redirect(url_for("cohort.progress", course_id=course_id), 303)
    own = standing(person)
    now = roster.allocated_now([person.id])
    return render_template(
        "cohort/participant.html",
        standing=own,
        participant=person,
        is_staff=viewer.is_staff,
        asked=evidence_lists.asked(viewer, [person.id]),
        evidence=evidence_lists.latest(viewer, person.id, SHOWN),
        phases=shown.way(
            viewer, own, lambda code: url_for("cohort.module", course_id=course_id, code=code)
        ),
        programme_phases=shown.phases(own.programme),
        areas=shown.matrix(own.shown_coverage(viewer)),
        cell_url=lambda strand, phase: cell_url(viewer, person.id, strand, phase),
        planned=ahead.sentences([person.id]).get(person.id, []),
        held=holds.HELD if viewer.is_staff and holds.is_held(person.id) else None,
        agreed=head_teachers.agreements(now)[person.id] if viewer.is_staff else None,
        now=now[person.id],
        periods=roster.periods(person),
        candidates=roster.candidates(viewer, person) if viewer.is_staff else [],
        form=shown_form(kind="coach"),
    )  # fmt: skip
