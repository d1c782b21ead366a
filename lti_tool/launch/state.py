"""What the login initiation fixed, kept until the launch comes back; it can be taken once.

The state ties the answer to one platform, one target and, by a cookie whose digest it holds, to the
browser that asked. https://www.imsglobal.org/spec/security/v1p0/#step-2-authentication-request
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lti_tool.ephemeral import Ephemeral

LIFE = 600
COOKIE_PREFIX = "__Host-lti-"
MOST_COOKIES = 8
STATE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Storage:
    """The frame of the platform's page that keeps values for us, and whose it has to be."""

    target: str
    origin: str


@dataclass(frozen=True)
class LoginState:
    """One login that was begun."""

    nonce: str
    registration_id: int
    issuer: str
    client_id: str
    jwks_url: str
    target_link_uri: str
    redirect_uri: str
    binding_hash: str
    storage: Storage | None = None


def random_text() -> str:
    """256 bits, fit for a URL or a cookie."""
    return secrets.token_urlsafe(32)


def remember(store: Ephemeral, login: LoginState) -> str:
    """Keep it; the answer is the state to send along."""
    state = random_text()
    store.put(f"state:{state}", asdict(login), LIFE)
    return state


def take(store: Ephemeral, state: str) -> LoginState | None:
    """The login of this state, which from now on is used up."""
    found = store.take(f"state:{state}") if STATE.fullmatch(state) else None
    return as_login(found) if found else None


def as_login(found: Mapping[str, Any]) -> LoginState:
    """A login as it comes out of the store."""
    storage = found.get("storage")
    return LoginState(**{**found, "storage": Storage(**storage) if storage else None})


def cookie_name(state: str) -> str:
    """One cookie a login, so that two tabs do not overwrite each other's."""
    return COOKIE_PREFIX + state[:12]


def digest(secret: str) -> str:
    """What may be stored or logged of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_bound(binding_hash: str, secret: str) -> bool:
    """Whether this browser is the one that began the login: it brings what was given to it then."""
    return hmac.compare_digest(binding_hash, digest(secret))


def surplus_cookies(names: list[str]) -> list[str]:
    """Cookies of logins that never came back, beyond the newest (browsers send old ones first)."""
    ours = [name for name in names if name.startswith(COOKIE_PREFIX)]
    return ours[: max(0, len(ours) - MOST_COOKIES + 1)]


def mark_nonce_used(store: Ephemeral, login: LoginState) -> bool:
    """False when this nonce was used before, however the state came to be presented again."""
    key = digest(f"{login.issuer}\n{login.client_id}\n{login.nonce}")
    return store.add(f"nonce:{key}", 2 * LIFE)
