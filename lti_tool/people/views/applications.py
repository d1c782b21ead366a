"""Applications: the list with its funnel, and the form with what is known of somebody."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response

from lti_tool.errors import Invalid, Refused
from lti_tool.identity import Role, Viewer
from lti_tool.people import application_lists, applications, schools
from lti_tool.people.application_schemas import ApplicationForm
from lti_tool.people.application_states import Stage
from lti_tool.people.models import Application
from lti_tool.people.paging import list_page
from lti_tool.people.views.blueprint import bp
from lti_tool.programme.eligibility import Answer
from lti_tool.programme.eligibility_facts import ABOUT_THE_TEACHER, FACTS
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, asked_number, read_form, shown_form

ALL = "/courses/<int:course_id>/applications"
ONE = f"{ALL}/<int:application_id>"


@bp.get(ALL, endpoint="applications")
@allow(Role.LEAD)
def list_applications(course_id: int) -> ResponseReturnValue:
    """How many came how far, and the applications themselves."""
    viewer: Viewer = g.viewer
    search = request.args.get("q", "").strip()
    asked = request.args.get("show", "")
    stage = asked if asked in set(Stage) else ""
    answer = asked if asked in set(Answer) else ""
    query = application_lists.list_applications(viewer, stage=stage, answer=answer, search=search)
    return render_template(
        "people/applications.html",
        page=list_page(query, asked_number("page") or 1),
        funnel=application_lists.funnel(viewer),
        show=stage or answer,
        search=search,
        page_url=lambda number: url_for(
            ".applications", course_id=course_id, page=number, q=search or None,
            show=stage or answer or None,
        ),
        **words(),
    )  # fmt: skip


@bp.get(f"{ALL}/new")
@allow(Role.LEAD)
def new_application(course_id: int) -> ResponseReturnValue:
    """The empty form."""
    return _form_page(None, shown_form())


@bp.post(f"{ALL}/new")
@allow(Role.LEAD)
def add_application(course_id: int) -> ResponseReturnValue:
    """Write down that somebody is interested."""
    form = read_form(ApplicationForm)
    if not form.errors:
        try:
            found = applications.add_application(g.viewer, _details(form.values))
        except Invalid as error:
            form.refuse(error)
        else:
            flash(f"{found.name} is on the list.")
            return to_application(found)
    return _form_page(None, form), 422


@bp.get(f"{ONE}/edit")
@allow(Role.LEAD)
def edit_application(course_id: int, application_id: int) -> ResponseReturnValue:
    """The form with what is known."""
    found = applications.get_application(g.viewer, application_id)
    day, parts = found.school_as_on, ("day", "month", "year")
    return _form_page(
        found,
        shown_form(
            name=found.name,
            email=found.email,
            school=found.school.urn if found.school else None,
            **{name: getattr(found, name) for name in ABOUT_THE_TEACHER},
            **{f"school_as_on-{part}": getattr(day, part, None) for part in parts},
        ),
    )


@bp.post(f"{ONE}/edit")
@allow(Role.LEAD)
def change_application(course_id: int, application_id: int) -> ResponseReturnValue:
    """Keep what is known now."""
    found = applications.get_application(g.viewer, application_id)
    form = read_form(ApplicationForm)
    if not form.errors:
        try:
            applications.change_application(g.viewer, found, _details(form.values))
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            flash("It is noted.")
            return to_application(found)
    return _form_page(found, form), 422


def _details(values: dict[str, Any]) -> dict[str, Any]:
    """What was typed, with the school that was meant."""
    named = values["school"]
    school = schools.school_called(g.viewer, named) if named else None
    return {**values, "school_id": school.id if school else None}


def _form_page(found: Application | None, form: Form) -> str:
    return render_template(
        "people/application_form.html", application=found, form=form, facts=FACTS
    )


def to_application(found: Application) -> Response:
    """Back to the page of an application."""
    there = url_for(".application", course_id=g.viewer.course_id, application_id=found.id)
    return redirect(there, 303)


def words() -> dict[str, Any]:
    """The words of states and answers, for every page about applications."""
    return {"stages": list(Stage), "answers": application_lists.ANSWERS}
