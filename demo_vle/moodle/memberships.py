"""Moodle's names and roles: short role names, and active people only.

https://www.imsglobal.org/spec/lti-nrps/v2p0
"""

import json
from typing import Any

from flask import Response, request

from demo_vle.moodle.services import MEMBERSHIPS_TYPE, ServiceError, find_course, handled
from demo_vle.services.access import site
from demo_vle.state import Course, Enrolment, Person, Placement

# A non-editing teacher lacks manageactivities, and so counts as a learner here.
SHORT_ROLES = {"editingteacher": "Instructor", "manager": "Instructor"}


def show(course: str) -> Response:
    find_course(course)
    found = site().courses[course]
    placement = link_asked_for(found)
    enrolments = [each for each in found.enrolments.values() if is_listed(each)]
    people = sorted(
        (site().people[each.person_id] for each in enrolments),
        key=lambda person: (person.family_name, person.given_name),
    )
    members = [as_json(found, person, placement) for person in people]
    limit, start = request.args.get("limit", 0, type=int), request.args.get("from", 0, type=int)
    body = {
        "id": request.base_url,
        "context": {"id": found.context_id, "label": found.label, "title": found.title},
        "members": members[start : start + limit] if limit else members,
    }
    response = handled(200, json.dumps(body), MEMBERSHIPS_TYPE)
    if limit and start + limit < len(members):
        following = f"{request.base_url}?limit={limit}&from={start + limit}"
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def link_asked_for(course: Course) -> Placement | None:
    wanted = request.args.get("rlid")
    if wanted is None:
        return None
    placement = site().placements.get(wanted)
    if placement is None or placement.course_id != course.id:
        raise ServiceError(404, f"Not Found: LTI link {wanted} doesn't exist")
    return placement


def is_listed(enrolment: Enrolment) -> bool:
    """A role that Moodle does not know filters nobody out."""
    wanted = request.args.get("role", "").rpartition("#")[2]
    if enrolment.suspended:
        return False
    return wanted not in ("Learner", "Instructor") or wanted == short_role(enrolment)


def short_role(enrolment: Enrolment) -> str:
    return SHORT_ROLES.get(enrolment.role, "Learner")


def as_json(course: Course, person: Person, placement: Placement | None) -> dict[str, Any]:
    member: dict[str, Any] = {
        "status": "Active",
        "roles": [short_role(course.enrolments[person.id])],
    }
    if placement is not None:
        from demo_vle.moodle.personality import basic_outcome

        member["message"] = [
            {
                "https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest",
                "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": basic_outcome(
                    site(), placement, person
                ),
            }
        ]
    return member | {
        "user_id": person.id,
        "lis_person_sourcedid": person.sourcedid,
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "ext_user_username": person.username,
    }
