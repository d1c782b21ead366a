"""Canvas's score and result services.

https://canvas.instructure.com/doc/api/score.html
"""

import datetime
import time
from typing import Any

from flask import Response, request

from demo_vle.canvas.line_items import url_of
from demo_vle.canvas.services import ServiceError, find_column, json_response, paged, read_body
from demo_vle.services.access import note_person, site
from demo_vle.state import Cell, Column, Comment, Person, plain_number

SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
SUBMISSION = "https://canvas.instructure.com/lti/submission"
REQUIRED = ("userId", "activityProgress", "gradingProgress", "timestamp")
ACTIVITY = frozenset({"Initialized", "Started", "InProgress", "Submitted", "Completed"})
GRADING = frozenset({"NotReady", "Failed", "Pending", "PendingManual", "FullyGraded"})
MOST_AHEAD = 60


def receive(course_id: str, column_id: str) -> Response:
    column, score = find_column(course_id, column_id), read_body()
    note_person(score.get("userId"))
    missing = [name for name in REQUIRED if score.get(name) is None]
    if missing:
        raise ServiceError(400, f"{missing[0]} is missing")
    check_values(score)
    posted_at = read_time(score["timestamp"])
    person = find_student(course_id, str(score["userId"]))
    with site().change():
        cell = column.cells.get(person.id)
        if cell is not None and cell.time is not None and cell.time > posted_at:
            raise ServiceError(400, "The result was updated after this timestamp")
        check_attempts(column, cell, score)
        write(column, column.cells.setdefault(person.id, Cell()), score, posted_at)
    return json_response({"resultUrl": f"{url_of(column)}/results/{person.number}"}, SCORE_TYPE)


def check_values(score: dict[str, Any]) -> None:
    if score["activityProgress"] not in ACTIVITY or score["gradingProgress"] not in GRADING:
        raise ServiceError(400, "activityProgress or gradingProgress is unknown")
    if score.get("scoreGiven") is None:
        return
    try:
        given, maximum = float(score["scoreGiven"]), float(score.get("scoreMaximum") or 0)
    except (TypeError, ValueError):
        raise ServiceError(422, "scoreGiven and scoreMaximum must be numbers") from None
    if maximum <= 0:
        raise ServiceError(422, "ScoreMaximum must be greater than 0")
    if given < 0:
        raise ServiceError(422, "ScoreGiven must be greater than or equal to 0")


def read_time(value: Any) -> float:
    try:
        moment = datetime.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ServiceError(400, "Provided timestamp is not a valid ISO8601 time") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moment.timestamp()


def find_student(course_id: str, person_id: str) -> Person:
    """By the LTI id or by the number; anyone else cannot be graded."""
    course = site().courses[course_id]
    for person in site().people.values():
        if person_id in (person.id, person.number):
            if course.role_of(person) in ("student", "teststudent"):
                return person
            break
    raise ServiceError(422, "User not found in course or is not a student")


def opens_attempt(score: dict[str, Any]) -> bool:
    """Unless told otherwise, work that is handed in is a new attempt."""
    extension = score.get(SUBMISSION) or {}
    handed_in = score["activityProgress"] in ("Submitted", "Completed")
    return handed_in and extension.get("new_submission", True) is not False


def check_attempts(column: Column, cell: Cell | None, score: dict[str, Any]) -> None:
    allowed = column.extra.get("allowed_attempts")
    used = len(cell.submissions) if cell else 0
    if allowed is not None and used >= allowed and opens_attempt(score):
        raise ServiceError(422, "The maximum number of allowed attempts has been reached")


def write(column: Column, cell: Cell, score: dict[str, Any], posted_at: float) -> None:
    extension = score.get(SUBMISSION) or {}
    opened = attempt(score, extension, posted_at) if opens_attempt(score) else None
    cell.maximum = column.maximum
    if not (cell.by_human and extension.get("prioritize_non_tool_grade")):
        write_mark(column, cell, score, bool(extension.get("preserve_score")))
    if opened is not None:
        cell.submissions.append(opened)
    comment = score.get("comment")
    if comment:
        # Each post adds one more; nothing ever takes a comment away.
        cell.comments.append(Comment(str(comment), posted_at))
        cell.comment = str(comment)
    cell.time = posted_at


def write_mark(column: Column, cell: Cell, score: dict[str, Any], preserve: bool) -> None:
    given = score.get("scoreGiven")
    if given is not None and score["gradingProgress"] in ("FullyGraded", "PendingManual"):
        cell.score = float(given) * column.maximum / float(score["scoreMaximum"])
        cell.by_human = False
    elif not preserve:
        cell.score = None


def attempt(score: dict[str, Any], extension: dict[str, Any], posted_at: float) -> dict[str, Any]:
    said = (score.get("submission") or {}).get("submittedAt") or extension.get("submitted_at")
    submitted_at = read_time(said) if said else posted_at
    if submitted_at > time.time() + MOST_AHEAD:
        raise ServiceError(400, "Provided submitted_at timestamp is in the future")
    return {
        "submitted_at": submitted_at,
        "type": extension.get("submission_type", "external_tool"),
        "data": extension.get("submission_data"),
    }


def show_results(course_id: str, column_id: str) -> Response:
    """No time and no comment: a result cannot tell who graded, or when."""
    column = find_column(course_id, column_id)
    wanted = request.args.get("user_id")
    note_person(wanted)
    shown = []
    for person_id, cell in column.cells.items():
        person = site().people[person_id]
        if wanted is not None and wanted not in (person.id, person.number):
            continue
        result: dict[str, Any] = {
            "id": f"{url_of(column)}/results/{person.number}",
            "scoreOf": url_of(column),
            "userId": person.id,
        }
        if cell.score is not None:
            result["resultScore"] = plain_number(cell.score)
            result["resultMaximum"] = plain_number(column.maximum)
        shown.append(result)
    return paged(shown, RESULTS_TYPE)
