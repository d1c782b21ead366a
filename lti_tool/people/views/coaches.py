"""The coaches of today: how many each supports, and whether their training holds."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import Invalid
from lti_tool.identity import STAFF, Viewer
from lti_tool.people import training
from lti_tool.people.models import User
from lti_tool.people.paging import list_page
from lti_tool.people.schemas import TrainingForm
from lti_tool.people.views.blueprint import bp
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, asked_number, read_form, shown_form


@bp.get("/courses/<int:course_id>/coaches")
@allow(*STAFF)
def coaches(course_id: int) -> ResponseReturnValue:
    """All of them, or those whose training is missing or has to be refreshed."""
    viewer: Viewer = g.viewer
    search, untrained = request.args.get("q", "").strip(), "untrained" in request.args
    found = training.coaches(viewer, search, untrained=untrained)
    page = list_page(found, asked_number("page") or 1)
    ids = [user.id for user in page.rows]
    return render_template(
        "people/coaches.html",
        page=page,
        search=search,
        untrained=untrained,
        trainings=training.trainings_of(ids),
        counts=training.coached_counts(viewer, ids),
        page_url=lambda number: url_for(
            ".coaches",
            course_id=course_id, page=number, q=search or None, untrained=untrained or None,
        ),
    )  # fmt: skip


@bp.get("/courses/<int:course_id>/coaches/<int:user_id>")
@allow(*STAFF)
def coach(course_id: int, user_id: int) -> ResponseReturnValue:
    """What one coach was trained in, and a form for more."""
    return _page(training.get_coach(g.viewer, user_id), shown_form())


@bp.post("/courses/<int:course_id>/coaches/<int:user_id>")
@allow(*STAFF)
def record_training(course_id: int, user_id: int) -> ResponseReturnValue:
    """Note a training."""
    found = training.get_coach(g.viewer, user_id)
    form = read_form(TrainingForm)
    if not form.errors:
        values = form.values
        try:
            training.record_training(
                g.viewer, found, values["on"], values["standard"], values["refresh_due_on"]
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash(f"The training of {found.name} is noted.")
            return redirect(url_for(".coach", course_id=course_id, user_id=user_id), 303)
    return _page(found, form), 422


def _page(found: User, form: Form) -> str:
    return render_template(
        "people/coach.html",
        coach=found,
        trainings=training.trainings(found),
        now=training.trainings_of([found.id])[found.id],
        form=form,
    )
