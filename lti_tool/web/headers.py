"""Headers of every answer: what the page may load, and who may show it in a frame."""

from __future__ import annotations

import structlog
from flask import Flask, Response, g, request

from lti_tool.logs import new_reference, note

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "media-src 'self'; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action {form_action}; "
    "frame-ancestors {frame_ancestors}"
)


def start_request() -> None:
    """Give the request an id: the reference number on an error page leads to its log lines."""
    g.request_id = new_reference()
    structlog.contextvars.clear_contextvars()
    note(request=g.request_id, view=request.endpoint, method=request.method)


def allow_frames(origins: list[str]) -> None:
    """Let these origins frame the answer; views use it before there is a session."""
    g.frame_ancestors = origins


def allow_form_to(origin: str) -> None:
    """Let a form of this page post to another origin (the deep linking return)."""
    g.form_action = origin


def set_headers(response: Response) -> Response:
    """Strict by default; a file response brings a stricter policy of its own."""
    response.headers.setdefault(
        "Content-Security-Policy",
        POLICY.format(
            form_action=" ".join(["'self'", *filter(None, [g.get("form_action")])]),
            frame_ancestors=" ".join(["'self'", *_may_frame(response)]),
        ),
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", _referrer_policy())
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _may_frame(response: Response) -> list[str]:
    grant = g.get("grant")
    origins: list[str] = g.get("frame_ancestors") or (grant["frame_origins"] if grant else [])
    if origins or grant or response.status_code < 400:
        return origins
    # Whose frame a refusal appears in is not known before anybody is let in, and a page that may
    # not be framed is a blank one there. It tells of nobody and has nothing in it to press.
    return ["*"]


def _referrer_policy() -> str:
    """The address of a personal link is a secret, which no other site needs to learn."""
    has_secret = "token" in (request.view_args or {})
    return "same-origin" if has_secret else "strict-origin-when-cross-origin"


def init_app(app: Flask) -> None:
    """Wire the hooks."""
    app.before_request(start_request)
    app.after_request(set_headers)
