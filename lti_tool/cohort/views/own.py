"""A participant's own pages, and the page of a module, which everybody may read."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.clock import today
from lti_tool.cohort import evidence_lists, shown
from lti_tool.cohort.feedback import note_read
from lti_tool.cohort.pace import timing
from lti_tool.cohort.plan_tasks import PlanTask, plan_tasks
from lti_tool.cohort.progress import Standing, shown_state, standing
from lti_tool.cohort.teachers import own_silence
from lti_tool.cohort.views import bp
from lti_tool.cohort.views.coverage import cell_url
from lti_tool.cohort.views.talking import comment_task
from lti_tool.db import restart_as_writer
from lti_tool.evidence.threads import NewComments, new_comments
from lti_tool.grades import holds
from lti_tool.grades.asking import list_requests
from lti_tool.grades.rules.adjusting import LateRule, in_a_sentence
from lti_tool.identity import Role, Viewer
from lti_tool.people import ahead
from lti_tool.people.allocations import current_coach
from lti_tool.people.programmes import current_programme
from lti_tool.people.states import State
from lti_tool.people.visibility import get_own_participant
from lti_tool.programme.completion import completion
from lti_tool.programme.due_dates import in_words
from lti_tool.programme.next_step import NextStep, StepKind
from lti_tool.programme.progression import WORKABLE
from lti_tool.web.access import allow

HOMES = {
    Role.PARTICIPANT: "cohort.progress",
    Role.COACH: "cohort.participants",
    Role.TUTOR: "cohort.participants",
    Role.LEAD: "cohort.cohort",
}


@bp.get("/courses/<int:course_id>/")
@allow(*Role)
def home(course_id: int) -> ResponseReturnValue:
    """The address of the tool in a course, for whoever it is that comes."""
    code = request.args.get("module") if request.args.get("opens") == "module" else None
    return redirect(start_page(g.viewer, code), 303)


def start_page(viewer: Viewer, module_code: str | None) -> str:
    """Where a launch lands: the link says what it opens, the role says which page that is."""
    course_id = viewer.course_id
    if module_code and viewer.is_staff:
        return url_for("grades.marking", course_id=course_id, module=module_code)
    if module_code and viewer.role is Role.PARTICIPANT:
        return url_for("cohort.module", course_id=course_id, code=module_code)
    return url_for(HOMES[viewer.role], course_id=course_id)


@bp.get("/courses/<int:course_id>/progress")
@allow(Role.PARTICIPANT)
def progress(course_id: int) -> ResponseReturnValue:
    """The next thing to do, how far along, and the evidence behind it."""
    own = standing(get_own_participant(g.viewer))
    code = request.args.get("module") or None
    chosen = own.programme.module(code) if code else None
    state = State(own.participant.state)
    return render_template(
        "cohort/progress.html",
        standing=own,
        coach=current_coach(own.participant),
        state=state,
        planned=ahead.sentences([own.participant.id]).get(own.participant.id, []),
        silence=own_silence(own),
        timing=timing(own),
        tasks=[] if state in NO_TASKS else _tasks(own, course_id),
        waits=own.waits,
        phases=shown.way(g.viewer, own, lambda code: _module_url(course_id, code)),
        programme_phases=shown.phases(own.programme),
        areas=shown.matrix(own.shown_coverage(g.viewer, code)),
        chosen=chosen,
        cell_url=lambda strand, phase: cell_url(g.viewer, own.participant.id, strand, phase, code),
        conditions=completion(own.programme, own.facts),
        evidence=evidence_lists.latest(g.viewer, own.participant.id) if own.counts else [],
        results=[
            {
                "module": module,
                "grade": own.grades[module.code],
                "firmness": shown.mark_status(own.of(module.code)),
            }
            for module in own.programme.modules
            if module.code in own.grades
        ],
    )


@bp.get("/courses/<int:course_id>/modules/<code>")
@allow(*Role)
def module(course_id: int, code: str) -> ResponseReturnValue:
    """What the module asks; for its participant also the bundle, the receipt and the mark."""
    viewer: Viewer = g.viewer
    own = standing(get_own_participant(viewer)) if viewer.role is Role.PARTICIPANT else None
    programme = own.programme if own else current_programme(viewer.provider_id)
    found = programme.module(code)
    page = render_template(
        "cohort/module.html",
        module=found,
        programme=programme,
        phase=programme.phase_of(found),
        criteria=shown.weights(programme, programme.phase_of(found)),
        strands=[
            strand
            for strand in programme.strands
            if found.covers(strand.id, own.facts.specialism if own else ())
        ],
        own=own,
        **(_own_module(viewer, own, code) if own else {}),
    )
    if own and code in own.grades and not own.of(code).feedback_seen:
        grade_id = own.grades[code].id
        restart_as_writer()
        note_read(viewer, grade_id, own.participant.id)
    return page


def _own_module(viewer: Viewer, own: Standing, code: str) -> dict[str, Any]:
    grade, handed_in = own.grades.get(code), own.counts.get(code)
    return {
        "status": own.statuses[code],
        "state": shown_state(viewer, own.statuses[code]),
        "decision": own.may_submit(code),
        "is_open": own.statuses[code].state in WORKABLE,
        "due": own.due.get(code),
        "away": lambda day: in_words(day, today()),
        "held": [
            holds.TO_PARTICIPANT[each.kind]
            for each in holds.list_holds(viewer, own.participant.id)
            if each.closed_at is None
        ],
        "late_rule": in_a_sentence(
            LateRule.of(own.programme.policies["late"]), own.programme.pass_mark
        ),
        "asked": any(
            each.module_code == code for each in list_requests(viewer, own.participant.id)
        ),
        "bundle": evidence_lists.of_module(viewer, own.participant.id, code),
        "attempt": handed_in if handed_in and handed_in.attempt_id else None,
        "grade": grade,
        "bands": shown.bands(own.programme, grade.mark) if grade else [],
        "firmness": shown.mark_status(own.of(code)),
        "band": own.programme.band_of(grade.mark) if grade else None,
    }


# Whoever has left or is done is not asked for more.
NO_TASKS = (State.WITHDRAWN, State.COMPLETED, State.AWARDED)
# Which list of evidence a step is about; the others have pages of their own.
STATES = {
    StepKind.REVISE_RETURNED: "returned",
    StepKind.ASK_COACH: "draft",
    StepKind.WAIT_FOR_COACH: "attestation_requested",
}
TAGS = {
    StepKind.REVISE_RETURNED: ("Sent back", "orange"),
    StepKind.READ_FEEDBACK: ("New", "green"),
    StepKind.ASK_COACH: ("Draft", "grey"),
    StepKind.SUBMIT: ("Ready", "green"),
    StepKind.ADD_EVIDENCE: ("In progress", "blue"),
}
BEFORE_DUE = frozenset(TAGS) - {StepKind.READ_FEEDBACK}


def _tasks(own: Standing, course_id: int) -> list[dict[str, Any]]:
    """What others wait for comes first."""
    asked = plan_tasks(g.viewer, [own.participant.id]).get(own.participant.id, [])
    return [
        *(_plan_task(task, course_id) for task in asked),
        *(comment_task(new) for new in _new_comments(own)),
        *(_task(own, course_id, step) for step in own.to_do),
    ]


def _new_comments(own: Standing) -> list[NewComments]:
    """Where there is no evidence, nothing can have been said about it."""
    return new_comments(g.viewer, [own.participant.id]) if own.counts else []


def _plan_task(task: PlanTask, course_id: int) -> dict[str, Any]:
    return {
        "title": task.sentence,
        "url": url_for(task.endpoint, course_id=course_id, participant_id=task.participant_id),
        "tag": "Waits for you",
        "colour": "orange",
    }


def _task(own: Standing, course_id: int, step: NextStep) -> dict[str, Any]:
    tag, colour = TAGS[step.kind]
    due = own.due.get(step.module_code) if step.module_code else None
    return {
        "title": step.sentence,
        "hint": shown.due_words(due.on, today()) if due and step.kind in BEFORE_DUE else "",
        "url": _step_url(course_id, step),
        "tag": tag,
        "colour": colour,
    }


def _step_url(course_id: int, step: NextStep) -> str:
    code = step.module_code
    if step.kind in STATES:
        return url_for("evidence.index", course_id=course_id, module=code, state=STATES[step.kind])
    if step.kind is StepKind.ADD_EVIDENCE:
        return url_for("evidence.new", course_id=course_id, module=code)
    if step.kind is StepKind.SUBMIT:
        return url_for("evidence.submit", course_id=course_id, code=code)
    return url_for("cohort.module", course_id=course_id, code=code)


def _module_url(course_id: int, code: str) -> str:
    return url_for("cohort.module", course_id=course_id, code=code)
