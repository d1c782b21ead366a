"""Invite colleagues to an entry, answer an invitation, and leave."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue

from lti_tool.errors import Invalid
from lti_tool.identity import Role, Viewer
from lti_tool.learning import taking_part
from lti_tool.learning.collaboration_entries import get_entry
from lti_tool.learning.collaboration_schemas import CodeSchema, ColleagueSchema
from lti_tool.learning.views.blueprint import bp
from lti_tool.learning.views.collaboration import ONE, OWN, list_page, to_entry, to_list
from lti_tool.people.visibility import get_own_participant
from lti_tool.web.access import allow
from lti_tool.web.forms import read_form

LONGEST_SEARCH = 100


@bp.get(f"{ONE}/invite")
@allow(Role.PARTICIPANT)
def find_colleagues(course_id: int, entry_id: int) -> ResponseReturnValue:
    """Look for colleagues by name among those whom the viewer meets anyway."""
    search = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    found = taking_part.find_colleagues(g.viewer, entry_id, search)
    return render_template(
        "learning/collaboration_invite.html",
        entry=get_entry(g.viewer, entry_id),
        search=search,
        found=found,
        is_short=len(search) < taking_part.SHORTEST_SEARCH,
        more=len(found) == taking_part.MOST_FOUND,
    )


@bp.post(f"{ONE}/invite")
@allow(Role.PARTICIPANT)
def invite(course_id: int, entry_id: int) -> ResponseReturnValue:
    taking_part.invite(g.viewer, entry_id, _colleague())
    flash("The invitation waits on your colleague's page “Learning together”.")
    return to_entry(entry_id)


@bp.post(f"{ONE}/take-back")
@allow(Role.PARTICIPANT)
def take_back(course_id: int, entry_id: int) -> ResponseReturnValue:
    taking_part.take_back(g.viewer, entry_id, _colleague())
    flash("The invitation is taken back.")
    return to_entry(entry_id)


@bp.post(f"{ONE}/code")
@allow(Role.PARTICIPANT)
def make_code(course_id: int, entry_id: int) -> ResponseReturnValue:
    taking_part.make_code(g.viewer, entry_id)
    flash("There is a new code. Give it to the colleague whom you mean, and to nobody else.")
    return to_entry(entry_id)


@bp.post(f"{ONE}/end-code")
@allow(Role.PARTICIPANT)
def end_code(course_id: int, entry_id: int) -> ResponseReturnValue:
    taking_part.end_code(g.viewer, entry_id)
    flash("The code works no longer.")
    return to_entry(entry_id)


@bp.post(f"{ONE}/accept")
@allow(Role.PARTICIPANT)
def accept(course_id: int, entry_id: int) -> ResponseReturnValue:
    taking_part.accept(g.viewer, entry_id)
    flash("You take part. You can add what you learned yourself.")
    return to_entry(entry_id)


@bp.post(f"{ONE}/decline")
@allow(Role.PARTICIPANT)
def decline(course_id: int, entry_id: int) -> ResponseReturnValue:
    return _go(taking_part.decline, entry_id, "You have declined the invitation.")


@bp.post(f"{ONE}/leave")
@allow(Role.PARTICIPANT)
def leave(course_id: int, entry_id: int) -> ResponseReturnValue:
    return _go(taking_part.leave, entry_id, "You have left the entry.")


@bp.post(f"{OWN}/join")
@allow(Role.PARTICIPANT)
def join(course_id: int) -> ResponseReturnValue:
    """Open the entry that a code is for."""
    form = read_form(CodeSchema)
    if not form.errors:
        try:
            return to_entry(taking_part.use_code(g.viewer, form.values["code"]))
        except Invalid as error:
            form.refuse(error)
    return list_page(get_own_participant(g.viewer), form), 422


def _colleague() -> int:
    form = read_form(ColleagueSchema)
    if form.errors:
        raise Invalid("Choose a colleague from the list.")
    number: int = form.values["colleague"]
    return number


def _go(act: Callable[[Viewer, int], None], entry_id: int, told: str) -> ResponseReturnValue:
    own = get_own_participant(g.viewer)
    act(g.viewer, entry_id)
    flash(told)
    return to_list(own)
