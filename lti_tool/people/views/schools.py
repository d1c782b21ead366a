"""The register of schools and universities, and what was said of a school."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import Invalid
from lti_tool.identity import STAFF, Role, Viewer
from lti_tool.people import moves, schools
from lti_tool.people.models import School
from lti_tool.people.paging import list_page
from lti_tool.people.place_schemas import (
    EndFlagForm,
    FlagForm,
    InstitutionForm,
    NewSchoolForm,
    SchoolForm,
)
from lti_tool.people.views.blueprint import bp
from lti_tool.people.visibility import visible_participants
from lti_tool.programme.schools import PHASES, REGIONS
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, asked_number, chosen_action, read_form, shown_form


@bp.get("/courses/<int:course_id>/schools", endpoint="schools")
@allow(*STAFF)
def list_schools(course_id: int) -> ResponseReturnValue:
    """The schools of the partnership, and its universities."""
    return _list_page(shown_form())


@bp.post("/courses/<int:course_id>/schools")
@allow(Role.LEAD)
def add_institution(course_id: int) -> ResponseReturnValue:
    """Put a university on the list."""
    form = read_form(InstitutionForm)
    if not form.errors:
        try:
            made = schools.add_institution(g.viewer, form.values["institution"])
        except Invalid as error:
            form.refuse(error)
        else:
            flash(f"{made.name} is on the list.")
            return redirect(url_for(".schools", course_id=course_id), 303)
    return _list_page(form), 422


@bp.get("/courses/<int:course_id>/schools/new")
@allow(Role.LEAD)
def new_school(course_id: int) -> ResponseReturnValue:
    """An empty form."""
    return _form_page(None, shown_form())


@bp.post("/courses/<int:course_id>/schools/new")
@allow(Role.LEAD)
def add_school(course_id: int) -> ResponseReturnValue:
    """Put a school on the register."""
    form = read_form(NewSchoolForm)
    if not form.errors:
        try:
            values = _checked(form.values)
            made = schools.add_school(
                g.viewer, values["urn"], values["name"], values["phase"], values["region"]
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash(f"{made.name} is on the register.")
            return _to(made)
    return _form_page(None, form), 422


@bp.get("/courses/<int:course_id>/schools/<int:school_id>")
@allow(*STAFF)
def school(course_id: int, school_id: int) -> ResponseReturnValue:
    """One school: who of it is here, what was said of it, and its line in the register."""
    found = schools.get_school(g.viewer, school_id)
    return _school_page(found, shown_form())


@bp.post("/courses/<int:course_id>/schools/<int:school_id>")
@allow(Role.LEAD)
def flag_school(course_id: int, school_id: int) -> ResponseReturnValue:
    """Say something of a school from a day on, or end it."""
    found = schools.get_school(g.viewer, school_id)
    ends = chosen_action() == "cancel"
    form = read_form(EndFlagForm if ends else FlagForm)
    pressed_button(form, "save", "cancel", by_enter="save")
    if not form.errors:
        try:
            (_end_flag if ends else _flag)(g.viewer, found, form.values)
        except Invalid as error:
            form.refuse(error)
        else:
            flash("It is noted.")
            return _to(found)
    return _school_page(found, form), 422


@bp.get("/courses/<int:course_id>/schools/<int:school_id>/edit")
@allow(Role.LEAD)
def edit_school(course_id: int, school_id: int) -> ResponseReturnValue:
    """The form with what is known."""
    found = schools.get_school(g.viewer, school_id)
    closed = found.closed_on
    form = shown_form(
        name=found.name,
        phase=found.phase,
        region=found.region,
        successor=found.successor.urn if found.successor else None,
        **(
            {f"closed_on-{part}": getattr(closed, part) for part in ("day", "month", "year")}
            if closed
            else {}
        ),
    )
    return _form_page(found, form)


@bp.post("/courses/<int:course_id>/schools/<int:school_id>/edit")
@allow(Role.LEAD)
def change_school(course_id: int, school_id: int) -> ResponseReturnValue:
    """Correct what is known of a school."""
    found = schools.get_school(g.viewer, school_id)
    form = read_form(SchoolForm)
    if not form.errors:
        try:
            _change(g.viewer, found, _checked(form.values))
        except Invalid as error:
            form.refuse(error)
        else:
            flash("The school is changed.")
            return _to(found)
    return _form_page(found, form), 422


def _flag(viewer: Viewer, found: School, values: dict[str, Any]) -> None:
    schools.flag_school(
        viewer, found, values["flag"], values["value"], values["source"], values["on"]
    )


def _end_flag(viewer: Viewer, found: School, values: dict[str, Any]) -> None:
    schools.end_flag(viewer, found, values["period"], today())


def _change(viewer: Viewer, found: School, values: dict[str, Any]) -> None:
    successor = None
    if values["successor"]:
        try:
            successor = schools.school_called(viewer, values["successor"])
        except Invalid as error:
            raise Invalid(error.sentence, field="successor") from None
    schools.change_school(
        viewer,
        found,
        name=values["name"],
        phase=values["phase"],
        region=values["region"],
        closed_on=values["closed_on"],
        successor=successor,
    )


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The lists of phases and regions are known here, and an empty choice is none."""
    for name, known in (("phase", PHASES), ("region", REGIONS)):
        if values[name] and values[name] not in known:
            raise Invalid("Choose one of the list.", field=name)
    return {**values, "phase": values["phase"] or None, "region": values["region"] or None}


def _to(found: School) -> Response:
    there = url_for(".school", course_id=g.viewer.course_id, school_id=found.id)
    return redirect(there, 303)


def _list_page(form: Form) -> str:
    viewer: Viewer = g.viewer
    search = request.args.get("q", "").strip()
    return render_template(
        "people/schools.html",
        page=list_page(schools.list_schools(viewer, search), asked_number("page") or 1),
        search=search,
        form=form,
        institutions=schools.list_institutions(viewer),
        phases=PHASES,
        regions=REGIONS,
        page_url=lambda number: url_for(
            ".schools", course_id=viewer.course_id, page=number, q=search or None
        ),
    )


def _form_page(found: School | None, form: Form) -> str:
    return render_template(
        "people/school_form.html",
        school=found,
        form=form,
        phases=PHASES,
        regions=REGIONS,
    )


def _school_page(found: School, form: Form) -> str:
    here = visible_participants(g.viewer).where(moves.teaches_at(found, today()))
    return render_template(
        "people/school.html",
        school=found,
        people=sorted(db.session.scalars(here), key=lambda each: each.user.name),
        periods=schools.flag_periods(found),
        flags=schools.FLAGS,
        phases=PHASES,
        regions=REGIONS,
        form=form,
        today=today(),
    )
