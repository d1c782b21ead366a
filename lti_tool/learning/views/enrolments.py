"""Enrol people on modules in bulk, with a look before; and the verbs on one person's modules."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, case, or_
from sqlalchemy.orm import contains_eager

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.identity import STAFF, Role
from lti_tool.learning import early_opening, enrolments, module_dates, records
from lti_tool.learning.enrolment_schemas import EnrolForm, VerbForm
from lti_tool.learning.enrolments import FactsOf, Planned
from lti_tool.learning.views.blueprint import bp
from lti_tool.people.models import Participant, User
from lti_tool.people.paging import SIZE, list_page
from lti_tool.people.programmes import current_programme, programme_of
from lti_tool.people.states import COACHED, State
from lti_tool.people.visibility import get_participant, visible_participants
from lti_tool.programme.due_dates import in_words
from lti_tool.programme.enrolment import Deed
from lti_tool.programme.progression import module_statuses
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, as_id, asked_number, read_form, shown_form

BULK = "/courses/<int:course_id>/enrolments"
ONE = "/courses/<int:course_id>/participants/<int:participant_id>/modules"
FILTERS = ("q", "cohort")
MOST_SHOWN = 500
DONE = {
    Deed.OPEN: "{code} is open.",
    Deed.CLOSE: "{code} is closed.",
    Deed.DEFER: "{code} is deferred.",
    Deed.SET_DUE: "The due date of {code} is changed.",
    Deed.REASSESS: "A further attempt of {code} is open.",
}


@bp.get(BULK)
@allow(Role.LEAD)
def enrol(course_id: int) -> ResponseReturnValue:
    return _choose(shown_form(module=request.args.get("module")))


@bp.post(BULK)
@allow(Role.LEAD)
def enrol_now(course_id: int) -> ResponseReturnValue:
    """Show what would happen; the button on that page does it."""
    form = read_form(EnrolForm)
    action = pressed_button(form, "preview", "save", by_enter="preview")
    if form.errors:
        return _choose(form), 422
    values = form.values
    if values["everybody"]:
        values["people"] = _ids_of(values["everybody"])
    people, code, due_on = values["people"], values["module"], values["due_on"]
    try:
        enrolments.check_due(due_on)
        if action == "preview":
            return _preview(enrolments.preview(g.viewer, people, code, facts_of()), form)
        done = enrolments.enrol(g.viewer, people, code, due_on, facts_of())
    except (Invalid, NotFound) as error:
        form.refuse(error)
        return _choose(form), 422
    count = "1 participant is" if len(done) == 1 else f"{len(done)} participants are"
    flash(f"{count} enrolled on {code}.")
    return redirect(url_for(".module_dates", course_id=course_id), 303)


@bp.get(ONE)
@allow(*STAFF)
def modules(course_id: int, participant_id: int) -> ResponseReturnValue:
    return _modules(get_participant(g.viewer, participant_id))


@bp.get(f"{ONE}/<code>")
@allow(Role.LEAD)
def module(course_id: int, participant_id: int, code: str) -> ResponseReturnValue:
    return _module(get_participant(g.viewer, participant_id), code, shown_form())


@bp.post(f"{ONE}/<code>")
@allow(Role.LEAD)
def change_module(course_id: int, participant_id: int, code: str) -> ResponseReturnValue:
    participant, form = get_participant(g.viewer, participant_id), read_form(VerbForm)
    if not form.errors:
        deed = Deed(form.values["verb"])
        try:
            enrolments.change(
                g.viewer, participant_id, code, deed, facts_of(),
                due_on=form.values["due_on"], reason=form.values["reason"],
            )  # fmt: skip
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            flash(DONE[deed].format(code=code))
            back = url_for(".modules", course_id=course_id, participant_id=participant_id)
            return redirect(back, 303)
    return _module(participant, code, form), 422


def facts_of() -> FactsOf:
    """The way to ask what is known of participants."""
    asked: FactsOf = current_app.extensions["participant_facts"]
    return asked


def _choose(form: Form) -> str:
    typed = (as_id(each) for each in form.typed.getlist("people")[:MOST_SHOWN])
    chosen = [each for each in typed if each is not None]
    page = list_page(_listed(chosen), asked_number("page") or 1, size=max(SIZE, len(chosen)))
    programme = current_programme(g.viewer.provider_id)
    asked: dict[str, Any] = {name: request.args.get(name, "").strip() for name in FILTERS}
    return render_template(
        "learning/enrol.html",
        form=form,
        errors=form.errors,
        programme=programme,
        page=page,
        cohorts=module_dates.list_cohorts(g.viewer),
        asked=asked,
        page_url=lambda number: url_for(
            ".enrol", course_id=g.viewer.course_id, page=number, **asked
        ),
    )


def _listed(chosen: list[int]) -> Select[Participant]:
    """Those whom the filter of the page asks for, by name; who is ticked already comes first."""
    query = (
        visible_participants(g.viewer)
        .join(Participant.user)
        .options(contains_eager(Participant.user))
        .where(Participant.state.in_([*COACHED, State.PAUSED]))
        .order_by(case((Participant.id.in_(chosen), 0), else_=1), User.name, Participant.id)
    )
    search, cohort = request.args.get("q", "").strip(), request.args.get("cohort", "").strip()
    if search:
        query = query.where(
            or_(
                User.name.icontains(search, autoescape=True),
                Participant.candidate_number == search,
            )
        )
    return query.where(Participant.cohort == cohort) if cohort else query


def _ids_of(cohort: str) -> list[int]:
    return list(
        db.session.scalars(
            visible_participants(g.viewer)
            .with_only_columns(Participant.id)
            .where(Participant.cohort == cohort, Participant.state.in_([*COACHED, State.PAUSED]))
        )
    )


def _preview(found: list[Planned], form: Form) -> str:
    return render_template(
        "learning/enrol_preview.html",
        module=current_programme(g.viewer.provider_id).module(form.values["module"]),
        due_on=form.values["due_on"],
        going=[each for each in found if each.decision.allowed],
        refused=[each for each in found if not each.decision.allowed],
        typed=form.typed,
    )


def _modules(participant: Participant) -> str:
    programme = programme_of(participant)
    [facts] = facts_of()([participant])
    return render_template(
        "learning/modules.html",
        participant=participant,
        programme=programme,
        statuses=module_statuses(programme, facts),
        facts=facts,
        early=early_opening.early_openings(participant.id),
        due=records.kept([participant.id])[participant.id].due,
        away=lambda day: in_words(day, today()),
        is_lead=g.viewer.role is Role.LEAD,
    )


def _module(participant: Participant, code: str, form: Form) -> str:
    programme = programme_of(participant)
    found = programme.module(code)
    [facts] = facts_of()([participant])
    deeds = {deed: enrolments.may_do(participant, deed, code, facts) for deed in DONE}
    is_early = deeds[Deed.OPEN].allowed and early_opening.against_beginning(participant)
    due = records.kept([participant.id])[participant.id].due.get(code)
    initial: dict[str, Any] = {}
    if due and due.is_personal:
        initial = {part: getattr(due.on, part) for part in ("day", "month", "year")}
    if form.typed:
        initial = {part: form.typed.get(f"due_on-{part}", "") for part in ("day", "month", "year")}
    statuses = {status.code: status for status in module_statuses(programme, facts)}
    return render_template(
        "learning/module.html",
        participant=participant,
        module=found,
        status=statuses[code],
        deeds=deeds,
        reasons=[
            {"value": value, "label": label}
            for value, label in early_opening.REASONS.items()
            if is_early
        ],
        early=early_opening.early_openings(participant.id).get(code),
        due=due,
        initial=initial,
        away=lambda day: in_words(day, today()),
        form=form,
        errors=form.errors,
    )
