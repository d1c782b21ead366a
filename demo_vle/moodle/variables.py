"""Custom parameters and the substitution variables that Moodle knows."""

import re
from typing import Any

from demo_vle.site import Launch, Site


def custom_claim(site: Site, launch: Launch) -> dict[str, Any]:
    """The tool's own parameters win over the link's; an unknown $Variable stays as written."""
    placement = site.placements.get(launch.placement_id or "")
    written = {**(placement.custom if placement else {}), **site.the_tool().custom}
    known = variables(site, launch)
    custom: dict[str, Any] = {}
    for key, value in written.items():
        expanded = known.get(value[1:], value) if value.startswith("$") else value
        custom[mangled(key)] = expanded
        custom[key] = expanded
    custom["context_memberships_url"] = (
        f"{site.base_url}/mod/lti/services.php/CourseSection/{launch.course_id}"
        "/bindings/1/memberships"
    )
    return custom


def mangled(key: str) -> str:
    """The LTI 1.1 form of a key, which Moodle sends beside the written one."""
    return re.sub(r"[^a-z0-9]", "_", key.lower().strip())


def variables(site: Site, launch: Launch) -> dict[str, Any]:
    person, course = site.people[launch.person_id], site.courses[launch.course_id]
    placement = site.placements.get(launch.placement_id or "")
    return {
        "Context.id": course.context_id,
        "Context.title": course.title,
        "Context.label": course.label,
        "Context.id.history": course.history,
        "Context.sourcedId": course.idnumber,
        "CourseSection.title": course.title,
        "CourseSection.label": course.label,
        "CourseSection.sourcedId": course.idnumber,
        "ResourceLink.id": placement.resource_link_id if placement else None,
        "ResourceLink.title": placement.title if placement else None,
        "ResourceLink.description": placement.description if placement else None,
        "User.id": person.id,
        "User.username": person.username,
        "Person.name.full": person.name,
        "Person.name.given": person.given_name,
        "Person.name.family": person.family_name,
        "Person.email.primary": person.email,
        "Person.sourcedId": person.sourcedid,
        "Person.address.timezone": "99",
        "Membership.role": membership_role(site, launch),
        "Moodle.Person.userGroupIds": "",
    }


def membership_role(site: Site, launch: Launch) -> str:
    person, course = site.people[launch.person_id], site.courses[launch.course_id]
    if person.site_admin:
        return (
            "Instructor,urn:lti:sysrole:ims/lis/Administrator,"
            "urn:lti:instrole:ims/lis/Administrator"
        )
    role = course.role_of(person)
    return "Instructor" if role in {"editingteacher", "teacher", "manager"} else "Learner"
