"""The lead's page of modules: when each is due, for everybody and for cohorts."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.clock import today
from lti_tool.errors import DomainError, Invalid
from lti_tool.identity import Role
from lti_tool.learning import module_dates
from lti_tool.learning.enrolment_schemas import ModuleDateForm
from lti_tool.learning.models import ModuleDate
from lti_tool.learning.views.blueprint import bp
from lti_tool.people.models import ProgrammeVersion
from lti_tool.people.programmes import count_participants, parsed
from lti_tool.programme.definition import NotInProgramme
from lti_tool.programme.due_dates import in_words
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, asked_number, read_form, shown_form

PATH = "/courses/<int:course_id>/module-dates"


@bp.get(PATH, endpoint="module_dates")
@allow(Role.LEAD)
def show(course_id: int) -> ResponseReturnValue:
    return _page(_version(), shown_form())


@bp.post(PATH, endpoint="set_module_date")
@allow(Role.LEAD)
def save(course_id: int) -> ResponseReturnValue:
    version, form = _version(), read_form(ModuleDateForm)
    removes = pressed_button(form, "save", "cancel", by_enter="save") == "cancel"
    if not form.errors and not removes and form.values["due_on"] is None:
        form.refuse(Invalid("Say when the module is due.", field="due_on"))
    if not form.errors:
        values = form.values
        due_on = None if removes else values["due_on"]
        try:
            module_dates.set_date(g.viewer, version.id, values["module"], values["cohort"], due_on)
        except NotInProgramme:
            form.refuse(Invalid("Choose a module from the list.", field="module"))
        except DomainError as error:
            form.refuse(error)
        else:
            flash(f"The due date of {values['module']} is {'removed' if removes else 'set'}.")
            return redirect(url_for(".module_dates", course_id=course_id, version=version.id), 303)
    return _page(version, form), 422


def _version() -> ProgrammeVersion:
    asked = asked_number("version")
    if asked is not None:
        return module_dates.get_version(g.viewer, asked)
    people = count_participants(g.viewer.provider_id)
    # Right after a newer version is published, everybody is still on the one before.
    return max(module_dates.list_versions(g.viewer), key=lambda each: people.get(each.id, 0))


def _page(version: ProgrammeVersion, form: Form) -> str:
    dates: dict[str, list[ModuleDate]] = {}
    for each in module_dates.list_dates(g.viewer, version.id):
        dates.setdefault(each.module_code, []).append(each)
    return render_template(
        "learning/module_dates.html",
        version=version,
        versions=module_dates.list_versions(g.viewer),
        programme=parsed(version.definition),
        dates=dates,
        cohorts=module_dates.list_cohorts(g.viewer),
        away=lambda day: in_words(day, today()),
        form=form,
        errors=form.errors,
    )
