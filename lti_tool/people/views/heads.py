"""A head teacher's page, by personal link; and the lead's page that gives the link."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.identity import Role
from lti_tool.people import head_teachers, personal_links, schools
from lti_tool.people.head_teachers import academic_year
from lti_tool.people.models import School, User
from lti_tool.people.schemas import HeadLinkForm, JoinedForm, YesForm
from lti_tool.people.views.blueprint import bp as people_pages
from lti_tool.web import session
from lti_tool.web.access import allow, by_link
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form
from lti_tool.web.rate_limits import LETTERS, limited, person

bp = Blueprint("heads", __name__)
LEADS = "/courses/<int:course_id>/schools/<int:school_id>/head-link"


def _this_link() -> str:
    return f"link {g.holder.link_id}"


@bp.get("/head/<token>/school", endpoint="school")
@by_link("head")
def show_school(token: str) -> ResponseReturnValue:
    """Who of the school is on the programme, with which coach, since when."""
    return _school_page(token, shown_form())


@bp.post("/head/<token>/school")
@by_link("head")
def say_yes(token: str) -> ResponseReturnValue:
    """Agree the coach, or confirm the release time."""
    form = read_form(YesForm)
    action = pressed_button(form, "attest", "release")
    if not form.errors:
        try:
            if action == "attest":
                coach = head_teachers.agree_coach(g.holder, *_ids(form))
                flash(f"You have agreed that {coach.user.name} coaches.")
            else:
                teacher = head_teachers.confirm_release(g.holder, form.values["participant"])
                flash(f"You have confirmed the release time for {teacher.user.name}.")
        except Refused as error:
            form.refuse(error)
        else:
            return redirect(url_for(".school", token=token), 303)
    return _school_page(token, form), 422


@bp.post("/head/<token>/joined")
@by_link("head")
@limited("20 per hour", by=_this_link)
def joined(token: str) -> ResponseReturnValue:
    """A teacher has joined the school: both details have to be right, and no answer says which."""
    form = read_form(JoinedForm)
    pressed_button(form, "submit", by_enter="submit")
    if not form.errors:
        try:
            teacher = head_teachers.tell_of_joining(g.holder, **form.values)
        except NotFound as error:
            form.refuse(Invalid(error.sentence, field="candidate_number"))
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            flash(f"{teacher.user.name} is now on record at your school.")
            return redirect(url_for(".school", token=token), 303)
    return _school_page(token, form), 422


@bp.post("/head/<token>/sign-out")
@by_link("head")
def sign_out(token: str) -> ResponseReturnValue:
    """For computers that people share."""
    session.close_session(g.grant)
    flash("You are signed out.")
    return redirect(url_for("links.open_link", kind="head", token=token), 303)


@people_pages.get(LEADS)
@allow(Role.LEAD)
def head_link(course_id: int, school_id: int) -> ResponseReturnValue:
    """Who sees this school's page, and the form that invites somebody to it."""
    return _links_page(schools.get_school(g.viewer, school_id), shown_form())


@people_pages.post(LEADS)
@allow(Role.LEAD)
@limited(LETTERS, by=person)
def change_head_link(course_id: int, school_id: int) -> ResponseReturnValue:
    """Invite a head teacher, send an invitation again, or revoke a link."""
    school = schools.get_school(g.viewer, school_id)
    form = read_form(HeadLinkForm)
    action = pressed_button(form, "save", "sync", "cancel", by_enter="save")
    if not form.errors:
        try:
            told = _change(action, school, form.values)
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            db.session.flush()
            flash(told)
            return redirect(url_for(".head_link", course_id=course_id, school_id=school_id), 303)
    return _links_page(school, form), 422


def _change(action: str, school: School, values: dict[str, Any]) -> str:
    if action == "save":
        link = head_teachers.invite_head(g.viewer, school, values["name"], values["address"])
        return f"An invitation is on its way to {link.user.name}."
    link = head_teachers.get_link(g.viewer, school, values["link"])
    if action == "sync":
        personal_links.reissue(g.viewer, link)
        return f"A new invitation is on its way to {link.user.name}."
    personal_links.revoke(g.viewer, link)
    return f"The link of {link.user.name} works no more."


def _ids(form: Form) -> tuple[int, int]:
    return form.values["participant"], form.values["allocation"] or 0


def _school_page(token: str, form: Form) -> str:
    return render_template(
        "heads/school.html",
        token=token,
        form=form,
        school=head_teachers.school_of(g.holder),
        teachers=head_teachers.teachers(g.holder),
        year=academic_year(today()),
        yes_url=url_for(".say_yes", token=token),
        joined_url=url_for(".joined", token=token),
        sign_out_url=url_for(".sign_out", token=token),
    )


def _links_page(school: School, form: Form) -> str:
    return render_template(
        "people/head_link.html",
        school=school,
        links=head_teachers.links_of(g.viewer, school),
        form=form,
        action_url=url_for(".change_head_link", course_id=g.viewer.course_id, school_id=school.id),
    )


@bp.app_context_processor
def holder_frame() -> dict[str, Any]:
    """Whose page it is, for `layout.html`, where somebody is here by a personal link."""
    holder = g.get("holder")
    if holder is None or not request.path.startswith("/head/"):
        return {}
    user = db.session.get(User, holder.user_id)
    return {
        "form_owner": holder.user_id,
        "viewer_name": user.name if user else "",
        "role_name": "head teacher",
    }
