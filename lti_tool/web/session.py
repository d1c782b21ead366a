"""The signed-in session: a random id in a partitioned cookie, the grants in the ephemeral store.

A grant is what a launch proved: this person, in this role, in this course. The course is in the
path of every page, so two tabs with two courses do not share anything.

It ends eight hours after it was proved, and sooner where its person touches nothing for a while
(SESSION_IDLE_MINUTES). Where else somebody is signed in: `signed_in.py`.
"""

from __future__ import annotations

import secrets
from typing import Any, NotRequired, TypedDict

from flask import current_app, g, request, session

from lti_tool.clock import now
from lti_tool.ephemeral import Ephemeral
from lti_tool.web.browsers import browser_in_words

LIFE = 8 * 60 * 60
TOUCHED = 60  # seconds within which a second look at a page is not noted again
Grants = dict[str, Any]


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
    # When it was proved, when its person last did something, and in what kind of browser. A version
    # of the tool that wrote none of them may still be running beside this one.
    since: NotRequired[int]
    seen: NotRequired[int]
    browser: NotRequired[str]


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
    moment = _moment()
    grants = {
        course: {**earlier, "seen": moment} if earlier["user"] == grant["user"] else earlier
        for course, earlier in _grants().items()
        if earlier["user"] == grant["user"]
        or (earlier["registration"] != grant["registration"] and "authenticated_by" not in earlier)
    }
    browser = browser_in_words(request.user_agent.string)
    grants[key] = {"since": moment, **grant, "seen": moment, "browser": browser}
    before, session["sid"] = session.get("sid"), secrets.token_urlsafe(24)
    session.pop("_flashes", None)  # what Flask still had to tell was meant for whoever was here
    users = sorted({each["user"] for each in grants.values()})
    if set(session.get("people", ())) - set(users):
        session.pop("csrf_token", None)  # it may be known to whoever was here
    session["people"] = users
    _replace(before, grants)


def _replace(before: str | None, grants: Grants) -> None:
    store().replace(
        key_of(before) if before else None,
        key_of(session["sid"]),
        grants,
        LIFE,
        lists={list_of(each["user"]) for each in grants.values()},
    )
    g.pop("grants", None)


def touch(grant: Grant) -> None:
    """Note that this grant's person is at work, so that they stay signed in.

    Of another person in the same browser it says nothing.
    """
    moment = _moment()
    if moment - grant.get("seen", 0) < TOUCHED:
        return
    grants = _grants()
    noted = {
        key: {**each, "seen": moment, "since": each.get("since", moment)}
        if each["user"] == grant["user"]
        else each
        for key, each in grants.items()
    }
    # Where somebody has signed out meanwhile, that stands.
    store().swap(key_of(session["sid"]), _stored(), noted, LIFE, patient=False)


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
        _replace(before, kept)
    elif before is not None:
        store().delete(key_of(before))
    g.pop("grants", None)


def others_here(user_id: int) -> set[int]:
    """Who else is signed in, in this browser."""
    return {grant["user"] for grant in _grants().values()} - {user_id}


def close_all() -> None:
    """Sign everybody out, in this browser."""
    before = session.get("sid")
    session.clear()
    if before is not None:
        store().delete(key_of(before))
    g.pop("grants", None)


def grant_for(course_id: int) -> Grant | None:
    """The grant of this browser for a course, or None when there is none (any more)."""
    found: Grant | None = _grants().get(str(course_id))
    return found


def link_grant(link_id: int) -> Grant | None:
    """The grant of this browser for a personal link."""
    found: Grant | None = _grants().get(_of_link(link_id))
    return found


def is_over(grant: Grant) -> bool:
    """Whether it has ended by itself."""
    moment, idle = _moment(), current_app.config["SETTINGS"].session_idle_seconds
    since, seen = grant.get("since", moment), grant.get("seen", moment)
    return moment >= min(since + LIFE, seen + idle)


def key_of(sid: str) -> str:
    """Where the store keeps a session."""
    return f"session:{sid}"


def list_of(user_id: int) -> str:
    """Where the store notes in which sessions somebody is."""
    return f"signed-in:{user_id}"


def _of_link(link_id: int) -> str:
    return f"link:{link_id}"


def _moment() -> int:
    return int(now().timestamp())


def _stored() -> Grants:
    if "grants" not in g:
        sid = session.get("sid")
        g.grants = (store().get(key_of(sid)) if sid else None) or {}
    stored: Grants = g.grants
    return stored


def _grants() -> Grants:
    """What holds still."""
    return {key: grant for key, grant in _stored().items() if not is_over(grant)}
