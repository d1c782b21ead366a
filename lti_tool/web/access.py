"""Who may enter which view. A view that says nothing lets nobody in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter, Map

from lti_tool.db import begin_as_reader, restart_as_writer
from lti_tool.errors import NotAllowed
from lti_tool.identity import LinkHolder, Role, Viewer
from lti_tool.logs import note
from lti_tool.web import session
from lti_tool.web.forms import LARGEST_ID, check_owner
from lti_tool.web.rate_limits import count_person

View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()
FORM_BYTES = 2 * 1024 * 1024


class StoredId(IntegerConverter):
    """An id in a path; a number that no column could hold is an address that does not exist."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST_ID)


class SessionEnded(Exception):
    """Nobody is signed in for this course in this browser; the page says how to come back."""


class LinkSessionEnded(Exception):
    """Nobody is signed in by this personal link in this browser."""

    def __init__(self, kind: str, token: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.token = token


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


def by_link(kind: str) -> Callable[[View], View]:
    """Let the signed-in holder of a personal link enter, whose token is in the path."""

    def mark(view: View) -> View:
        view.allowed_roles = frozenset()  # type: ignore[attr-defined]
        view.link_kind = kind  # type: ignore[attr-defined]
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
    kind: str | None = getattr(view, "link_kind", None)
    if kind is not None:
        g.holder = _holder(kind)
        _say_in_logs(g.holder)
        count_person()
    elif roles is not None:
        g.viewer = _viewer()
        _say_in_logs(g.viewer)
        count_person()
        if g.viewer.role not in roles:
            raise NotAllowed("This page is not for your role in this course.")
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        if not getattr(view, "csrf_exempt", False):
            check_owner()  # first: whose form it was is told, though its token is no good now
            csrf.protect()
        if not getattr(view, "reads_first", False):
            restart_as_writer()


def _say_in_logs(who: Viewer | LinkHolder) -> None:
    note(
        user=who.user_id, role=who.acted_as, provider=who.provider_id,
        course=who.course_id if isinstance(who, Viewer) else None,
    )  # fmt: skip


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
        authenticated_by=grant.get("authenticated_by", "launch"),
        link_id=grant.get("link"),
    )
    # This package knows nothing of platforms and courses; the application says who may stay.
    if not current_app.extensions["may_stay"](viewer):
        raise SessionEnded
    g.grant = grant
    session.touch(grant)
    return viewer


def _holder(kind: str) -> LinkHolder:
    """Whoever signed in by the personal link of this path, in this browser."""
    token = (request.view_args or {}).get("token", "")
    found: LinkHolder | None = current_app.extensions["find_link_holder"](kind, token)
    grant = session.link_grant(found.link_id) if found else None
    if found is None or grant is None or grant["user"] != found.user_id:
        raise LinkSessionEnded(kind, token)
    g.grant = grant
    session.touch(grant)
    return replace(found, authenticated_by=grant["authenticated_by"])


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
