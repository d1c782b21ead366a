"""Moodle's results: what the gradebook holds, with time and feedback.

https://www.imsglobal.org/spec/lti-ags/v2p0/#result-service
"""

import datetime
import json
from typing import Any

from flask import Response, request

from demo_vle.moodle.line_items import find_item, url_of
from demo_vle.moodle.services import RESULTS_TYPE, handled
from demo_vle.services.access import note_person, site
from demo_vle.state import Cell, Column, plain_number


def show(course: str, item: str) -> Response:
    column = find_item(course, item)
    if "limit" in request.args:
        # The paging of this service is broken in 4.5: it ends on the site's error page.
        return site().personality.error_page("An unexpected error has occurred")
    wanted = request.args.get("user_id")
    note_person(wanted)
    shown = [
        as_json(column, person_id, cell)
        for person_id, cell in column.cells.items()
        if cell.time is not None and wanted in (None, person_id)
    ]
    return handled(200, json.dumps(shown), RESULTS_TYPE)


def as_json(column: Column, person_id: str, cell: Cell) -> dict[str, Any]:
    url = url_of(column)
    result: dict[str, Any] = {
        "id": f"{url.replace('/lineitem?', '/lineitem/results?')}&user_id={person_id}",
        "userId": person_id,
    }
    if cell.score is not None:
        result["resultScore"] = plain_number(cell.score)
        result["resultMaximum"] = plain_number(column.maximum)
        if cell.comment:
            result["comment"] = cell.comment
        result["scoreOf"] = url
        result["timestamp"] = as_time(cell.time or 0)
    return result


def as_time(moment: float) -> str:
    return datetime.datetime.fromtimestamp(int(moment), datetime.UTC).isoformat()
