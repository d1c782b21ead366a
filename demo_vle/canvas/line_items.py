"""Canvas's line items: each is an assignment.

https://canvas.instructure.com/doc/api/line_items.html
"""

from typing import Any

from flask import Response, make_response, request

from demo_vle.canvas.services import (
    ServiceError,
    find_column,
    find_course,
    json_response,
    paged,
    read_body,
)
from demo_vle.services.access import site
from demo_vle.state import Column, Placement, plain_number

LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
KEPT = ("startDateTime", "endDateTime", "https://canvas.instructure.com/lti/submission_type")


def show_all(course_id: str) -> Response:
    columns = site().columns_of(find_course(course_id))
    return paged([as_json(each) for each in columns if is_asked_for(each)], LINE_ITEMS_TYPE)


def is_asked_for(column: Column) -> bool:
    wanted, shown = request.args, as_json(column)
    return all(
        wanted.get(asked, shown.get(name)) == shown.get(name)
        for asked, name in (
            ("tag", "tag"),
            ("resource_id", "resourceId"),
            ("resource_link_id", "resourceLinkId"),
        )
    )


def show(course_id: str, column_id: str) -> Response:
    return json_response(as_json(find_column(course_id, column_id)), LINE_ITEM_TYPE)


def add(course_id: str) -> Response:
    course, body = find_course(course_id), read_body()
    maximum = read_maximum(body)
    if not body.get("label"):
        raise ServiceError(422, "label is missing")
    link = find_link(body.get("resourceLinkId"))
    column = site().add_column(
        course,
        str(body["label"]),
        maximum,
        resource_id=str(body.get("resourceId") or ""),
        tag=str(body.get("tag") or ""),
        link=link.id if link else None,
        extra={name: body[name] for name in KEPT if name in body},
    )
    return json_response(as_json(column), LINE_ITEM_TYPE, 201)


def replace(course_id: str, column_id: str) -> Response:
    column, body = find_column(course_id, column_id), read_body()
    with site().change():
        if "scoreMaximum" in body:
            column.maximum = read_maximum(body)
        column.label = str(body.get("label") or column.label)
        column.resource_id = str(body.get("resourceId", column.resource_id) or "")
        column.tag = str(body.get("tag", column.tag) or "")
    return json_response(as_json(column), LINE_ITEM_TYPE)


def remove(course_id: str, column_id: str) -> Response:
    column = find_column(course_id, column_id)
    if column.own is not None:
        raise ServiceError(401, "The line item belongs to its assignment")
    with site().change():
        del site().columns[column.id]
    return make_response("", 204)


def read_maximum(body: dict[str, Any]) -> float:
    try:
        maximum = float(body["scoreMaximum"])
    except (KeyError, TypeError, ValueError):
        raise ServiceError(422, "scoreMaximum must be a number") from None
    if maximum < 0:
        raise ServiceError(422, "scoreMaximum must not be negative")
    return maximum


def find_link(link_id: Any) -> Placement | None:
    if link_id is None:
        return None
    for placement in site().placements.values():
        if placement.resource_link_id == link_id:
            return placement
    raise ServiceError(404, "The resource link does not exist")


def url_of(column: Column) -> str:
    return f"{site().base_url}/api/lti/courses/{column.course_id}/line_items/{column.id}"


def as_json(column: Column) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": url_of(column),
        "scoreMaximum": plain_number(column.maximum),
        "label": column.label,
        **column.extra,
    }
    if column.resource_id:
        shown["resourceId"] = column.resource_id
    if column.tag:
        shown["tag"] = column.tag
    placement = site().placements.get(column.link or "")
    if placement is not None:
        shown["resourceLinkId"] = placement.resource_link_id
    return shown
