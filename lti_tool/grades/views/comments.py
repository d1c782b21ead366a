"""A marker's own comments: to copy, to add to, to clear out."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import DomainError
from lti_tool.grades.saved_comments import LONGEST, keep_comment, remove_comment, saved_comments
from lti_tool.grades.schemas import CommentSchema, RemoveCommentSchema
from lti_tool.grades.views.blueprint import bp
from lti_tool.identity import STAFF
from lti_tool.web.access import allow
from lti_tool.web.forms import Form, read_form, shown_form


@bp.get("/courses/<int:course_id>/marking/comments", endpoint="comments")
@allow(*STAFF)
def show_comments(course_id: int) -> ResponseReturnValue:
    """The viewer's own comments."""
    return _page(shown_form())


@bp.post("/courses/<int:course_id>/marking/comments", endpoint="keep_comment")
@allow(*STAFF)
def keep(course_id: int) -> ResponseReturnValue:
    """Keep another one."""
    form = read_form(CommentSchema)
    if not form.errors:
        try:
            keep_comment(g.viewer, form.values["text"])
        except DomainError as error:
            form.refuse(error)
        else:
            flash("The comment is kept.")
            return redirect(url_for(".comments", course_id=course_id), 303)
    return _page(form), 422


@bp.post("/courses/<int:course_id>/marking/comments/remove", endpoint="remove_comment")
@allow(*STAFF)
def remove(course_id: int) -> ResponseReturnValue:
    """Forget one."""
    form = read_form(RemoveCommentSchema)
    if form.errors:
        return _page(form), 422
    remove_comment(g.viewer, form.values["comment"])
    flash("The comment is removed.")
    return redirect(url_for(".comments", course_id=course_id), 303)


def _page(form: Form) -> str:
    return render_template(
        "grades/comments.html",
        comments=saved_comments(g.viewer),
        form=form,
        errors=form.errors,
        longest=LONGEST,
    )
