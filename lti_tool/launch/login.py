"""Login initiation: who launches, may they, and where the browser goes next.

https://www.imsglobal.org/spec/security/v1p0/#step-1-third-party-initiated-login
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from lti_tool.launch import registrations, state
from lti_tool.launch.claims import REOPEN, is_within
from lti_tool.launch.http import origin_of
from lti_tool.launch.models import Registration
from lti_tool.launch.runtime import runtime
from lti_tool.launch.state import Storage
from lti_tool.launch.verdicts import BadLaunch, switched_off

FRAME_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
UNKNOWN = "The tool does not know the VLE that this launch comes from. Tell the tool's operator."


@dataclass(frozen=True)
class Beginning:
    """The platform's authorisation address, and the cookie that binds the browser.

    With `storage`, the platform's page is asked to keep the same value under the same name.
    """

    url: str
    cookie_name: str
    cookie: str
    storage: Storage | None


def find_platform(params: Mapping[str, str]) -> Registration:
    """The registration that a login initiation names. Raises BadLaunch."""
    for name in ("iss", "login_hint", "target_link_uri"):
        if not params.get(name):
            raise BadLaunch(f"login_{name}_absent", "This is no launch from a VLE. " + REOPEN)
    found = registrations.find_registration(params["iss"], params.get("client_id"))
    if found is None:
        raise BadLaunch("client_unknown", UNKNOWN)
    return found


def begin(registration: Registration, params: Mapping[str, str], ours: str) -> Beginning:
    """Remember the login and say where to send the browser."""
    if registration.disabled_at is not None:
        raise switched_off()
    if not is_within(params["target_link_uri"], ours):
        raise BadLaunch("target_elsewhere", "The link leads to another address than this tool's.")
    cookie = state.random_text()
    login = state.LoginState(
        nonce=state.random_text(),
        registration_id=registration.id,
        issuer=registration.issuer,
        client_id=registration.client_id,
        jwks_url=registration.jwks_url,
        target_link_uri=params["target_link_uri"],
        redirect_uri=f"{ours}/lti/launch",
        binding_hash=state.digest(cookie),
        storage=_storage(registration, params.get("lti_storage_target", "")),
    )
    key = state.remember(runtime().store, login)
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": login.client_id,
        "redirect_uri": login.redirect_uri,
        "login_hint": params["login_hint"],
        "state": key,
        "nonce": login.nonce,
    }
    if params.get("lti_message_hint"):
        asked["lti_message_hint"] = params["lti_message_hint"]
    url = registration.auth_login_url
    joint = "&" if "?" in url else "?"
    query = urlencode(asked, quote_via=quote)
    return Beginning(f"{url}{joint}{query}", state.cookie_name(key), cookie, login.storage)


def _storage(registration: Registration, target: str) -> Storage | None:
    """Where the platform offers to keep a value. A frame has to have a plain name.

    https://www.imsglobal.org/spec/lti-cs-pm/v0p1
    """
    origin = origin_of(registration.auth_login_url)
    return Storage(target, origin) if origin and FRAME_NAME.fullmatch(target) else None
