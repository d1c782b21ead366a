"""Calls to a platform's services, each with a token for the scopes it needs and no more.

https://www.imsglobal.org/spec/security/v1p0/#securing_web_services
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from lti_tool.launch import keys, pylti
from lti_tool.launch.http import PlatformUnreachable, Reply, send
from lti_tool.launch.models import Registration
from lti_tool.launch.runtime import runtime

__all__ = ["Answer", "Peer", "PlatformUnreachable", "TokenRefused", "call", "get_token", "peer_of"]

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MARGIN = 60
# What the store still has lives for MARGIN at least: this much shorter needs no second look.
AT_HAND = 30
USUAL_LIFE = 3600
# Moodle writes typographic quotes and HTML entities into the header of its line items.
NEXT = re.compile(r"<([^>]*)>\s*;[^,<]*\brel\s*=\s*[\"“”]?next\b", re.IGNORECASE)


@dataclass(frozen=True)
class Peer:
    """What of a registration is needed for a call: a copy, for use outside a transaction."""

    registration_id: int
    client_id: str
    auth_token_url: str
    product: str


@dataclass(frozen=True)
class Answer:
    """What a service answered, whatever its status."""

    status: int
    body: Any
    text: str
    headers: Mapping[str, str]
    next_url: str | None


class TokenRefused(Exception):
    """The platform gives no token; `permanent` where asking again would not help."""

    def __init__(self, sentence: str, status: int, *, permanent: bool) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.permanent = permanent


def peer_of(registration: Registration) -> Peer:
    """The copy to take along before the transaction ends."""
    return Peer(
        registration.id, registration.client_id, registration.auth_token_url, registration.product
    )


def call(
    peer: Peer,
    method: str,
    url: str,
    scopes: Collection[str],
    *,
    accept: str | None = None,
    content_type: str | None = None,
    payload: Any = None,
) -> Answer:
    """Call a service; no transaction may be writing meanwhile. Any HTTP status is an answer.

    A 401 drops the kept token and tries once more with a new one.
    Raises PlatformUnreachable and TokenRefused.
    """
    reply = _call_once(peer, method, url, scopes, accept, content_type, payload)
    if reply.status == 401:
        name = _token_name(peer, scopes)
        runtime().tokens.pop(name, None)
        runtime().store.delete(name)
        reply = _call_once(peer, method, url, scopes, accept, content_type, payload)
    return Answer(
        reply.status, _json(reply.text), reply.text, reply.headers, next_url(url, reply.headers)
    )


def get_token(peer: Peer, scopes: Collection[str]) -> str:
    """An access token for exactly these scopes: the kept one, or a new one from the platform."""
    name, current = _token_name(peer, scopes), runtime()
    token, until = current.tokens.get(name, ("", 0.0))
    if time.monotonic() < until:
        return token
    kept = current.store.get(name)
    if kept:
        token = str(kept)
    else:
        token, seconds = fetch_token(peer, scopes)
        if seconds <= MARGIN:
            return token
        current.store.put(name, token, seconds - MARGIN)
    current.tokens[name] = (token, time.monotonic() + AT_HAND)
    return token


def fetch_token(peer: Peer, scopes: Collection[str]) -> tuple[str, int]:
    """Ask for a token; returns it with the seconds it lives.

    https://www.imsglobal.org/spec/security/v1p0/#using-json-web-tokens-with-oauth-2-0-client-credentials-grant
    """
    current = runtime()
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": pylti.sign_assertion(peer, keys.signing_key()),
        "scope": " ".join(sorted(scopes)),
    }
    reply = send(
        current.http,
        current.settings,
        "POST",
        peer.auth_token_url,
        headers={"Accept": "application/json"},
        body=form,
    )
    body = _json(reply.text)
    token = body.get("access_token") if isinstance(body, dict) else None
    if reply.status // 100 != 2 or not isinstance(token, str) or not token:
        raise _refusal(reply, body)
    seconds = body.get("expires_in")
    known = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    return token, int(seconds) if known else USUAL_LIFE


def next_url(url: str, headers: Mapping[str, str]) -> str | None:
    """The next page that a `Link` header names, with its letters as they are."""
    link = next((value for name, value in headers.items() if name.lower() == "link"), "")
    found = NEXT.search(_as_written(link).replace("\n", " "))
    return urljoin(url, found[1].replace("&amp;", "&")) if found else None


def _as_written(header: str) -> str:
    """Python reads headers one letter a byte; the typographic quotes come as UTF-8."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _call_once(
    peer: Peer,
    method: str,
    url: str,
    scopes: Collection[str],
    accept: str | None,
    content_type: str | None,
    payload: Any,
) -> Reply:
    headers = {"Authorization": f"Bearer {get_token(peer, scopes)}"}
    if accept:
        headers["Accept"] = accept
    body = None
    if payload is not None:
        # On one line: Moodle answers an invalid pretty-printed body as if it had taken it.
        body = json.dumps(payload, separators=(",", ":"), allow_nan=False).encode()
        headers["Content-Type"] = content_type or "application/json"
    current = runtime()
    return send(current.http, current.settings, method, url, headers=headers, body=body)


def _refusal(reply: Reply, body: Any) -> TokenRefused:
    code = body.get("error") if isinstance(body, dict) else None
    later = reply.status in {408, 425, 429} or reply.status >= 500 or reply.status // 100 == 2
    if later:
        return TokenRefused(
            "The VLE gives no access to its gradebook just now.", reply.status, permanent=False
        )
    sentences = {
        "invalid_scope": "The VLE does not let the tool do this. Its administrator needs to allow "
        "the tool's grade and membership services.",
        "invalid_client": "The VLE does not accept the tool's signature. Its administrator needs "
        "to check the client id and the public keyset URL.",
    }
    general = "The VLE refuses the tool access to its services."
    # A throttled Canvas answers 403 with this text.
    is_throttled = reply.status == 403 and "Rate Limit Exceeded" in reply.text
    return TokenRefused(sentences.get(str(code), general), reply.status, permanent=not is_throttled)


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        return None


def _token_name(peer: Peer, scopes: Collection[str]) -> str:
    text = f"{peer.registration_id}\n{peer.client_id}\n{peer.auth_token_url}\n{sorted(scopes)}"
    return "token:" + hashlib.sha256(text.encode()).hexdigest()
