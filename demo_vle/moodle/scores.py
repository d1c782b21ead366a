"""Moodle's score service: strict about form, silent about what it does with the mark.

https://www.imsglobal.org/spec/lti-ags/v2p0/#score-publish-service
"""

import datetime
import json
import time
from typing import Any

from flask import Response, request

from demo_vle.moodle.line_items import find_item
from demo_vle.moodle.services import SCORE_TYPE, PhpCrash, handled
from demo_vle.services.access import note_person, site
from demo_vle.state import Cell, Column, Comment

REQUIRED = ("userId", "timestamp", "activityProgress", "gradingProgress")


class ScoreRefused(Exception):
    """The body is not a score that Moodle takes."""


def receive(course: str, item: str) -> Response:
    column = find_item(course, item)
    raw = request.get_data(as_text=True)
    try:
        score, posted_at = read_score(raw)
        person_id = str(score["userId"])
        note_person(person_id)
        check_gradable(course, person_id)
    except ScoreRefused:
        return refused(raw)
    with site().lock:
        return store(column, person_id, score, posted_at)


def refused(raw: str) -> Response:
    """The reason repeats the whole body; a line break in it breaks the header, and 200 remains."""
    if "\n" in raw or "\r" in raw:
        return handled(200, "[]", SCORE_TYPE)
    return handled(400, "[]", SCORE_TYPE, f"Incorrect score received{raw}")


def read_score(raw: str) -> tuple[dict[str, Any], int]:
    try:
        score = json.loads(raw)
    except ValueError:
        raise ScoreRefused from None
    if not isinstance(score, dict) or any(score.get(name) is None for name in REQUIRED):
        raise ScoreRefused
    if score.get("scoreGiven") is not None:
        if not (is_numeric(score["scoreGiven"]) and is_numeric(score.get("scoreMaximum"))):
            raise ScoreRefused
        score["scoreGiven"] = float(score["scoreGiven"])
        score["scoreMaximum"] = float(score["scoreMaximum"])
    return score, read_time(score["timestamp"])


def is_numeric(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, bool)


def read_time(value: Any) -> int:
    """Whole seconds: the rest is dropped, and a time without zone is the server's own."""
    if not isinstance(value, str):
        raise ScoreRefused
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        raise ScoreRefused from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return int(moment.timestamp())


def check_gradable(course_id: str, person_id: str) -> None:
    """Only students, suspended ones included. Anything but a number stops the database."""
    if not person_id.isdecimal():
        raise PhpCrash
    enrolment = site().courses[course_id].enrolments.get(person_id)
    if enrolment is None or enrolment.role != "student":
        raise ScoreRefused


def store(column: Column, person_id: str, score: dict[str, Any], posted_at: int) -> Response:
    cell = column.cells.get(person_id)
    if cell is not None and cell.time is not None and int(cell.time) >= posted_at:
        reason = (
            f"Refusing score with an earlier timestamp for item {column.id} and user {person_id}"
        )
        return handled(409, "[]", SCORE_TYPE, reason)
    if column.locked:
        return handled(500, "[]", SCORE_TYPE, "Internal Server Error")
    if cell is None or not cell.overridden:
        with site().change():
            write(column, column.cells.setdefault(person_id, Cell()), score, posted_at)
    return handled(200, "", SCORE_TYPE)


def write(column: Column, cell: Cell, score: dict[str, Any], posted_at: int) -> None:
    """Whatever is not fully graded, or has no score, takes the mark away."""
    given = score.get("scoreGiven") if score["gradingProgress"] == "FullyGraded" else None
    cell.maximum = column.maximum
    cell.score = None
    if given is not None and score["scoreMaximum"]:
        scaled = given * column.maximum / score["scoreMaximum"]
        cell.score = min(max(scaled, 0.0), column.maximum)
    comment = score.get("comment")
    # In PHP the text "0" is as good as empty.
    cell.comment = str(comment) if comment and comment != "0" else None
    cell.by_human = False
    if cell.score is not None:
        cell.time = posted_at
    else:
        cell.time = int(time.time()) if cell.comment else None
    cell.comments = [Comment(cell.comment, posted_at)] if cell.comment else []
