"""A platform registers itself: what it says is shown, and agreed at the press of a button.

https://www.imsglobal.org/spec/lti-dr/v1p0
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from lti_tool.audit.record import record
from lti_tool.db import db, restart_as_writer
from lti_tool.errors import DomainError
from lti_tool.launch import invitations, registrations, state
from lti_tool.launch.http import origin_of, url_problem
from lti_tool.launch.models import RegistrationInvitation
from lti_tool.launch.platform_configuration import PlatformConfiguration, fetch_configuration
from lti_tool.launch.registration_request import (
    BEGIN_AGAIN,
    register_at,
    registered_there_only,
)
from lti_tool.launch.runtime import runtime
from lti_tool.launch.tool_configuration import Plan, plan_for
from lti_tool.launch.verdicts import BadRegistration
from lti_tool.people.models import Provider

TICKET_LIFE = 60 * 60  # as long as both platforms' tokens live
LOCK_LIFE = 60
BEARER = re.compile(r"[A-Za-z0-9._~+/-]{1,8000}=*")  # https://www.rfc-editor.org/rfc/rfc6750


@dataclass(frozen=True)
class Request:
    """What the platform put into the address that it opened."""

    invitation: str
    configuration_url: str
    token: str
    parent: str | None  # the origin of the page around ours, where the browser tells


@dataclass(frozen=True)
class Offer:
    """What the administrator is to agree to."""

    ticket: str
    name: str
    issuer: str
    product: str
    plan: Plan


@dataclass(frozen=True)
class Outcome:
    """How it ended, in plain values that can be shown again."""

    registration_id: int
    name: str
    product: str
    knows_deployment: bool
    frames: list[str]
    close_to: str
    waits_for_operator: bool = False


def frames_of(url: str, parent: str | None) -> list[str]:
    """Who may show the pages: the platform, and the university's own address of it."""
    return list(dict.fromkeys(filter(None, [origin_of(url), parent])))


def prepare(asked: Request) -> Offer:
    """Fetch and check the configuration, and keep it for the button. Nothing else changes."""
    invitation = invitations.find_open(asked.invitation)
    number, name = invitation.id, invitation.name
    db.session.rollback()
    _check_address(asked)
    found = fetch_configuration(asked.configuration_url, asked.token)
    name = name or found.account_name or urlsplit(found.issuer).netloc
    ticket = state.random_text()
    held = {
        "invitation": number,
        "token": asked.token,
        "configuration": asdict(found),
        "name": name,
        "frames": frames_of(asked.configuration_url, asked.parent),
        "close_to": asked.parent or origin_of(asked.configuration_url),
    }
    runtime().store.put(_name(ticket), held, TICKET_LIFE)
    plan = plan_for(found.product, found.scopes, found.messages)
    return Offer(ticket, name, found.issuer, found.product, plan)


def frames_of_ticket(ticket: str) -> list[str]:
    """Who may show what becomes of this ticket."""
    held = runtime().store.get(_name(ticket)) or {}
    found: list[str] = held.get("done", held).get("frames", [])
    return found


def complete(ticket: str, ours: str) -> Outcome:
    """Register, once, however often the button is pressed. Raises BadRegistration."""
    store = runtime().store
    held = store.get(_name(ticket))
    if held is None:
        raise BadRegistration("ticket_unknown", f"This page is too old. {BEGIN_AGAIN}", status=410)
    if "done" in held:
        return Outcome(**held["done"])
    lock = f"registering:{held['invitation']}"
    if not store.add(lock, LOCK_LIFE):
        raise BadRegistration(
            "registration_running",
            "The tool is being registered at this moment. Wait a minute, then look for it in your "
            "VLE's list of tools.",
            status=409,
            heading="One moment",
        )
    try:
        outcome = _register(held, ours)
        store.put(_name(ticket), {"done": asdict(outcome)}, TICKET_LIFE)
        return outcome
    finally:
        db.session.rollback()
        store.delete(lock)


def _check_address(asked: Request) -> None:
    if not asked.configuration_url:
        raise BadRegistration(
            "configuration_absent",
            "Your VLE opens this address itself. In Moodle paste it under Site administration, "
            "Plugins, External tool, Manage tools, as the tool's URL. In Canvas paste it under "
            "Admin, Apps, Manage, Install a new app, as the registration URL.",
            heading="Paste this address into your VLE",
        )
    problem = url_problem(asked.configuration_url, runtime().settings)
    if problem or len(asked.configuration_url) > 4000:
        raise BadRegistration(
            "configuration_address",
            "The address of your VLE's configuration cannot be used. Nothing was registered. "
            + (problem or ""),
        )
    if not BEARER.fullmatch(asked.token):
        raise BadRegistration(
            "token_absent",
            f"Your VLE sent no registration token that can be read. {BEGIN_AGAIN}",
        )


def _register(held: dict[str, Any], ours: str) -> Outcome:
    invitation = db.session.get(RegistrationInvitation, held["invitation"])
    if invitation is None:
        raise BadRegistration("invitation_unknown", invitations.ASK_AGAIN, status=403)
    invitations.check_open(invitation)
    db.session.rollback()
    platform = PlatformConfiguration(**held["configuration"])
    client_id, deployment_id = register_at(platform, held["token"], ours)
    try:
        outcome = _take_down(held, platform, client_id, deployment_id)
        # What the platform did cannot be undone from here, so what we say depends on our commit.
        db.session.commit()
    except (SQLAlchemyError, DomainError) as error:
        raise registered_there_only() from error
    return outcome


def _take_down(
    held: dict[str, Any], platform: PlatformConfiguration, client_id: str, deployment: str | None
) -> Outcome:
    restart_as_writer()
    invitation = db.session.get_one(RegistrationInvitation, held["invitation"])
    # A platform must not be able to change the addresses of another one that is known already.
    if registrations.find_registration(platform.issuer, client_id) is not None:
        raise registered_there_only()
    details = registrations.Details(
        issuer=platform.issuer,
        client_id=client_id,
        auth_login_url=platform.authorization_endpoint,
        auth_token_url=platform.token_endpoint,
        jwks_url=platform.jwks_uri,
        deployment_ids=(deployment,) if deployment and platform.is_vouched else (),
        frame_origins=tuple(held["frames"]),
        product=platform.product,
        name=held["name"],
    )
    provider = db.session.get_one(Provider, invitation.provider_id)
    registration = registrations.store_registration(provider, details)
    if deployment and not platform.is_vouched:
        registrations.add_waiting_deployment(registration, deployment)
    if not invitations.use_up(invitation.id, registration, lets_first_in=platform.is_vouched):
        raise registered_there_only()
    record(None, "registration_invitation.used", invitation, registration_id=registration.id)
    return Outcome(
        registration_id=registration.id,
        name=held["name"],
        product=platform.product,
        knows_deployment=bool(deployment),
        waits_for_operator=not platform.is_vouched,
        frames=held["frames"],
        close_to=held["close_to"],
    )


def _name(ticket: str) -> str:
    return f"registration:{state.digest(ticket)}"
