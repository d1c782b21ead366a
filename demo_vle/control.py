"""The platform's handles for tests and demos in another process; they trust whoever is here."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from demo_vle.launching import site
from demo_vle.state import Course, Person

bp = Blueprint("control", __name__, url_prefix="/control")


def asked() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        abort(400)
    return body


@bp.errorhandler(KeyError)
def say_what_is_missing(problem: KeyError) -> tuple[Response, int]:
    return jsonify(error=f"The field {problem} is missing."), 400


def the_course(course_id: Any) -> Course:
    found: Course = site().courses.get(str(course_id)) or abort(404)
    return found


def the_person(person_id: Any) -> Person:
    found: Person = site().people.get(str(person_id)) or abort(404)
    return found


@bp.get("/registration")
def registration() -> Response:
    return jsonify(site().registration())


@bp.get("/courses")
def courses() -> Response:
    return jsonify([asdict(each) for each in site().courses.values()])


@bp.post("/courses")
def add_course() -> Response:
    body = asked()
    added = site().add_course(body["title"], body["label"], idnumber=body.get("idnumber", ""))
    return jsonify(asdict(added))


@bp.get("/people")
def people() -> Response:
    return jsonify([asdict(each) for each in site().people.values()])


@bp.post("/people")
def add_person() -> Response:
    body = asked()
    details = {
        name: body[name] for name in ("username", "sourcedid", "note", "site_admin") if name in body
    }
    return jsonify(asdict(site().add_person(body["name"], body["email"], **details)))


@bp.post("/enrolments")
def enrol() -> Response:
    body = asked()
    enrolment = site().enrol(
        the_person(body["person"]),
        the_course(body["course"]),
        body["role"],
        suspended=bool(body.get("suspended")),
        observees=[the_person(each) for each in body.get("observees", [])],
    )
    return jsonify(asdict(enrolment))


@bp.get("/placements")
def placements() -> Response:
    return jsonify([asdict(each) for each in site().placements.values()])


@bp.post("/placements")
def place() -> Response:
    body = asked()
    placement = site().place(
        the_course(body["course"]),
        body["title"],
        custom=body.get("custom"),
        line_item=body.get("line_item"),
        url=body.get("url"),
        description=body.get("description", ""),
    )
    return jsonify(asdict(placement))


@bp.post("/faults")
def faults() -> Response:
    """Add one fault, or take all away with {"clear": true}."""
    body = asked()
    if body.pop("clear", False):
        site().faults.clear(body.get("service"))
        return jsonify(cleared=True)
    return jsonify(asdict(site().faults.add(**body)))


@bp.get("/gradebook")
def gradebook() -> Response:
    course = the_course(request.args.get("course"))
    return jsonify([asdict(each) for each in site().columns_of(course)])


@bp.post("/gradebook/off")
def gradebook_off() -> Response:
    site().gradebook_off(float(asked().get("seconds", 60)))
    return jsonify(off=True)


@bp.post("/gradebook/on")
def gradebook_on() -> Response:
    site().gradebook_on()
    return jsonify(off=False)


@bp.post("/override")
def override() -> Response:
    body = asked()
    column = site().columns.get(str(body["column"])) or abort(404)
    cell = site().override(column, the_person(body["person"]), body["score"], body.get("feedback"))
    return jsonify(asdict(cell))


@bp.get("/requests")
def requests() -> Response:
    """What the tool has asked for so far, in order."""
    return jsonify([tuple(each) for each in site().requests])
