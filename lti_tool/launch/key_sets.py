"""Platforms' published keys: kept while they are good, fetched anew for an unknown key id.

https://www.imsglobal.org/spec/security/v1p0/#h_key-set-url
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from lti_tool.clock import now
from lti_tool.launch.http import SOMEBODY_WAITS, PlatformUnreachable, send
from lti_tool.launch.runtime import runtime

FRESH = 60 * 60  # where the platform does not say for how long
SHORTEST, LONGEST = 5 * 60, 24 * 60 * 60
STALE = 24 * 60 * 60  # how long an old set serves while the platform does not answer
COOL_DOWN = 30  # seconds between two fetches on behalf of old sets and of unknown key ids
MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


def find_key(jwks_url: str, kid: str) -> dict[str, Any] | None:
    """The platform's key of this id, or None where it publishes none.

    Goes over the network when the kept set is old, or does not have the key; while a platform keeps
    its callers waiting, one of them a little while, and not each. Raises PlatformUnreachable when
    the platform would have to be asked and does not answer.
    """
    kept = runtime().store.get(_name(jwks_url))
    found = _of_id(kept["keys"], kid) if kept else None
    if kept:
        is_fresh = now().timestamp() < kept.get("fresh_until", 0)
        if (found and is_fresh) or not _may_refetch(jwks_url):
            return found
    try:
        return _of_id(fetch_key_set(jwks_url), kid)
    except PlatformUnreachable:
        if not found:
            raise
        return found


def fetch_key_set(jwks_url: str) -> list[dict[str, Any]]:
    """Ask the platform for its keys, and keep them."""
    current = runtime()
    headers = {"Accept": "application/json"}
    reply = send(
        current.http, current.settings, "GET", jwks_url, headers=headers, limits=SOMEBODY_WAITS
    )
    keys = _keys_in(reply.text) if reply.status == 200 else None
    if keys is None:
        raise PlatformUnreachable("The platform's key set cannot be read.")
    seconds = _life(reply.headers)
    kept = {"keys": keys, "fresh_until": now().timestamp() + seconds}
    current.store.put(_name(jwks_url), kept, seconds + STALE)
    return keys


def _life(headers: Mapping[str, str]) -> int:
    """How long a set is good for: what the platform says, within reason."""
    said = MAX_AGE.search(headers.get("Cache-Control", ""))
    return min(max(int(said[1]), SHORTEST), LONGEST) if said else FRESH


def _may_refetch(jwks_url: str) -> bool:
    return runtime().store.add(_name(jwks_url) + ":asked", COOL_DOWN)


def _keys_in(text: str) -> list[dict[str, Any]] | None:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    keys = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(keys, list):
        return None
    return [key for key in keys if isinstance(key, dict) and isinstance(key.get("kid"), str)]


def _of_id(keys: list[dict[str, Any]], kid: str) -> dict[str, Any] | None:
    return next((key for key in keys if key["kid"] == kid), None)


def _name(jwks_url: str) -> str:
    return "keys:" + hashlib.sha256(jwks_url.encode()).hexdigest()
