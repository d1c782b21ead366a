"""Where else somebody is signed in, and ending that: for a computer that was left open."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from flask import session

from lti_tool.web.session import (
    LIFE,
    Grant,
    Grants,
    is_over,
    key_of,
    list_of,
    store,
)

TRIES = 5


@dataclass(frozen=True)
class SignedIn:
    """One browser that somebody is in by now, as they are shown it."""

    handle: str  # says which, and cannot be used as what the browser itself holds
    is_here: bool
    browser: str
    since: int
    seen: int
    grants: dict[str, Grant]  # by course or link, as the session keeps them


def everywhere(user_id: int) -> list[SignedIn]:
    """Each browser that this person is signed in with; this one first, then the latest."""
    found = []
    for key in store().listed(list_of(user_id)):
        theirs = _of(user_id, store().get(key) or {})
        if theirs:
            last = max(theirs.values(), key=lambda grant: grant.get("seen", 0))
            found.append(
                SignedIn(
                    handle=_handle(key),
                    is_here=key == _here(),
                    browser=last.get("browser", "A browser"),
                    since=min(grant.get("since", 0) for grant in theirs.values()),
                    seen=last.get("seen", 0),
                    grants=theirs,
                )
            )
    return sorted(found, key=lambda one: (not one.is_here, -one.seen, one.handle))


def end(user_id: int, handle: str) -> int:
    """Sign this person out of another browser; how many that were."""
    return _end(user_id, lambda key: _handle(key) == handle)


def end_others(user_id: int) -> int:
    """Sign this person out of every browser but this one; how many that were."""
    return _end(user_id, lambda key: True)


def _end(user_id: int, is_meant: Callable[[str], bool]) -> int:
    keys = store().listed(list_of(user_id))
    return sum(_leave(user_id, key) for key in keys if key != _here() and is_meant(key))


def _leave(user_id: int, key: str) -> bool:
    """Take one person out of a session; somebody else of another platform stays in it."""
    for _ in range(TRIES):  # the other browser may be at work just now
        grants: Grants = store().get(key) or {}
        theirs = _of(user_id, grants)
        if not theirs:
            return False
        kept = {name: grant for name, grant in grants.items() if grant["user"] != user_id}
        if store().swap(key, grants, kept, LIFE):
            return True
    store().delete(key)
    return True


def _of(user_id: int, grants: Grants) -> dict[str, Grant]:
    return {
        name: grant
        for name, grant in grants.items()
        if grant["user"] == user_id and not is_over(grant)
    }


def _here() -> str:
    return key_of(session.get("sid", ""))


def _handle(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
