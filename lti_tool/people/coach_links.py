"""A personal link for a participant's coach, who needs no account in the VLE."""

from __future__ import annotations

from lti_tool.errors import NotAllowed, Refused
from lti_tool.identity import Role, Viewer
from lti_tool.mail import parse_address
from lti_tool.people import allocations, personal_links
from lti_tool.people.models import Participant, PersonalLink, User
from lti_tool.people.vouching import check_address

NO_COACH = "There is no coach at the moment. Invite one."
NO_LINK = "This coach has no personal link."


def invite_coach(viewer: Viewer, participant: Participant, name: str, address: str) -> User:
    """Make somebody the coach of a participant by their address, and send them an invitation.

    Whoever was given a coach's link to this address before is the same coach, with one link for all
    their teachers.
    """
    _check_staff(viewer)
    address = parse_address(address)
    check_address(participant, address)
    user = personal_links.find_link_user(viewer, "coach", address, None)
    if user is None:
        user = personal_links.new_user(viewer, name, address)
    allocations.allocate(viewer, participant, user.id, "coach")
    link = personal_links.find_open_link(user.id, "coach")
    if link is None or link.accepted_at is None:
        personal_links.invite(viewer, user, "coach", address)
    return user


def give_link(viewer: Viewer, participant: Participant, address: str) -> User:
    """Send the coach of today an invitation to an address that staff enter or confirm."""
    _check_staff(viewer)
    coach = _coach_of(participant)
    address = parse_address(address, field="confirmed")
    check_address(participant, address, field="confirmed")
    personal_links.invite(viewer, coach, "coach", address)
    return coach


def send_again(viewer: Viewer, participant: Participant) -> User:
    """A new invitation for the coach of today, to the address that staff confirmed before.

    The participant may ask for it without waiting for anybody: they never say where it goes.
    """
    if viewer.role is Role.COACH:
        raise NotAllowed("A coach asks for a new link at the old one, or asks the tutor.")
    coach = _coach_of(participant)
    link = find_link(participant)
    if link is None:
        raise Refused(NO_LINK)
    personal_links.reissue(viewer, link)
    return coach


def revoke_link(viewer: Viewer, participant: Participant) -> User:
    """Shut the link of the coach of today. They stay the coach."""
    coach, link = _coach_of(participant), find_link(participant)
    if link is None:
        raise Refused(NO_LINK)
    personal_links.revoke(viewer, link)
    return coach


def find_link(participant: Participant) -> PersonalLink | None:
    """The personal link of the coach of today."""
    coach = allocations.current_coach(participant)
    return personal_links.find_open_link(coach.id, "coach") if coach else None


def _coach_of(participant: Participant) -> User:
    coach = allocations.current_coach(participant)
    if coach is None:
        raise Refused(NO_COACH)
    return coach


def _check_staff(viewer: Viewer) -> None:
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads invite coaches.")
