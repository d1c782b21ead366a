"""`/metrics` for Prometheus: what this instance answered, and what waits in the database.

Counts and times are of this instance, all its processes together: Prometheus adds instances up.
What waits is read when it is asked for, so every instance says the same of it. A label is a route,
a state or a code, never an id, a name or an address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hmac import compare_digest
from ipaddress import ip_address
from time import perf_counter
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import Headers

from lti_tool.db import db
from lti_tool.errors import Unavailable
from lti_tool.logs import get_logger
from lti_tool.settings import Settings
from lti_tool.web.access import public

if TYPE_CHECKING:
    from lti_tool.web.measures import Figure, Measures

bp = Blueprint("metrics", __name__)
log = get_logger(__name__)
FIGURES = "figures"  # the application's own, from packages above this one
# What proxies add to a request that they pass on.
PASSED_ON = (
    "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via",
)  # fmt: skip
ELSEWHERE = "(none)"  # an address that is no route of ours; its text is anybody's


@bp.get("/metrics")
@public()
def read() -> ResponseReturnValue:
    """The figures as Prometheus reads them; to everybody else there is no such page."""
    measures = _measures()
    if measures is None or not _may_read(current_app.config["SETTINGS"]):
        abort(404)
    text, kind = measures.tell(_figures())
    return Response(text, content_type=kind)


def count_launch(verdict: str) -> None:
    """A launch came to its end with this verdict."""
    if measures := _measures():
        # What a platform answers instead of a launch is a word of its own choice.
        measures.launches.labels("platform" if verdict.startswith("platform_") else verdict).inc()


def may_read(address: str, *, headers: Headers, settings: Settings) -> bool:
    """With a token whoever knows it; without, whoever asks directly from a private address."""
    given = headers.get("Authorization", "")
    if settings.metrics_token:
        expected = f"Bearer {settings.metrics_token}".encode()
        return compare_digest(given.encode(), expected)
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return found.is_private and _is_known(headers, settings.trusted_proxies)


def _is_known(headers: Headers, proxies: int) -> bool:
    """Whether the address is that of whoever asks: behind a proxy that nobody told us of, or that
    tells it in other words than we read, everybody has the proxy's private one."""
    if not any(name in headers for name in PASSED_ON):
        return True
    told = headers.get("X-Forwarded-For", "")
    return bool(told) and 0 < proxies <= len(told.split(","))


def init_app(app: Flask, settings: Settings) -> None:
    """Begin to measure, where METRICS is on; otherwise the library is not even loaded."""
    app.register_blueprint(bp)
    if not settings.metrics:
        return
    from lti_tool.web.measures import Measures

    measures = app.extensions["metrics"] = Measures()
    with app.app_context():
        measures.watch_pool(db.engine)
    app.before_request(_begin)
    app.after_request(_count)


def _measures() -> Measures | None:
    found: Measures | None = current_app.extensions.get("metrics")
    return found


def _may_read(settings: Settings) -> bool:
    return may_read(
        request.remote_addr or "",
        headers=request.headers,
        settings=settings,
    )


def _figures() -> list[Figure]:
    """From the rows; a scrape tells the rest where the database does not answer."""
    read_figures: Callable[[], Iterable[Figure]] = current_app.extensions[FIGURES]
    is_readable: Figure = ("mtl_rows_readable", "Whether the database could be asked.", {}, 1)
    try:
        return [is_readable, *read_figures()]
    except (SQLAlchemyError, Unavailable) as error:
        db.session.rollback()
        log.warning("figures_unreadable", reason=type(error).__name__)
        return [(*is_readable[:3], 0)]


def _begin() -> None:
    g.begun = perf_counter()


def _count(response: Response) -> Response:
    measures = _measures()
    if measures is not None and "begun" in g:
        route = request.url_rule.rule if request.url_rule else ELSEWHERE
        seconds = perf_counter() - g.begun
        measures.answer(request.method, route, response.status_code, seconds)
    return response
