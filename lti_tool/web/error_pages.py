"""From a sentence of the domain to a status and a page with a reference number."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, PendingRollbackError
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    RequestEntityTooLarge,
    SecurityError,
)

from lti_tool.db import db
from lti_tool.errors import (
    DomainError,
    Invalid,
    NoRoom,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)
from lti_tool.logs import get_logger, log_unexpected
from lti_tool.web.access import SessionEnded
from lti_tool.web.forms import FormOwnerChanged, typed_text
from lti_tool.web.headers import allow_frames
from lti_tool.web.rate_limits import TooOften

log = get_logger(__name__)

STATUS: dict[type[DomainError], tuple[int, str]] = {
    NotAllowed: (403, "You cannot do this"),
    NotFound: (404, "Page not found"),
    Refused: (409, "This cannot be done now"),
    Invalid: (422, "There is a problem"),
    NoRoom: (507, "There is no room left"),
    Unavailable: (503, "Something is not answering"),
}
LOST = "8s2b"  # SQLAlchemy's code: a connection was lost within a transaction
REOPEN = "Open the tool again from your course in the VLE."


def init_app(app: Flask) -> None:
    """Register the pages. None of them can fail or show a stack trace."""
    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(SessionEnded, session_ended)
    app.register_error_handler(FormOwnerChanged, owner_changed)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(TooOften, too_often)
    app.register_error_handler(RequestEntityTooLarge, too_large)
    app.register_error_handler(IntegrityError, collided)
    app.register_error_handler(OperationalError, database_down)
    app.register_error_handler(PendingRollbackError, connection_lost)
    app.register_error_handler(SecurityError, another_host)
    app.register_error_handler(DataError, unstorable)
    app.register_error_handler(OverflowError, unstorable)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected)


def error_page(
    status: int, title: str, sentence: str, *, remedy: str = "", keep_text: bool = False
) -> ResponseReturnValue:
    """The one shape of an error page. `keep_text` shows what was typed, to be copied."""
    try:
        db.session.rollback()
    except OperationalError:
        db.session.invalidate()  # the database went just now, and takes back what was begun
    log.info("error_page", status=status, title=title)
    # Only pages of a course have forms that people type into; a launch's post holds a token.
    keep_text = keep_text and "course_id" in (request.view_args or {})
    kept = [text for _, text in typed_text().items(True) if len(text) > 1] if keep_text else []
    page = render_template(
        "errors/error.html",
        status_title=title,
        sentence=sentence,
        what_to_do=remedy,
        reference=g.get("request_id", ""),
        kept_text=kept,
    )
    return page, status


def domain_error(error: DomainError) -> ResponseReturnValue:
    kind = next((kind for kind in STATUS if isinstance(error, kind)), Refused)
    status, title = STATUS[kind]
    log.info("refused", kind=kind.__name__)
    return error_page(status, title, error.sentence, keep_text=True)


def session_ended(_error: SessionEnded) -> ResponseReturnValue:
    # Without a session nothing says whose frame this is, and what was typed must not be lost.
    try:
        allow_frames(current_app.extensions["frame_origins_of_course"](_course_asked_for()))
    except OperationalError as away:
        # The database went after the session was looked for; no handler is called for a handler.
        return database_down(away)
    return error_page(
        401, "Your session has ended", "You are not signed in for this course. "
        f"A session ends after {_idle_minutes()} minutes in which nothing was done.",
        remedy=REOPEN, keep_text=True,
    )  # fmt: skip


def _idle_minutes() -> int:
    return int(current_app.config["SETTINGS"].session_idle_seconds) // 60


def _course_asked_for() -> int:
    course_id: int = (request.view_args or {})["course_id"]
    return course_id


def owner_changed(_error: FormOwnerChanged) -> ResponseReturnValue:
    return error_page(
        409, "Somebody else is signed in now",
        "This form was opened by another person, so nothing was saved.",
        remedy=REOPEN, keep_text=True,
    )  # fmt: skip


def stale_form(_error: CSRFError) -> ResponseReturnValue:
    return error_page(
        400, "This form is too old", "The form could not be checked, so nothing was saved.",
        remedy=REOPEN, keep_text=True,
    )  # fmt: skip


def too_often(error: TooOften) -> ResponseReturnValue:
    # With everybody at one address, the operator has most likely left out TRUSTED_PROXIES.
    log.warning("too_often", proxied="X-Forwarded-For" in request.headers)
    if g.get("grant") is None:
        allow_frames(["*"])  # whose frame it is nobody knows; the page says and does nothing else
    page = error_page(
        429, "Too many requests at once",
        "The tool was asked for this too often from where you are. Nothing was changed.",
        remedy=f"Wait {_told(error.seconds)}, then try again.", keep_text=True,
    )  # fmt: skip
    response = make_response(page)
    response.headers["Retry-After"] = str(error.seconds)
    return response


def _told(seconds: int) -> str:
    if seconds <= 60:
        return "a minute"
    return f"{-(-seconds // 60)} minutes"


def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    return error_page(
        413, "That is too much at once", "What you sent is larger than the tool takes in one go.",
        remedy="Go back and send fewer or smaller files.",
    )  # fmt: skip


def collided(_error: IntegrityError) -> ResponseReturnValue:
    log.warning("collided", reason=type(_error.orig).__name__)
    return error_page(
        409, "Somebody was quicker", "The same thing was being changed at the same moment.",
        remedy="Go back, reload the page and look before you try again.", keep_text=True,
    )  # fmt: skip


def database_down(error: OperationalError | PendingRollbackError) -> ResponseReturnValue:
    log.error("database_down", reason=type(getattr(error, "orig", error)).__name__)
    return error_page(
        503, "The tool cannot reach its data", "Nothing was changed.",
        remedy="Try again in a minute.", keep_text=True,
    )  # fmt: skip


def connection_lost(error: PendingRollbackError) -> ResponseReturnValue:
    """The database went, and what noticed it could go on without: the commit cannot.

    https://docs.sqlalchemy.org/en/21/errors.html#error-8s2b
    """
    return database_down(error) if error.code == LOST else unexpected(error)


def another_host(_error: SecurityError) -> ResponseReturnValue:
    """Asked under a name that is not ours; no page of ours can be linked from there."""
    log.info("another_host")
    return Response(
        "This is not the address of the tool. Open the tool from your course in the VLE.\n",
        400,
        mimetype="text/plain",
    )


def unstorable(error: Exception) -> ResponseReturnValue:
    """A number or a text that no column can hold: PostgreSQL says DataError, SQLite's driver
    OverflowError. No form of ours makes one.
    """
    log.info("unstorable", reason=type(error).__name__)
    return http_error(BadRequest())


def http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code in {301, 302, 303, 307, 308} or error.code is None:
        return error
    sentences = {
        400: ("This request cannot be read", "Go back and try again."),
        404: ("Page not found", "Check the address, or open the tool from your course."),
        405: ("This address cannot be opened like that", REOPEN),
    }
    title, remedy = sentences.get(error.code, ("This did not work", REOPEN))
    return error_page(error.code, title, remedy)


def unexpected(error: Exception) -> ResponseReturnValue:
    log_unexpected(error)
    return error_page(
        500, "Something went wrong", "The tool made a mistake. Nothing was saved.",
        remedy="Try again. If it happens once more, tell your programme team the reference.",
        keep_text=True,
    )  # fmt: skip
