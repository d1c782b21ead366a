"""A participant invites a coach; staff confirm the address, or refuse it."""

from __future__ import annotations

from typing import Any

import segno
from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from lti_tool.errors import Invalid, Refused
from lti_tool.identity import STAFF, Role, Viewer
from lti_tool.people import allocations, coach_invitations
from lti_tool.people.models import CoachInvitation, Participant
from lti_tool.people.schemas import CoachAddressForm, CoachInvitationForm
from lti_tool.people.views.blueprint import bp
from lti_tool.people.visibility import get_own_participant
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form
from lti_tool.web.public_url import public_url
from lti_tool.web.rate_limits import LETTERS, limited, person


@bp.get("/courses/<int:course_id>/my-coach")
@allow(Role.PARTICIPANT)
def my_coach(course_id: int) -> ResponseReturnValue:
    """The form that invites a coach; or the invitation, with the code for the coach's phone."""
    return _own_page(get_own_participant(g.viewer), shown_form())


@bp.post("/courses/<int:course_id>/my-coach")
@allow(Role.PARTICIPANT)
def change_my_coach(course_id: int) -> ResponseReturnValue:
    """Invite somebody, show a code, or take the invitation back."""
    participant = get_own_participant(g.viewer)
    form = read_form(CoachInvitationForm)
    action = pressed_button(form, "save", "sync", "cancel", by_enter="save")
    if not form.errors:
        try:
            told = _do(g.viewer, participant, action, form.values)
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            flash(told)
            return redirect(url_for(".my_coach", course_id=course_id), 303)
    return _own_page(participant, form), 422


def _do(viewer: Viewer, participant: Participant, action: str, values: dict[str, Any]) -> str:
    if action == "save":
        made = coach_invitations.invite(viewer, participant, **values)
        return f"{made.name} is told by mail, and the university is asked to confirm the address."
    if action == "sync":
        coach_invitations.show_code(viewer, participant)
        return "The code is on this page. It works once, for 15 minutes."
    coach_invitations.withdraw(viewer, participant)
    return "The invitation is taken back."


def _own_page(participant: Participant, form: Form) -> str:
    found = coach_invitations.find_open(participant)
    code = coach_invitations.code_on_screen(found) if found else None
    return render_template(
        "people/my_coach.html",
        participant=participant,
        coach=allocations.current_coach(participant),
        invitation=found,
        code=f"{code[:4]}-{code[4:]}" if code else None,
        picture=_drawn(public_url(url_for("screen_codes.scanned_code", token=code)))
        if code
        else None,
        screen_url=public_url(url_for("screen_codes.type_code")),
        bases=allocations.BASES,
        form=form,
    )


def _drawn(address: str) -> Markup:
    """A QR code, drawn from nothing typed, and without styles, which the policy refuses."""
    drawn = segno.make(address, error="m", micro=False)
    return Markup(drawn.svg_inline(scale=5, light="#fff", svgclass=None, lineclass=None))


@bp.get("/courses/<int:course_id>/coach-addresses")
@allow(*STAFF)
def coach_addresses(course_id: int) -> ResponseReturnValue:
    """The coaches whom participants have invited, and whose address nobody vouches for yet."""
    return _staff_page(shown_form())


@bp.post("/courses/<int:course_id>/coach-addresses")
@allow(*STAFF)
@limited(LETTERS, by=person)
def settle_coach_address(course_id: int) -> ResponseReturnValue:
    """Confirm an address, or refuse it."""
    form = read_form(CoachAddressForm)
    action = pressed_button(form, "save", "cancel")
    if not form.errors:
        try:
            told = _settle(g.viewer, action, **form.values)
        except Invalid as error:  # there is one such field for each who waits
            form.refuse(Invalid(error.sentence, field=f"address-{form.values['invitation']}"))
        except Refused as error:
            form.refuse(error)
        else:
            flash(told)
            return redirect(url_for(".coach_addresses", course_id=course_id), 303)
    return _staff_page(form), 422


def _settle(viewer: Viewer, action: str, *, invitation: int, address: str) -> str:
    if action == "cancel":
        refused = coach_invitations.refuse(viewer, invitation)
        return f"{refused.name} is not confirmed, and has no way in any more."
    coach = coach_invitations.confirm(viewer, invitation, address)
    return f"{coach.name} is confirmed. Their way in is a personal link, sent to that address."


def _staff_page(form: Form) -> str:
    waiting: list[CoachInvitation] = coach_invitations.waiting(g.viewer)
    return render_template(
        "people/coach_addresses.html",
        waiting=waiting,
        coaches={one.id: allocations.current_coach(one.participant) for one in waiting},
        bases=allocations.BASES,
        form=form,
    )
