"""Custom parameters and the substitution variables that Canvas knows."""

from typing import Any

from demo_vle.site import Launch, Site


def custom_claim(site: Site, launch: Launch) -> dict[str, Any]:
    """The link's own parameters come last and win; an unknown $Variable stays as written."""
    placement = site.placements.get(launch.placement_id or "")
    written = {**site.the_tool().custom, **(placement.custom if placement else {})}
    known = variables(site, launch)
    return {
        key: known.get(value[1:], value) if value.startswith("$") else value
        for key, value in written.items()
    }


def variables(site: Site, launch: Launch) -> dict[str, Any]:
    person, course = site.people[launch.person_id], site.courses[launch.course_id]
    placement = site.placements.get(launch.placement_id or "")
    return {
        "Canvas.course.id": int(course.id),
        "Canvas.course.name": course.title,
        "Canvas.course.sisSourceId": course.idnumber,
        "Canvas.user.id": int(person.number),
        "Canvas.user.loginId": person.username,
        "Canvas.user.sisSourceId": person.sourcedid,
        "Canvas.api.domain": site.base_url.partition("//")[2],
        "Canvas.environment.test": False,
        "Context.id": course.context_id,
        "Context.title": course.title,
        "Context.label": course.label,
        "Context.id.history": course.history,
        "ResourceLink.id": placement.resource_link_id if placement else None,
        "ResourceLink.title": placement.title if placement else None,
        "Person.name.full": person.name,
        "Person.name.given": person.given_name,
        "Person.name.family": person.family_name,
        "Person.email.primary": person.email,
        "Person.sourcedId": person.sourcedid,
        "User.id": person.id,
        "User.username": person.username,
    }
