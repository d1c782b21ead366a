"""Whether one gets the weekly mail: set in the tool, or stopped by the mail without signing in."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.cohort import digests
from lti_tool.cohort.views import bp
from lti_tool.errors import Invalid
from lti_tool.identity import Role
from lti_tool.web.access import allow, public
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, shown_form
from lti_tool.web.rate_limits import limited

PATH = "/courses/<int:course_id>/weekly-mail"
STOP = "/mail/<token>/stop"


def _this_mail() -> str:
    return str((request.view_args or {})["token"])


@bp.get(PATH)
@allow(*Role)
def weekly_mail(course_id: int) -> ResponseReturnValue:
    return render_template(
        "cohort/weekly_mail.html", wanted=digests.wants_digest(g.viewer.user_id), form=Form()
    )


@bp.post(PATH)
@allow(*Role)
def set_weekly_mail(course_id: int) -> ResponseReturnValue:
    form = shown_form()
    wanted = pressed_button(form, "start", "stop") == "start"
    if form.errors:
        now_wanted = digests.wants_digest(g.viewer.user_id)
        return render_template("cohort/weekly_mail.html", wanted=now_wanted, form=form), 422
    digests.set_digest(g.viewer, wanted=wanted)
    flash("You get the weekly mail." if wanted else "You get no weekly mail any more.")
    return redirect(url_for("cohort.weekly_mail", course_id=course_id), 303)


@bp.get(STOP)
@public()
@limited("120 per minute", by=_this_mail)
def ask_to_stop_mail(token: str) -> ResponseReturnValue:
    """Ask first: mail scanners open the links in a mail."""
    if digests.find_digest(token) is None:
        return render_template("cohort/mail_unknown.html"), 404
    return _stop_page(token, shown_form())


@bp.post(STOP)
@public(csrf_exempt=True)
@limited("20 per minute", by=_this_mail)
def stop_mail(token: str) -> ResponseReturnValue:
    """Stop it: for a mail program's own button, or for who has ticked the box of the page.

    The token in the address is the proof, so nothing else is asked for.
    https://www.rfc-editor.org/rfc/rfc8058#section-3.2
    """
    found = digests.find_digest(token)
    if found is None:
        return render_template("cohort/mail_unknown.html"), 404
    by_program = request.form.get("List-Unsubscribe") == "One-Click"
    if not by_program and request.form.get("sure") != "yes":
        form = shown_form()
        form.refuse(Invalid("Tick the box if you want no weekly mail.", field="sure"))
        return _stop_page(token, form), 422
    digests.stop_by_mail(found)
    return render_template("cohort/mail_stopped.html")


def _stop_page(token: str, form: Form) -> str:
    return render_template(
        "cohort/mail_stop.html", form=form, action_url=url_for("cohort.stop_mail", token=token)
    )
