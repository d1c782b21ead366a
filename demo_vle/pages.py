"""The platform's pages for people: who there is, a course with its links, the gradebook."""

import datetime
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from demo_vle.launching import person_of_request, site
from demo_vle.sessions import current_session
from demo_vle.state import Course, Person, plain_number

bp = Blueprint("pages", __name__)

# Roles in the order in which a page lists them; others follow.
ROLE_ORDER = ("student", "coach", "observer", "editingteacher", "teacher", "manager", "designer")
OFF_SECONDS = 60


@bp.app_template_filter("mark")
def show_mark(value: float) -> str:
    return str(plain_number(value))


@bp.app_template_filter("moment")
def show_moment(value: float) -> str:
    moment = datetime.datetime.fromtimestamp(value, datetime.UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M:%S} UTC"


@bp.app_template_filter("assignment_date")
def show_assignment_date(written: str) -> str:
    moment = datetime.datetime.fromisoformat(written).astimezone(datetime.UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


@bp.before_request
def open_session() -> None:
    current_session()


@bp.get("/")
def people() -> str:
    listed = [(course, groups_of(course)) for course in site().courses.values()]
    return render_template("people.html", title="People", courses=listed)


def groups_of(course: Course) -> list[tuple[str, list[Person]]]:
    groups: dict[str, list[Person]] = {}
    for enrolment in course.enrolments.values():
        groups.setdefault(enrolment.role, []).append(site().people[enrolment.person_id])
    order = [*(each for each in ROLE_ORDER if each in groups), *sorted(set(groups) - {*ROLE_ORDER})]
    return [(role_title(role), groups[role]) for role in order]


def role_title(role: str | None) -> str:
    return site().personality.roles.get(role or "", role or "Not in this course")


@bp.get("/courses/<course_id>")
def course(course_id: str) -> str:
    """The course as one person sees it, with a link or the choice of content in a frame."""
    found, person = find_course(course_id), person_of_request()
    placements = site().placements_of(found)
    opened = next((each for each in placements if each.id == request.args.get("open")), None)
    return render_template(
        "course.html",
        title=found.title,
        course=found,
        person=person,
        role=role_title(found.role_of(person)),
        placements=placements,
        opened=opened,
        for_user=request.args.get("for_user"),
        selecting="select" in request.args and site().personality.may_author(found, person),
        may_author=site().personality.may_author(found, person),
    )


@bp.get("/courses/<course_id>/gradebook")
def gradebook(course_id: str) -> str:
    found, person = find_course(course_id), person_of_request()
    return gradebook_page(found, person)


def gradebook_page(found: Course, person: Person, problem: str = "") -> str:
    """Tutors see everyone; everybody else sees their own line."""
    grades = site().personality.may_grade(found, person)
    students = [
        site().people[each.person_id]
        for each in found.enrolments.values()
        if each.role == "student" and (grades or each.person_id == person.id)
    ]
    return render_template(
        "gradebook.html",
        title="Gradebook",
        course=found,
        person=person,
        role=role_title(found.role_of(person)),
        students=sorted(students, key=lambda each: (each.family_name, each.given_name)),
        columns=site().columns_of(found),
        may_grade=grades,
        problem=problem,
        typed=request.form,
    )


@bp.post("/courses/<course_id>/gradebook/override")
def override(course_id: str) -> AnyResponse:
    """The tutor's own mark, typed into the gradebook."""
    found, person = find_course(course_id), tutor_of_request(course_id)
    column = site().columns.get(request.form.get("column", ""))
    student = site().people.get(request.form.get("student", ""))
    try:
        mark = float(request.form.get("mark", ""))
    except ValueError:
        mark = -1
    if column is None or student is None or not 0 <= mark <= column.maximum:
        problem = "Choose a participant and a column, and give a mark within the column’s maximum."
        return make_response(gradebook_page(found, person, problem), 400)
    site().override(column, student, mark, request.form.get("feedback", "").strip() or None)
    return to_gradebook(found, person)


@bp.post("/courses/<course_id>/gradebook/lock")
def lock(course_id: str) -> AnyResponse:
    found, person = find_course(course_id), tutor_of_request(course_id)
    column = site().columns.get(request.form.get("column", "")) or abort(404)
    site().set_locked(column, not column.locked)
    return to_gradebook(found, person)


@bp.post("/courses/<course_id>/gradebook/switch")
def switch(course_id: str) -> AnyResponse:
    """Try out what the tool does while the gradebook is away."""
    found, person = find_course(course_id), tutor_of_request(course_id)
    if site().is_gradebook_off():
        site().gradebook_on()
    else:
        site().gradebook_off(OFF_SECONDS)
    return to_gradebook(found, person)


@bp.get("/enrol/index.php")
def enrol() -> str:
    """Where Moodle leads people who are not, or no longer, in a course."""
    message = "You are not enrolled in this course, so its links stay closed to you."
    return render_template("error.html", title="Enrolment options", message=message)


@bp.get("/mod/lti/return.php")
def come_back() -> AnyResponse:
    """Where a tool sends people when they leave it."""
    message = (
        request.args.get("lti_errormsg") or request.args.get("lti_msg") or "You left the tool."
    )
    return make_response(render_template("error.html", title="Back again", message=message))


def find_course(course_id: str) -> Course:
    found: Course = site().courses.get(course_id) or abort(404)
    return found


def tutor_of_request(course_id: str) -> Person:
    person = person_of_request()
    if not site().personality.may_grade(find_course(course_id), person):
        abort(403)
    return person


def to_gradebook(found: Course, person: Person) -> Response:
    address = url_for("pages.gradebook", course_id=found.id)
    response = redirect(f"{address}?{urlencode({'as': person.id})}", 303)
    assert isinstance(response, Response)
    return response
