"""Invitations to register: without one of them nobody outside can make the tool do anything."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound, Refused
from lti_tool.launch import state
from lti_tool.launch.destinations import LARGEST_ID
from lti_tool.launch.models import Deployment, Registration, RegistrationInvitation
from lti_tool.launch.registrations import (
    OPERATOR,
    add_waiting_deployment,
    approve,
    find_deployment,
    take_turns,
)
from lti_tool.launch.verdicts import BadRegistration
from lti_tool.people.models import Provider

LIFE = timedelta(days=7)
FIRST_LAUNCH = timedelta(days=30)
ASK_AGAIN = "Ask the operator of the tool for a new registration address."


def invite(provider: Provider, name: str | None = None) -> str:
    """The secret of a new invitation. It is told once: only its digest is stored."""
    name = (name or "").strip() or None
    if name and len(name) > 200:
        raise Invalid("--name: It is longer than 200 characters.")
    token = state.random_text()
    invitation = RegistrationInvitation(
        provider_id=provider.id,
        name=name,
        token_hash=state.digest(token),
        created_at=now(),
        expires_at=now() + LIFE,
    )
    db.session.add(invitation)
    record(None, "registration_invitation.created", invitation, acted_as=OPERATOR)
    return token


def find_open(token: str) -> RegistrationInvitation:
    """The invitation of this secret. Raises BadRegistration where it is no good any more."""
    found = db.session.scalars(
        select(RegistrationInvitation).where(
            RegistrationInvitation.token_hash == state.digest(token)
        )
    ).one_or_none()
    if found is None:
        raise BadRegistration(
            "invitation_unknown",
            "The tool has made no invitation like this one. Check that the whole address was "
            f"pasted. {ASK_AGAIN}",
            status=403,
        )
    return check_open(found)


def list_invitations() -> list[RegistrationInvitation]:
    """All that were ever made, oldest first. A withdrawn one is deleted; the trail keeps it."""
    query = select(RegistrationInvitation).order_by(RegistrationInvitation.id)
    return list(db.session.scalars(query))


def withdraw(invitation_id: int) -> None:
    """Make the address of an invitation worthless. Raises NotFound or Refused."""
    found = None
    if 0 < invitation_id <= LARGEST_ID:
        # Locked: somebody may be registering with it at this moment.
        found = db.session.get(RegistrationInvitation, invitation_id, with_for_update=True)
    if found is None:
        raise NotFound(f"There is no invitation {invitation_id}. See: platforms invitations")
    if found.used_at is not None:
        raise Refused(
            f"Invitation {invitation_id} was used. To shut the platform out that came by it: "
            f"platforms disable {found.registration_id or 'NUMBER, as platforms list shows it'}"
        )
    record(None, "registration_invitation.withdrawn", found, acted_as=OPERATOR)
    db.session.delete(found)


def check_open(invitation: RegistrationInvitation) -> RegistrationInvitation:
    """The same invitation, or BadRegistration."""
    if invitation.used_at is not None:
        raise BadRegistration(
            "invitation_used",
            "This address was used to register a VLE, and it works once. If that was you, look for "
            f"the tool in your VLE's list of tools. Otherwise: {ASK_AGAIN}",
            status=403,
        )
    if invitation.expires_at <= now():
        raise BadRegistration(
            "invitation_expired",
            f"This address worked for seven days, which are over. {ASK_AGAIN}",
            status=403,
        )
    return invitation


def use_up(invitation_id: int, registration: Registration, *, lets_first_in: bool) -> bool:
    """Note that the invitation was used; False where another was quicker.

    It is tied to what it brought where the first place of that is to be let in by itself.
    """
    done = db.session.execute(
        update(RegistrationInvitation)
        .where(RegistrationInvitation.id == invitation_id, RegistrationInvitation.used_at.is_(None))
        .values(used_at=now(), registration_id=registration.id if lets_first_in else None)
        .returning(RegistrationInvitation.id)
    )
    return done.first() is not None


def meet(registration: Registration, deployment_id: str) -> Deployment:
    """Note a place that a known platform launches from, which nobody has approved yet.

    A platform that came by an invitation and named no place yet has its first one let in: that is
    the place the invitation was given for. All others wait.
    """
    take_turns(registration.id)
    known = find_deployment(registration.id, deployment_id)
    if known is not None:  # by somebody who came at the same moment
        return known
    db.session.expire(registration, ["deployments"])
    is_first = not registration.deployments
    deployment = add_waiting_deployment(registration, deployment_id)
    if is_first and _came_lately(registration):
        approve(registration, deployment_id)
    return deployment


def _came_lately(registration: Registration) -> bool:
    found = db.session.scalars(
        select(RegistrationInvitation.id).where(
            RegistrationInvitation.registration_id == registration.id,
            RegistrationInvitation.used_at > now() - FIRST_LAUNCH,
        )
    )
    return found.first() is not None
