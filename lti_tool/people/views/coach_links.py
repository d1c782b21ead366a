"""Inviting a coach who has no account in the VLE, and looking after their personal link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.db import db
from lti_tool.errors import Invalid, Refused
from lti_tool.identity import STAFF, Role, Viewer
from lti_tool.people import allocations, coach_links, head_teachers, roster
from lti_tool.people.models import Participant
from lti_tool.people.schemas import CoachLinkForm
from lti_tool.people.views.blueprint import bp
from lti_tool.people.visibility import get_participant
from lti_tool.web.access import allow
from lti_tool.web.buttons import pressed_button
from lti_tool.web.forms import Form, read_form, shown_form
from lti_tool.web.rate_limits import LETTERS, limited, person

ADDRESS = "/courses/<int:course_id>/participants/<int:participant_id>/coach-link"


@bp.get(ADDRESS)
@allow(Role.PARTICIPANT, *STAFF)
def coach_link(course_id: int, participant_id: int) -> ResponseReturnValue:
    """How the coach comes in, and for staff the form that invites one."""
    return _page(get_participant(g.viewer, participant_id), shown_form())


@bp.post(ADDRESS)
@allow(Role.PARTICIPANT, *STAFF)
@limited(LETTERS, by=person)
def change_coach_link(course_id: int, participant_id: int) -> ResponseReturnValue:
    """Invite a coach, send their invitation again, or revoke their link."""
    participant = get_participant(g.viewer, participant_id)
    form = read_form(CoachLinkForm)
    action = pressed_button(form, *DEEDS, by_enter="save")
    if not form.errors:
        try:
            told = DEEDS[action](g.viewer, participant, form.values)
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            db.session.flush()
            flash(told)
            return redirect(
                url_for(".coach_link", course_id=course_id, participant_id=participant_id), 303
            )
    return _page(participant, form), 422


def _invite(viewer: Viewer, participant: Participant, values: dict[str, Any]) -> str:
    coach = coach_links.invite_coach(viewer, participant, values["name"], values["address"])
    return f"{coach.name} is now the coach of {participant.user.name}, and is told by mail."


def _give(viewer: Viewer, participant: Participant, values: dict[str, Any]) -> str:
    coach = coach_links.give_link(viewer, participant, values["confirmed"])
    return f"An invitation is on its way to {coach.name}."


def _send_again(viewer: Viewer, participant: Participant, _values: dict[str, Any]) -> str:
    return f"A new invitation is on its way to {coach_links.send_again(viewer, participant).name}."


def _revoke(viewer: Viewer, participant: Participant, _values: dict[str, Any]) -> str:
    coach = coach_links.revoke_link(viewer, participant)
    return f"The personal link of {coach.name} works no more."


DEEDS: dict[str, Callable[[Viewer, Participant, dict[str, Any]], str]] = {
    "save": _invite,
    "submit": _give,
    "sync": _send_again,
    "cancel": _revoke,
}


def _page(participant: Participant, form: Form) -> str:
    allocated = roster.allocated_now([participant.id])[participant.id].coach
    agreed = head_teachers.agreed_coaches([allocated.id] if allocated else [])
    return render_template(
        "people/coach_link.html",
        participant=participant,
        coach=allocations.current_coach(participant),
        link=coach_links.find_link(participant),
        coach_agreed=agreed.get(allocated.id) if allocated else None,
        release_agreed=head_teachers.agreed_release([participant.id]).get(participant.id),
        form=form,
        action_url=url_for(
            ".change_coach_link", course_id=g.viewer.course_id, participant_id=participant.id
        ),
    )
