"""Canvas's names and roles: full role names, and never more than fifty people a page.

https://canvas.instructure.com/doc/api/names_and_role.html
"""

import json
from typing import Any

from flask import Response, request

from demo_vle.canvas.services import MOST_PER_PAGE, ServiceError, find_course, paged
from demo_vle.services.access import site
from demo_vle.state import Course, Enrolment

MEMBERSHIPS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


def show(course_id: str) -> Response:
    course = find_course(course_id)
    check_link(course)
    members = [
        as_json(each)
        for each in course.enrolments.values()
        if not each.suspended and each.role != "teststudent"
    ]
    wanted = request.args.get("role")
    if wanted:
        members = [each for each in members if wanted in each["roles"]]
    response = paged(members, MEMBERSHIPS_TYPE, size=MOST_PER_PAGE)
    body = {
        "id": request.url,
        "context": {"id": course.context_id, "label": course.label, "title": course.title},
        "members": json.loads(response.get_data()),
    }
    response.set_data(json.dumps(body))
    return response


def check_link(course: Course) -> None:
    """`rlid` is a link of this course, or the course itself for everybody."""
    wanted = request.args.get("rlid")
    links = {each.resource_link_id for each in site().placements_of(course)}
    if wanted is not None and wanted != course.context_id and wanted not in links:
        raise ServiceError(400, "Requested ResourceLink was not found")


def as_json(enrolment: Enrolment) -> dict[str, Any]:
    from demo_vle.canvas.personality import MEMBERSHIP_ROLES

    person = site().people[enrolment.person_id]
    return {
        "status": "Active",
        "name": person.name,
        "picture": None,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "lis_person_sourcedid": person.sourcedid or None,
        "user_id": person.id,
        "lti11_legacy_user_id": None,
        "roles": list(MEMBERSHIP_ROLES.get(enrolment.role, ())),
    }
