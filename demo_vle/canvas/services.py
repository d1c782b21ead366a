"""Canvas's services: addresses, who may call, and paging.

https://canvas.instructure.com/doc/api/line_items.html
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, make_response, request

from demo_vle.personality import (
    LINE_ITEM,
    LINE_ITEM_READONLY,
    MEMBERSHIP_READONLY,
    RESULT_READONLY,
    SCORE,
)
from demo_vle.services.access import scopes_of_request, serve, site
from demo_vle.state import Column, Course

bp = Blueprint("canvas_services", __name__, url_prefix="/api/lti/courses/<course_id>")

MOST_PER_PAGE = 50
READ_ITEMS = frozenset({LINE_ITEM, LINE_ITEM_READONLY})


class ServiceError(Exception):
    """A refusal, with the message that Canvas gives."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def call(service: str, scopes: frozenset[str], answer: Callable[[], Response]) -> Response:
    """Check the caller, then answer; refusals become Canvas's JSON errors."""

    def checked() -> Response:
        try:
            check_caller(scopes)
            return answer()
        except ServiceError as refusal:
            errors = {"errors": {"type": "unprocessable_entity", "message": str(refusal)}}
            return make_response(jsonify(errors), refusal.status)

    return serve(service, checked)


def check_caller(scopes: frozenset[str]) -> None:
    # Obligatory since January 2026.
    if not request.headers.get("User-Agent"):
        raise ServiceError(403, "A User-Agent header is required")
    granted = scopes_of_request()
    if granted is None or not scopes & set(granted):
        raise ServiceError(401, "Invalid access token")


def find_course(course_id: str) -> Course:
    course = site().courses.get(course_id)
    if course is None:
        raise ServiceError(404, "The specified resource does not exist.")
    return course


def find_column(course_id: str, column_id: str) -> Column:
    find_course(course_id)
    column = site().columns.get(column_id)
    if column is None or column.course_id != course_id:
        raise ServiceError(404, "The specified resource does not exist.")
    return column


def read_body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ServiceError(400, "The body is not JSON")
    return body


def paged(entries: list[Any], media_type: str, size: int = 10) -> Response:
    """One page, and the others by Link. Its bookmarks tell capitals from small letters."""
    start = bookmark()
    size = max(1, min(request.args.get("limit", size, type=int), MOST_PER_PAGE))
    response = json_response(entries[start : start + size], media_type)
    places = {"current": start, "first": 0}
    if start + size < len(entries):
        places["next"] = start + size
    response.headers["Link"] = ",".join(
        f'<{page_url(place)}>; rel="{name}"' for name, place in places.items()
    )
    return response


def page_url(place: int) -> str:
    asked = [(key, value) for key, value in request.args.items(multi=True) if key != "page"]
    return (
        f"{request.base_url}?{urlencode([*asked, ('page', f'bookmark:WyJCb29rTWFyayJd{place}')])}"
    )


def bookmark() -> int:
    page = request.args.get("page", "bookmark:WyJCb29rTWFyayJd0")
    prefix = "bookmark:WyJCb29rTWFyayJd"
    if not page.startswith(prefix) or not page[len(prefix) :].isdecimal():
        raise ServiceError(400, "Invalid bookmark")
    return int(page[len(prefix) :])


def json_response(body: Any, media_type: str, status: int = 200) -> Response:
    return make_response(json.dumps(body), status, {"Content-Type": f"{media_type}; charset=utf-8"})


@bp.route("/line_items", methods=["GET", "POST"])
def line_items(course_id: str) -> Response:
    from demo_vle.canvas import line_items as items

    if request.method == "GET":
        return call("lineitems", READ_ITEMS, lambda: items.show_all(course_id))
    return call("lineitems", frozenset({LINE_ITEM}), lambda: items.add(course_id))


@bp.route("/line_items/<column_id>", methods=["GET", "PUT", "DELETE"])
def line_item(course_id: str, column_id: str) -> Response:
    from demo_vle.canvas import line_items as items

    if request.method == "GET":
        return call("lineitems", READ_ITEMS, lambda: items.show(course_id, column_id))
    change = items.replace if request.method == "PUT" else items.remove
    return call("lineitems", frozenset({LINE_ITEM}), lambda: change(course_id, column_id))


@bp.post("/line_items/<column_id>/scores")
def scores(course_id: str, column_id: str) -> Response:
    from demo_vle.canvas.scores import receive

    return call("scores", frozenset({SCORE}), lambda: receive(course_id, column_id))


@bp.get("/line_items/<column_id>/results")
def results(course_id: str, column_id: str) -> Response:
    from demo_vle.canvas.scores import show_results

    return call("results", frozenset({RESULT_READONLY}), lambda: show_results(course_id, column_id))


@bp.get("/names_and_roles")
def memberships(course_id: str) -> Response:
    from demo_vle.canvas.memberships import show

    return call("memberships", frozenset({MEMBERSHIP_READONLY}), lambda: show(course_id))
