"""Opening the session after a launch, in this window or in one of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.db import db
from lti_tool.identity import Role, Viewer
from lti_tool.launch import arrival, state
from lti_tool.launch.arrival import Landing
from lti_tool.launch.claims import REOPEN, Launch
from lti_tool.launch.http import origin_of
from lti_tool.launch.registrations import frame_origins_of, get_registration
from lti_tool.launch.runtime import runtime
from lti_tool.launch.verdicts import unproved
from lti_tool.launch.views import bp
from lti_tool.web.access import public
from lti_tool.web.headers import allow_frames
from lti_tool.web.public_url import public_url
from lti_tool.web.rate_limits import SCHOOL_AT_ONCE, address, limited
from lti_tool.web.session import Grant, open_session

HAND_OVER_LIFE = 60


def enter(landing: Landing, next_path: str) -> ResponseReturnValue:
    """Open the session and go on. 303: going back in the browser does not post the launch again."""
    open_session(landing.viewer.course_id, _grant(landing.viewer, list(landing.frame_origins)))
    return redirect(next_path, 303)


def hand_over(landing: Landing, next_path: str) -> ResponseReturnValue:
    """A page with a button: the work goes on in a new window, where our cookie is kept."""
    code = state.random_text()
    ticket = {
        "course": landing.viewer.course_id,
        "grant": _grant(landing.viewer, list(landing.frame_origins)),
        "next": next_path,
    }
    runtime().store.put(f"hand-over:{state.digest(code)}", ticket, HAND_OVER_LIFE)
    allow_frames(list(landing.frame_origins))
    return render_template(
        "launch/new_window.html", action_url=url_for("launch.continue_elsewhere"), code=code
    )


@bp.post("/lti/continue")
@public(csrf_exempt=True, reads_first=True)
@limited(SCHOOL_AT_ONCE, by=address)
def continue_elsewhere() -> ResponseReturnValue:
    """The new window arrives with the code of the page that opened it, once."""
    check_own_page("hand_over_from_elsewhere")
    code = request.form.get("code", "")
    ticket = runtime().store.take(f"hand-over:{state.digest(code)}") if code else None
    if ticket is None:
        raise unproved("hand_over_unknown", "The button works once, within a minute. " + REOPEN)
    open_session(ticket["course"], ticket["grant"])
    return redirect(ticket["next"], 303)


def check_own_page(code: str) -> None:
    """What is posted with a single-use code has to come from the page that was given it."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != origin_of(public_url("")):
        raise unproved(code, "This did not come from the tool. " + REOPEN)


def choose_course(registration_id: int, launch: Launch, *, proved: bool) -> ResponseReturnValue:
    """A launch that names no course: let the person choose among those they were met in."""
    user, found = arrival.known_courses(registration_id, launch)
    scope = arrival.scope_of(registration_id, launch)
    origins = frame_origins_of(get_registration(registration_id))
    provider_id = user.provider_id if user else 0
    user_id = user.id if user else 0
    db.session.commit()
    if not proved:
        found = []
    for course in found:
        viewer = Viewer(user_id, course.role, provider_id, course.course_id, registration_id, scope)
        open_session(course.course_id, _grant(viewer, origins))
    links = [(course.title, start_path(course.course_id, "", {})) for course in found]
    return render_template("launch/choose_course.html", links=links, reference=g.request_id)


def start_path(course_id: int, page: str, asked: Mapping[str, Any]) -> str:
    """A page of a course, wherever the tool is mounted."""
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    path = f"{request.script_root}/courses/{course_id}/{page}"
    return f"{path}?{query}" if query else path


def _grant(viewer: Viewer, frame_origins: list[str]) -> Grant:
    assert viewer.registration_id is not None
    return Grant(
        user=viewer.user_id,
        role=Role(viewer.role).value,
        provider=viewer.provider_id,
        registration=viewer.registration_id,
        frame_origins=frame_origins,
        scope=None if viewer.scope is None else list(viewer.scope),
    )
