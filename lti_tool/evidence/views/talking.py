"""Comment on an item, and take a comment of one's own back."""

from __future__ import annotations

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import Invalid, Refused
from lti_tool.evidence import items, threads
from lti_tool.evidence.comment_schema import CommentSchema
from lti_tool.evidence.threads import WRITERS
from lti_tool.evidence.views.blueprint import bp
from lti_tool.evidence.views.reading import item_page
from lti_tool.web.access import allow
from lti_tool.web.forms import read_form

PATH = "/courses/<int:course_id>/evidence/<int:item_id>/comments"


@bp.post(PATH)
@allow(*WRITERS)
def comment(course_id: int, item_id: int) -> ResponseReturnValue:
    item = items.get_item(g.viewer, item_id)
    form = read_form(CommentSchema)
    if not form.errors:
        try:
            threads.comment(g.viewer, item_id, form.values["words"])
        except (Invalid, Refused) as error:
            form.refuse(error)
    if form.errors:
        return item_page(item, comment_form=form), 422
    flash("Your comment is there for all who can see this evidence.")
    return _back(course_id, item_id)


@bp.post(f"{PATH}/<int:comment_id>/withdraw")
@allow(*WRITERS)
def withdraw_comment(course_id: int, item_id: int, comment_id: int) -> ResponseReturnValue:
    threads.withdraw_comment(g.viewer, item_id, comment_id)
    flash("Your comment is taken back. Nobody can read it any more.")
    return _back(course_id, item_id)


def _back(course_id: int, item_id: int) -> ResponseReturnValue:
    return redirect(
        url_for("evidence.item", course_id=course_id, item_id=item_id, _anchor="comments"), 303
    )
