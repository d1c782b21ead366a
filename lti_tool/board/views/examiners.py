"""The lead appoints external examiners, answers them, and lets them see further scripts."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.board import examiners, statements
from lti_tool.board.examiner_models import ExaminerAppointment
from lti_tool.board.examiner_schemas import (
    AppointForm,
    ButtonForm,
    DecideForm,
    StatementForm,
)
from lti_tool.board.views.blueprint import bp
from lti_tool.db import db
from lti_tool.errors import Invalid, Refused
from lti_tool.identity import Role
from lti_tool.people.programmes import current_programme
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form
from lti_tool.web.rate_limits import LETTERS, limited, person

ALL = "/courses/<int:course_id>/examiners"
ONE = f"{ALL}/<int:appointment_id>"


@bp.get(ALL, endpoint="examiners")
@allow(Role.LEAD)
def show_examiners(course_id: int) -> ResponseReturnValue:
    """Who examines what, until when; and the form that appoints somebody."""
    return _all(shown_form())


@bp.post(ALL, endpoint="appoint_examiner")
@allow(Role.LEAD)
@limited(LETTERS, by=person)
def appoint(course_id: int) -> ResponseReturnValue:
    """Appoint somebody from outside, and send them an invitation."""
    form = read_form(AppointForm)
    pressed_button(form, "save", by_enter="save")
    if not form.errors:
        values = form.values
        try:
            appointment = examiners.appoint(
                g.viewer, (values["name"], values["address"]), values["modules"],
                values["first_on"], values["last_on"],
            )  # fmt: skip
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            db.session.flush()
            flash(f"An invitation is on its way to {appointment.user.name}.")
            return _to(appointment)
    return _all(form), 422


@bp.get(ONE, endpoint="examiner")
@allow(Role.LEAD)
def show_examiner(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """One examiner: what they asked for, what they said, what was answered."""
    return _one(examiners.get_appointment(g.viewer, appointment_id), shown_form())


@bp.post(ONE, endpoint="change_examiner")
@allow(Role.LEAD)
@limited(LETTERS, by=person)
def change(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Send the invitation again, or end the appointment."""
    appointment = examiners.get_appointment(g.viewer, appointment_id)
    form = read_form(ButtonForm)
    action = pressed_button(form, "sync", "cancel")
    if not form.errors:
        try:
            if action == "sync":
                examiners.invite_again(g.viewer, appointment)
                flash(f"A new invitation is on its way to {appointment.user.name}.")
            else:
                examiners.end(g.viewer, appointment)
                flash(f"The link of {appointment.user.name} works no more.")
        except Refused as error:
            form.refuse(error)
        else:
            return _to(appointment)
    return _one(appointment, form), 422


@bp.post(f"{ONE}/responses", endpoint="answer_examiner")
@allow(Role.LEAD)
def respond(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Answer a comment for the university."""
    appointment = examiners.get_appointment(g.viewer, appointment_id)
    form = read_form(StatementForm)
    pressed_button(form, "save")
    if not form.errors:
        try:
            statements.respond(g.viewer, appointment, form.values["about"], form.values["words"])
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            flash("The answer is kept. The examiner can read it.")
            return _to(appointment)
    return _one(appointment, form), 422


@bp.post(f"{ONE}/requests", endpoint="decide_request")
@allow(Role.LEAD)
def decide(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Let the examiner see a script, or say why not."""
    appointment = examiners.get_appointment(g.viewer, appointment_id)
    form = read_form(DecideForm)
    action = pressed_button(form, "grant", "refuse")
    if not form.errors:
        decision = "granted" if action == "grant" else "refused"
        try:
            statements.decide(
                g.viewer, appointment, form.values["request"], decision, form.values["words"]
            )
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            flash(
                "The examiner can see this script now."
                if decision == "granted"
                else "The request is refused, with your reason."
            )
            return _to(appointment)
    return _one(appointment, form), 422


def _to(appointment: ExaminerAppointment) -> ResponseReturnValue:
    there = url_for(".examiner", course_id=g.viewer.course_id, appointment_id=appointment.id)
    return redirect(there, 303)


def _all(form: Form) -> str:
    return render_template(
        "examiners/examiners.html",
        appointments=examiners.list_appointments(g.viewer),
        is_over=examiners.is_over,
        modules=current_programme(g.viewer.provider_id).modules,
        form=form,
    )


def _one(appointment: ExaminerAppointment, form: Form) -> str:
    return render_template(
        "examiners/examiner.html",
        appointment=appointment,
        link=examiners.link_of(appointment),
        is_over=examiners.is_over(appointment),
        threads=statements.threads(appointment),
        requests=statements.requests_of(appointment),
        form=form,
    )
