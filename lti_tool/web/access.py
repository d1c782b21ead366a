"""Who may enter which view. A view that says nothing lets nobody in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter, Map

from lti_tool.db import begin_as_reader, restart_as_writer
from lti_tool.errors import NotAllowed
from lti_tool.identity import Role, Viewer
from lti_tool.web import session
from lti_tool.web.forms import LARGEST_ID, check_owner

View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()
FORM_BYTES = 2 * 1024 * 1024


class StoredId(IntegerConverter):
    """An id in a path; a number that no column could hold is an address that does not exist."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST_ID)


class SessionEnded(Exception):
    """Nobody is signed in for this course in this browser; the page says how to come back."""


def allow(*roles: Role, uploads: bool = False) -> Callable[[View], View]:
    """Let these roles enter. `uploads` lifts the size limit of forms to that of files."""

    def mark(view: View) -> View:
        view.allowed_roles = frozenset(roles)  # type: ignore[attr-defined]
        view.takes_uploads = uploads  # type: ignore[attr-defined]
        return view

    return mark


def public(*, csrf_exempt: bool = False, reads_first: bool = False) -> Callable[[View], View]:
    """Let everybody enter.

    `csrf_exempt` is for messages that a platform posts and that carry their own proof;
    `reads_first` for views that wait for another machine before they write.
    """

    def mark(view: View) -> View:
        view.allowed_roles = None  # type: ignore[attr-defined]
        view.csrf_exempt = csrf_exempt  # type: ignore[attr-defined]
        view.reads_first = reads_first  # type: ignore[attr-defined]
        return view

    return mark


def check_access() -> None:
    """Run before every view: find the viewer, refuse whoever is not let in by name."""
    begin_as_reader()
    if request.endpoint is None:
        return  # Flask answers 404 or 405 itself
    if any("\x00" in value for value in request.args.values()):
        abort(400)  # PostgreSQL's text cannot hold it, and nobody types it
    view = current_app.view_functions[request.endpoint]
    roles: frozenset[Role] | None = getattr(view, "allowed_roles", frozenset())
    _limit_size(view)
    if roles is not None:
        g.viewer = _viewer()
        if g.viewer.role not in roles:
            raise NotAllowed("This page is not for your role in this course.")
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        if not getattr(view, "csrf_exempt", False):
            csrf.protect()
            check_owner()
        if not getattr(view, "reads_first", False):
            restart_as_writer()


def _viewer() -> Viewer:
    course_id = (request.view_args or {}).get("course_id")
    if course_id is None:
        abort(404)
    grant = session.grant_for(course_id)
    if grant is None:
        raise SessionEnded
    scope = grant.get("scope")
    viewer = Viewer(
        user_id=grant["user"],
        role=Role(grant["role"]),
        provider_id=grant["provider"],
        course_id=course_id,
        registration_id=grant["registration"],
        scope=None if scope is None else tuple(scope),
    )
    # This package knows nothing of platforms and courses; the application says who may stay.
    if not current_app.extensions["may_stay"](viewer):
        raise SessionEnded
    g.grant = grant
    return viewer


def _limit_size(view: Callable[..., Any]) -> None:
    # Several files may come in one form; each is measured against MAX_UPLOAD_MB on its own, so
    # that one file too many is told in the form with the typed text kept.
    uploads = getattr(view, "takes_uploads", False)
    limit = current_app.config["SETTINGS"].max_upload_bytes
    request.max_content_length = limit * 5 + FORM_BYTES if uploads else FORM_BYTES


def init_app(app: Flask) -> None:
    """Refuse by default on every route of this application."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    csrf.init_app(app)
    app.before_request(check_access)
    app.url_map.converters["int"] = StoredId
    app.view_functions["static"] = public()(app.view_functions["static"])
