"""The way in by a code on a participant's screen, for a coach whose address nobody confirmed yet.

Opening these pages changes nothing; the code is used up when the button is pressed.
"""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.db import db
from lti_tool.errors import Invalid, Refused
from lti_tool.people import coach_invitations
from lti_tool.people.schemas import ScreenCodeForm
from lti_tool.web import session
from lti_tool.web.access import public
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form
from lti_tool.web.rate_limits import address, limited
from lti_tool.web.session import Grant

bp = Blueprint("screen_codes", __name__)


@bp.get("/coach/screen")
@public()
@limited("120 per minute", by=address)
def type_code() -> ResponseReturnValue:
    """For whoever types the code."""
    return _page(shown_form())


@bp.get("/coach/screen/<token>")
@public()
@limited("120 per minute", by=address)
def scanned_code(token: str) -> ResponseReturnValue:
    """For whoever has held a camera to the screen: the code stands in the form already."""
    return _page(shown_form(code=token[:20]))


@bp.post("/coach/screen")
@public()
@limited("20 per minute", by=address)
def sign_in() -> ResponseReturnValue:
    """Let in whoever brings the code, to see one participant, and to attest nothing."""
    form = read_form(ScreenCodeForm)
    pressed_button(form, "save", by_enter="save")
    if not form.errors:
        try:
            viewer = coach_invitations.sign_in(form.values["code"])
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            db.session.commit()
            session.open_session(
                viewer.course_id,
                Grant(
                    user=viewer.user_id, role=viewer.role.value, provider=viewer.provider_id,
                    registration=viewer.registration_id or 0, frame_origins=[],
                    scope=list(viewer.scope or ()), authenticated_by=viewer.authenticated_by,
                ),
            )  # fmt: skip
            return redirect(current_app.extensions["start_page"](viewer, None), 303)
    db.session.rollback()
    return _page(form), 422


def _page(form: Form) -> str:
    return render_template("links/screen.html", form=form, action_url=url_for(".sign_in"))
