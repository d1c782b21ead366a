"""Moodle's services.php: finds the resource by path and media type, as strictly as Moodle does."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, make_response, request

from demo_vle.personality import (
    LINE_ITEM,
    LINE_ITEM_READONLY,
    MEMBERSHIP_READONLY,
    RESULT_READONLY,
    SCORE,
)
from demo_vle.services.access import scopes_of_request, serve, site

bp = Blueprint("moodle_services", __name__)

LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
MEMBERSHIPS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n"
    "</body>\r\n</html>\r\n"
)


class ServiceError(Exception):
    """A refusal in Moodle's words; the words become the reason phrase of the answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class PhpCrash(Exception):
    """PHP died: the web server in front answers in its place."""


Handler = Callable[..., Response]


@dataclass(frozen=True)
class Resource:
    """One kind of address: what it is called, what it reads and writes, who may."""

    service: str
    pattern: re.Pattern[str]
    media_types: tuple[str, ...]
    methods: dict[str, tuple[frozenset[str], Handler]]


def resources() -> list[Resource]:
    from demo_vle.moodle import line_items, memberships, results, scores

    items = r"^/(?P<course>\d+)/lineitems"
    item = items + r"/(?P<item>\d+)/lineitem"
    both, write = frozenset({LINE_ITEM, LINE_ITEM_READONLY}), frozenset({LINE_ITEM})
    return [
        Resource(
            "lineitems",
            re.compile(items + "$"),
            (LINE_ITEMS_TYPE, LINE_ITEM_TYPE),
            {"GET": (both, line_items.show_all), "POST": (write, line_items.add)},
        ),
        Resource(
            "lineitems",
            re.compile(item + "$"),
            (LINE_ITEM_TYPE,),
            {
                "GET": (both, line_items.show),
                "PUT": (write, line_items.replace),
                "DELETE": (write, line_items.remove),
            },
        ),
        Resource(
            "scores",
            re.compile(item + "/scores$"),
            (SCORE_TYPE,),
            {"POST": (frozenset({SCORE}), scores.receive)},
        ),
        Resource(
            "results",
            re.compile(item + "/results$"),
            (RESULTS_TYPE,),
            {"GET": (frozenset({RESULT_READONLY}), results.show)},
        ),
        Resource(
            "memberships",
            re.compile(r"^/CourseSection/(?P<course>\d+)/bindings/\d+/memberships$"),
            (MEMBERSHIPS_TYPE,),
            {"GET": (frozenset({MEMBERSHIP_READONLY}), memberships.show)},
        ),
    ]


@bp.route("/mod/lti/services.php/<path:path>", methods=["GET", "POST", "PUT", "DELETE"])
def serve_path(path: str) -> Response:
    fitting = [each for each in resources() if each.pattern.match("/" + path)]
    service = fitting[0].service if fitting else "unknown"
    return serve(service, lambda: answer("/" + path, fitting))


def answer(path: str, fitting: list[Resource]) -> Response:
    try:
        resource = choose(path, fitting)
        if request.method not in resource.methods:
            raise ServiceError(405, "Method Not Allowed")
        wanted, handler = resource.methods[request.method]
        scopes = scopes_of_request()
        if scopes is None or not wanted & set(scopes):
            raise ServiceError(401, "Unauthorized")
        found = resource.pattern.match(path)
        assert found is not None
        return handler(**found.groupdict())
    except ServiceError as refusal:
        return error_response(refusal)
    except PhpCrash:
        return make_response(BAD_GATEWAY, 502, {"Content-Type": "text/html"})


def choose(path: str, fitting: list[Resource]) -> Resource:
    """GET is chosen by Accept and everything else by Content-Type; both must fit exactly."""
    is_get = request.method == "GET"
    accept = request.headers.get("Accept", "") if is_get else ""
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip()
    for resource in fitting:
        if is_get and "*/*" in accept:
            raise ServiceError(400, "No context or unsupported content type")
        wanted = accept if is_get else content_type
        if not wanted or wanted in resource.media_types:
            return resource
    shown = "" if is_get else content_type
    raise ServiceError(400, f"No handler found for {path} {accept} {shown}")


def error_response(refusal: ServiceError) -> Response:
    body = {
        "status": refusal.status,
        "reason": refusal.reason,
        "request": {
            "method": request.method,
            "url": request.full_path.rstrip("?"),
            "accept": request.headers.get("Accept", ""),
            "contentType": request.headers.get("Content-Type", ""),
        },
    }
    response = jsonify(body)
    response.headers["Content-Type"] = "application/json; charset=utf-8"
    response.status = status_line(refusal.status, refusal.reason.rstrip())
    return response


def status_line(status: int, reason: str) -> str:
    """Moodle sends its reason as UTF-8, which HTTP libraries hand on as Latin-1."""
    return f"{status} {reason}".encode().decode("latin-1")


def handled(status: int, body: str, media_type: str, reason: str = "OK") -> Response:
    """An answer that Moodle's handlers give themselves, with the type they were asked for."""
    response = make_response(body, status, {"Content-Type": f"{media_type}; charset=utf-8"})
    response.status = status_line(status, reason)
    return response


def find_course(course_id: str) -> None:
    if course_id not in site().courses:
        raise ServiceError(404, f"Not Found: Course {course_id} doesn't exist")
