"""What became of released marks on their way to the gradebook, and where it differs since."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.db import db
from lti_tool.errors import DomainError, Refused
from lti_tool.grades import differences, redelivery
from lti_tool.grades.redelivery import Filters
from lti_tool.grades.release import called_to
from lti_tool.grades.schemas import DifferenceSchema, RetrySchema
from lti_tool.grades.views.blueprint import bp
from lti_tool.identity import STAFF
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, asked_number, chosen_action, read_form, shown_form

PATH = "/courses/<int:course_id>/deliveries"


@bp.get(PATH, endpoint="deliveries")
@allow(*STAFF)
def show_deliveries(course_id: int) -> ResponseReturnValue:
    """Each delivery with its state, its time and what to do about it."""
    return _page(shown_form())


@bp.post(PATH, endpoint="retry_delivery")
@allow(*STAFF)
def retry_delivery(course_id: int) -> ResponseReturnValue:
    """Send one again, or all that failed among those shown."""
    if chosen_action() == "retry_failed":
        return _retry_failed(course_id)
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


def _retry_failed(course_id: int) -> ResponseReturnValue:
    filters = _filters()
    try:
        count = redelivery.retry_failed(g.viewer, filters)
    except DomainError as error:
        db.session.rollback()
        form = shown_form()
        form.refuse(error)
        return _page(form), 422
    flash(f"{count} {'mark' if count == 1 else 'marks'} will be sent again.")
    return redirect(url_for(".deliveries", course_id=course_id, **_kept(filters)), 303)


@bp.get(f"{PATH}/differences", endpoint="differences")
@allow(*STAFF)
def show_differences(course_id: int) -> ResponseReturnValue:
    """Cells that were confirmed and show something else now."""
    return _differences(shown_form())


@bp.post(f"{PATH}/differences", endpoint="answer_difference")
@allow(*STAFF)
def answer_difference(course_id: int) -> ResponseReturnValue:
    """Send again, or accept with a reason."""
    form = read_form(DifferenceSchema)
    if not form.errors:
        try:
            said = _answer(chosen_action(), form.values["difference"], form.values["reason"])
            flash(said)
            return redirect(url_for(".differences", course_id=course_id), 303)
        except DomainError as error:
            db.session.rollback()
            form.refuse(error)
    return _differences(form), 422


def _answer(action: str, difference_id: int, reason: str) -> str:
    if action == "resend":
        differences.send_again(g.viewer, difference_id)
        return "What was released will be sent again."
    if action == "accept":
        differences.accept(g.viewer, difference_id, reason)
        return "The gradebook stays as it is."
    raise Refused("This button is not known here. Nothing was done.")


def _filters() -> Filters:
    return Filters(
        state=request.args.get("state") or None,
        module_code=request.args.get("module") or None,
        course_id=asked_number("course"),
        name=request.args.get("q", "")[:100],
    )


def _kept(filters: Filters) -> dict[str, Any]:
    return {
        "module": filters.module_code,
        "course": filters.course_id,
        "q": filters.name or None,
    }


def _page(form: Form) -> str:
    filters = _filters()
    modules, courses = redelivery.modules_and_courses(g.viewer)

    def url(state: str | None, number: int | None = None) -> str:
        kept = _kept(filters)
        at = g.viewer.course_id
        return url_for(".deliveries", course_id=at, state=state, page=number, **kept)

    page = redelivery.list_deliveries(g.viewer, filters, number=asked_number("page") or 1)
    return render_template(
        "grades/deliveries.html",
        page=page,
        page_url=lambda number: url(filters.state, number),
        state_url=url,
        counts=redelivery.count_by_state(g.viewer, filters),
        states_say=redelivery.STATES_SAY,
        filters=filters,
        modules=modules,
        courses=courses,
        called=called_to(g.viewer, [each.grade.attempt_id for each in page.rows]),
        differing=differences.count_open(g.viewer),
        retriable=redelivery.RETRIABLE,
        errors=form.errors,
    )


def _differences(form: Form) -> str:
    page = differences.list_open(g.viewer, number=asked_number("page") or 1)
    return render_template(
        "grades/differences.html",
        page=page,
        page_url=lambda number: url_for(".differences", course_id=g.viewer.course_id, page=number),
        called=called_to(g.viewer, [each.delivery.grade.attempt_id for each in page.rows]),
        form=form,
        errors=form.errors,
    )
