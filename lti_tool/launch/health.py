"""Does a registration work? What an operator asks before a term begins."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.db import db
from lti_tool.errors import Unavailable
from lti_tool.launch import platform
from lti_tool.launch.http import PlatformUnreachable
from lti_tool.launch.key_sets import fetch_key_set
from lti_tool.launch.registrations import get_registration, last_error

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NEEDED = {
    "send marks": AGS + "score",
    "read marks back": AGS + "result.readonly",
    "find gradebook columns": AGS + "lineitem.readonly",
    "make gradebook columns": AGS + "lineitem",
    "read the roster": "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    sentence: str


def check_platform(registration_id: int) -> list[Finding]:
    """Ask the platform for its keys and a token a scope, and tell how launches went."""
    registration = get_registration(registration_id)
    peer, jwks_url = platform.peer_of(registration), registration.jwks_url
    last = registration.last_launch_at
    disabled = registration.disabled_at is not None
    waiting = [each.deployment_id for each in registration.deployments if not each.approved_at]
    # Nothing is locked while the platform is asked.
    db.session.rollback()
    error = last_error(registration_id)
    return [
        Finding("enabled", not disabled, "disabled" if disabled else "launches are taken"),
        _key_set(jwks_url),
        *(_scope(peer, what, scope) for what, scope in NEEDED.items()),
        Finding("deployments", not waiting, f"waiting: {', '.join(waiting)}" if waiting else "-"),
        Finding("last launch", True, last.isoformat(timespec="minutes") if last else "none yet"),
        Finding("last refusal", True, f"{error['code']} at {error['at']}" if error else "none"),
    ]


def _key_set(jwks_url: str) -> Finding:
    try:
        count = len(fetch_key_set(jwks_url))
    except PlatformUnreachable as error:
        return Finding("key set", False, error.sentence)
    return Finding("key set", count > 0, f"{count} keys")


def _scope(peer: platform.Peer, what: str, scope: str) -> Finding:
    try:
        platform.fetch_token(peer, [scope])
    except (PlatformUnreachable, platform.TokenRefused, Unavailable) as error:
        return Finding(what, False, error.sentence)
    return Finding(what, True, "allowed")
