"""Moodle's line items, with their odd sides.

https://www.imsglobal.org/spec/lti-ags/v2p0/#line-item-service
"""

import html
import json
from typing import Any

from flask import Response, make_response, request

from demo_vle.moodle.services import (
    LINE_ITEM_TYPE,
    LINE_ITEMS_TYPE,
    PhpCrash,
    ServiceError,
    find_course,
    handled,
)
from demo_vle.services.access import site
from demo_vle.state import Column, plain_number

LONGEST_LABEL = 255


def show_all(course: str) -> Response:
    find_course(course)
    columns = [column for column in site().columns.values() if is_asked_for(column, course)]
    limit = request.args.get("limit", type=int)
    shown, links = columns, ""
    if limit:
        start = request.args.get("from", 0, type=int)
        shown, links = columns[start : start + limit], page_links(len(columns), start, limit)
    body = json.dumps([as_json(each) for each in shown])
    response = handled(200, body, LINE_ITEMS_TYPE)
    if links:
        response.headers["Link"] = links.encode().decode("latin-1")
    return response


def is_asked_for(column: Column, course: str) -> bool:
    wanted = request.args
    return (
        column.course_id == course
        and wanted.get("resource_id", column.resource_id) == column.resource_id
        and wanted.get("tag", column.tag) == column.tag
        and wanted.get("resource_link_id", column.link) == column.link
    )


def page_links(total: int, start: int, limit: int) -> str:
    """Moodle writes the quotation marks curly and the ampersands escaped: no parser likes it."""
    pages = {"first": 0, "prev": start - limit, "canonical": start}
    pages |= {"next": start + limit, "last": total - total % limit}
    if start == 0:
        del pages["prev"]
    if start + limit >= total:
        del pages["next"]
    base = f"{request.base_url}?type_id=1&limit={limit}&from="
    return ", ".join(
        f"<{html.escape(base + str(max(0, place)))}>; rel=“{name}”" for name, place in pages.items()
    )


def show(course: str, item: str) -> Response:
    return handled(200, json.dumps(as_json(find_item(course, item))), LINE_ITEM_TYPE)


def add(course: str) -> Response:
    find_course(course)
    body = read_body()
    if "label" not in body or "scoreMaximum" not in body:
        raise ServiceError(400, "No label or Score Maximum")
    maximum = number(body["scoreMaximum"])
    link = body.get("resourceLinkId")
    if link is not None and str(link) not in site().placements:
        raise ServiceError(403, "Forbidden")
    check_label(body["label"])
    column = site().add_column(
        site().courses[course],
        str(body["label"]),
        maximum,
        resource_id=str(body.get("resourceId", "")),
        tag=str(body.get("tag", "")),
        link=str(link) if link is not None else None,
    )
    # What was posted comes back as it was; only some of it was kept.
    return handled(201, json.dumps({**body, "id": url_of(column)}), LINE_ITEM_TYPE, "Created")


def replace(course: str, item: str) -> Response:
    """PUT: whatever is left out is blanked, the tie to the activity too."""
    column = find_item(course, item)
    body = read_body()
    if "label" not in body or "scoreMaximum" not in body:
        raise ServiceError(400, "Bad Request")
    maximum = number(body["scoreMaximum"])
    check_label(body["label"])
    link = body.get("resourceLinkId")
    if link is not None and str(link) not in site().placements:
        raise ServiceError(403, "Forbidden")
    with site().change():
        rescale(column, maximum)
        column.label = str(body["label"])
        column.resource_id = str(body.get("resourceId", ""))
        column.tag = str(body.get("tag", ""))
        column.link = str(link) if link is not None else None
    return handled(200, json.dumps({**body, "id": url_of(column)}), LINE_ITEM_TYPE)


def remove(course: str, item: str) -> Response:
    """DELETE destroys the activity's own column just as readily."""
    column = find_item(course, item)
    with site().change():
        del site().columns[column.id]
    response = make_response("", 204, {"Content-Type": "text/html; charset=utf-8"})
    response.status = "204 OK"
    return response


def find_item(course: str, item: str) -> Column:
    find_course(course)
    column = site().columns.get(item)
    if column is None or column.course_id != course:
        raise ServiceError(404, f"Not Found: Grade item {item} doesn't exist")
    return column


def read_body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ServiceError(400, "Bad Request")
    return body


def number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ServiceError(400, "Bad Request") from None


def check_label(label: Any) -> None:
    if len(str(label)) > LONGEST_LABEL:
        raise PhpCrash


def rescale(column: Column, maximum: float) -> None:
    if column.maximum and maximum != column.maximum:
        for cell in column.cells.values():
            if cell.score is not None:
                cell.score = cell.score * maximum / column.maximum
            cell.maximum = maximum
    column.maximum = maximum


def url_of(column: Column) -> str:
    return (
        f"{site().base_url}/mod/lti/services.php/{column.course_id}"
        f"/lineitems/{column.id}/lineitem?type_id=1"
    )


def as_json(column: Column) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": url_of(column),
        "label": column.label,
        "scoreMaximum": plain_number(column.maximum),
        "resourceId": column.resource_id,
        "tag": column.tag,
    }
    if column.link is not None:
        shown |= {"resourceLinkId": column.link, "ltiLinkId": column.link}
    return shown
