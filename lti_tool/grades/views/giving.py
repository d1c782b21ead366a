"""The lead gives out the marking of a module."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.grades import allocating_markers
from lti_tool.grades.agree_schemas import GiveSchema
from lti_tool.grades.views.blueprint import bp
from lti_tool.identity import Role
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, asked_number, read_form, shown_form

PATH = "/courses/<int:course_id>/marking/give-out"


@bp.get(PATH, endpoint="give_out")
@allow(Role.LEAD)
def show_give_out(course_id: int) -> ResponseReturnValue:
    """What was handed in of a module, with its markers."""
    return _page(shown_form())


@bp.post(PATH, endpoint="give_out_now")
@allow(Role.LEAD)
def give_out(course_id: int) -> ResponseReturnValue:
    """Give the chosen submissions to the chosen markers; say which could not be given."""
    form = read_form(GiveSchema)
    if form.errors:
        return _page(form), 422
    markers = {role: form.values[role] for role in ("first", "second")}
    given = allocating_markers.give_many(g.viewer, form.values["attempt"], markers)
    if given.refused:
        form.errors = {"form": [f"{who}: {why}" for who, why in given.refused]}
        return _page(form, done=given.done)
    flash(f"{given.done} given out." if given.done else "Nothing was changed.")
    module_code = request.args.get("module")
    return redirect(url_for(".give_out", course_id=course_id, module=module_code), 303)


def _page(form: Form, *, done: int = 0) -> str:
    modules = allocating_markers.modules_to_give(g.viewer)
    module_code = request.args.get("module") or next(iter(modules), "")
    page = allocating_markers.to_give(g.viewer, module_code, asked_number("page") or 1)
    return render_template(
        "grades/give_out.html",
        page=page,
        modules=modules,
        module_code=module_code,
        people=allocating_markers.possible_markers(g.viewer.course_id),
        done=done,
        form=form,
        errors=form.errors,
    )
