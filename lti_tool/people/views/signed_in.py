"""Where somebody is signed in, and signing out there: for a computer that was left open."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields
from sqlalchemy import select

from lti_tool.db import db
from lti_tool.identity import Role
from lti_tool.logs import get_logger
from lti_tool.people import link_sign_in
from lti_tool.people.models import Course
from lti_tool.people.views.heads import bp as heads
from lti_tool.people.views.personal_links import browser_secret
from lti_tool.web import signed_in
from lti_tool.web.access import allow, by_link
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import read_form
from lti_tool.web.signed_in import SignedIn

bp = Blueprint("signed_in", __name__)
log = get_logger(__name__)


class EndForm(Schema):
    """Which other browser is meant; none where all of them are."""

    browser = fields.String(load_default="")


@bp.get("/courses/<int:course_id>/signed-in", endpoint="in_course")
@allow(*Role)
def show_in_course(course_id: int) -> ResponseReturnValue:
    """Every browser, with the courses that are open in it."""
    return browsers_page()


@bp.post("/courses/<int:course_id>/signed-in", endpoint="end_in_course")
@allow(*Role)
def end_in_course(course_id: int) -> ResponseReturnValue:
    return end_elsewhere()


@bp.get("/courses/<int:course_id>/here")
@allow(*Role)
def still_here(course_id: int) -> ResponseReturnValue:
    """For the page on which somebody has been typing for minutes: they are at work."""
    return "", 204


@heads.get("/head/<token>/signed-in", endpoint="signed_in")
@by_link("head")
def show_as_head(token: str) -> ResponseReturnValue:
    return browsers_page()


@heads.post("/head/<token>/signed-in", endpoint="end_signed_in")
@by_link("head")
def end_as_head(token: str) -> ResponseReturnValue:
    return end_elsewhere()


def browsers_page() -> str:
    """The page, for whoever the session is of."""
    found = signed_in.everywhere(g.grant["user"])
    link_id = g.grant.get("link")
    return render_template(
        "links/signed_in.html",
        browsers=[(one, _where(one), _instant(one.since), _instant(one.seen)) for one in found],
        known=link_sign_in.other_known_browsers(link_id, browser_secret(link_id))
        if link_id
        else [],
        action_url=request.path,
        form_owner=g.grant["user"],
    )


def end_elsewhere() -> ResponseReturnValue:
    """First the sessions, in transactions of their own; then what a browser is known by."""
    form = read_form(EndForm)
    action = pressed_button(form, "cancel", "submit")
    if form.errors:
        flash("Nothing was done. Press one of the buttons on this page.")
        return redirect(request.path, 303)
    user_id, link_id = g.grant["user"], g.grant.get("link")
    if action == "cancel":
        ended = signed_in.end(user_id, form.values["browser"])
        told = "You are signed out there." if ended else "You were not signed in there any more."
    else:
        ended = signed_in.end_others(user_id)
        told = "You are signed out everywhere else."
        if link_id:
            link_sign_in.forget_other_browsers(link_id, browser_secret(link_id))
            told += " Other browsers need a code again."
    log.info("signed_out_elsewhere", browsers=ended)
    flash(told)
    return redirect(request.path, 303)


def _where(one: SignedIn) -> list[str]:
    """The courses that are open there, by name; or that it is by a personal link."""
    by_course = {int(key): grant for key, grant in one.grants.items() if key.isdecimal()}
    rows = db.session.execute(
        select(Course.id, Course.title).where(Course.id.in_(by_course)).order_by(Course.title)
    )
    courses = [f"{title}, as {Role(by_course[id]['role']).label}" for id, title in rows]
    return courses or ["By your personal link"]


def _instant(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
