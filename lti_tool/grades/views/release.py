"""Finished marks that nobody has released yet."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.db import db
from lti_tool.errors import DomainError, Refused
from lti_tool.evidence.snapshot import get_attempt
from lti_tool.grades import marking, release
from lti_tool.grades.schemas import ReleaseSchema
from lti_tool.grades.views.blueprint import bp
from lti_tool.identity import STAFF
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, read_form, shown_form

PATH = "/courses/<int:course_id>/release"


@bp.get(PATH, endpoint="release")
@allow(*STAFF)
def show_release(course_id: int) -> ResponseReturnValue:
    """What can be released, with what each release would do."""
    return _page(shown_form())


@bp.post(PATH, endpoint="release_one")
@allow(*STAFF)
def release_one(course_id: int) -> ResponseReturnValue:
    """Release one mark, as it was shown."""
    form = read_form(ReleaseSchema)
    if form.errors:
        form.errors = {"form": ["Choose a mark to release."]}
        return _page(form), 422
    try:
        attempt = get_attempt(g.viewer, form.values["attempt"])
        mark = marking.find_mark(attempt)
        if mark and form.values["revision"] not in {None, mark.revision}:
            raise Refused("The mark was changed since this page was opened. Look at it again.")
        release.release(g.viewer, attempt)
    except DomainError as error:
        db.session.rollback()
        form.refuse(error)
        return _page(form), 422
    flash("The mark is released. The participant can see it, and the gradebook is sent it.")
    return redirect(url_for(".release", course_id=course_id), 303)


def _page(form: Form) -> str:
    return render_template(
        "grades/release.html", rows=release.finished(g.viewer), errors=form.errors
    )
