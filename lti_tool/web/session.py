"""The signed-in session: a random id in a partitioned cookie, the grants in the ephemeral store.

A grant is what a launch proved: this person, in this role, in this course. The course is in the
path of every page, so two tabs with two courses do not share anything.
"""

from __future__ import annotations

import secrets
from typing import Any, NotRequired, TypedDict

from flask import current_app, g, session

from lti_tool.ephemeral import Ephemeral

LIFE = 8 * 60 * 60


class Grant(TypedDict):
    """What a verified launch allows in one course."""

    user: int
    role: str
    provider: int
    registration: int
    frame_origins: list[str]
    scope: NotRequired[list[int] | None]
    # Of somebody who did not come by a launch: how, and by which personal link if by one.
    authenticated_by: NotRequired[str]
    link: NotRequired[int]


def store() -> Ephemeral:
    """The application's ephemeral store."""
    found: Ephemeral = current_app.extensions["ephemeral"]
    return found


def open_session(course_id: int, grant: Grant) -> None:
    """Add a grant to this browser's session, under a fresh id.

    Another person of the same platform takes the place of the one before, and anybody that of who
    came by a personal link: on a shared computer nobody is left signed in behind the next.
    """
    _add(str(course_id), grant)


def open_link_session(link_id: int, grant: Grant) -> None:
    """The same for the pages of a personal link, which belong to no course and no platform."""
    _add(_of_link(link_id), grant)


def _add(key: str, grant: Grant) -> None:
    grants = {
        course: earlier
        for course, earlier in _grants().items()
        if earlier["user"] == grant["user"]
        or (earlier["registration"] != grant["registration"] and "authenticated_by" not in earlier)
    }
    grants[key] = grant
    before, session["sid"] = session.get("sid"), secrets.token_urlsafe(24)
    session.pop("_flashes", None)  # what Flask still had to tell was meant for whoever was here
    kept_as = f"session:{session['sid']}"
    if before is None:
        store().put(kept_as, grants, LIFE)
    else:
        store().replace(f"session:{before}", kept_as, grants, LIFE)
    g.pop("grants", None)


def close_session(grant: Grant) -> None:
    """Sign this grant's person out of all their courses of the same platform, in this browser.

    Whoever came by a personal link is signed out of all that it opened.

    What another platform opened here stays, under a fresh id.
    """
    kept = {
        course: other
        for course, other in _grants().items()
        if other["user"] != grant["user"]
        or (other["registration"] != grant["registration"] and "authenticated_by" not in grant)
    }
    before = session.get("sid")
    session.clear()
    if kept:
        session["sid"] = secrets.token_urlsafe(24)
        store().replace(f"session:{before}", f"session:{session['sid']}", kept, LIFE)
    else:
        store().delete(f"session:{before}")
    g.pop("grants", None)


def others_here(user_id: int) -> set[int]:
    """Who else is signed in, in this browser."""
    return {grant["user"] for grant in _grants().values()} - {user_id}


def close_all() -> None:
    """Sign everybody out, in this browser."""
    before = session.get("sid")
    session.clear()
    if before is not None:
        store().delete(f"session:{before}")
    g.pop("grants", None)


def grant_for(course_id: int) -> Grant | None:
    """The grant of this browser for a course, or None when there is none (any more)."""
    found: Grant | None = _grants().get(str(course_id))
    return found


def link_grant(link_id: int) -> Grant | None:
    """The grant of this browser for a personal link."""
    found: Grant | None = _grants().get(_of_link(link_id))
    return found


def _of_link(link_id: int) -> str:
    return f"link:{link_id}"


def _grants() -> dict[str, Any]:
    if "grants" not in g:
        sid = session.get("sid")
        g.grants = (store().get(f"session:{sid}") if sid else None) or {}
    grants: dict[str, Any] = g.grants
    return grants
