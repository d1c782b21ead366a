"""What became of released marks on their way to the gradebook."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.db import db
from lti_tool.errors import DomainError
from lti_tool.grades import redelivery
from lti_tool.grades.schemas import RetrySchema
from lti_tool.grades.views.blueprint import bp
from lti_tool.identity import STAFF
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, read_form, shown_form

PATH = "/courses/<int:course_id>/deliveries"


@bp.get(PATH, endpoint="deliveries")
@allow(*STAFF)
def show_deliveries(course_id: int) -> ResponseReturnValue:
    """Each delivery with its state, its time and what to do about it."""
    return _page(shown_form())


@bp.post(PATH, endpoint="retry_delivery")
@allow(*STAFF)
def retry_delivery(course_id: int) -> ResponseReturnValue:
    """Send one again."""
    form = read_form(RetrySchema)
    if form.errors:
        form.errors = {"form": ["Choose a delivery to send again."]}
        return _page(form), 422
    try:
        redelivery.retry(g.viewer, redelivery.get_delivery(g.viewer, form.values["delivery"]))
    except DomainError as error:
        db.session.rollback()
        form.refuse(error)
        return _page(form), 422
    flash("The mark will be sent again.")
    return redirect(url_for(".deliveries", course_id=course_id), 303)


def _page(form: Form) -> str:
    state = request.args.get("state")
    return render_template(
        "grades/deliveries.html",
        rows=redelivery.list_deliveries(g.viewer, state=state),
        counts=redelivery.count_by_state(g.viewer),
        state=state,
        retriable=redelivery.RETRIABLE,
        most_shown=redelivery.MOST_SHOWN,
        errors=form.errors,
    )
