"""Courses, links and services as launches tell of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, select

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import NotFound
from lti_tool.launch import registrations
from lti_tool.launch.claims import Launch, Named
from lti_tool.launch.destinations import LARGEST_ID, MODULE
from lti_tool.launch.models import SETTLED, CourseServices, Deployment, FrameOrigin, ResourceLink
from lti_tool.people.models import Course


@dataclass(frozen=True)
class Known:
    """What is stored already of the course and the link of a launch."""

    course: Course | None = None
    link: ResourceLink | None = None
    services: CourseServices | None = None


# One query, and built once: it is part of every launch.
KNOWN = (
    select(Course, ResourceLink, CourseServices)
    .outerjoin(
        ResourceLink,
        and_(
            ResourceLink.course_id == Course.id,
            ResourceLink.resource_link_id == bindparam("link"),
        ),
    )
    .outerjoin(CourseServices, CourseServices.course_id == Course.id)
    .where(Course.deployment_id == bindparam("deployment"), Course.context == bindparam("context"))
)


def find_known(deployment: Deployment, launch: Launch) -> Known:
    """What earlier launches have told of the course and the link of this one."""
    assert launch.context is not None
    asked = {
        "deployment": deployment.id,
        "context": launch.context.id,
        "link": launch.link.id if launch.link else None,
    }
    found = db.session.execute(KNOWN, asked).one_or_none()
    if found is None or (launch.link is not None and found.ResourceLink is None):
        registrations.take_turns(deployment.registration_id)
        found = db.session.execute(KNOWN, asked).one_or_none()
    return Known(*found) if found else Known()


def ensure_course(known: Known, deployment: Deployment, context: Named) -> Course:
    """The course of a launch; its title follows the platform's."""
    course = known.course
    if course is None:
        course = Course(
            provider_id=deployment.registration.provider_id,
            registration_id=deployment.registration_id,
            deployment_id=deployment.id,
            context=context.id,
            title=context.title or "Untitled course",
            created_at=now(),
        )
        db.session.add(course)
        db.session.flush()
    elif context.title and course.title != context.title:
        course.title = context.title
    return course


def ensure_services(known: Known, course: Course, launch: Launch) -> None:
    """Where the course's gradebook and roster answer; the newest launch that says so counts."""
    if not (launch.lineitems_url or launch.memberships_url):
        return
    services = known.services
    if services is None:
        services = CourseServices(course_id=course.id, scopes=[], updated_at=now())
        db.session.add(services)
    said = (launch.lineitems_url, list(launch.scopes)) if launch.lineitems_url else None
    lineitems_url, scopes = said or (services.lineitems_url, services.scopes)
    memberships_url = launch.memberships_url or services.memberships_url
    newest = (lineitems_url, scopes, memberships_url)
    if newest != (services.lineitems_url, services.scopes, services.memberships_url):
        services.lineitems_url, services.scopes, services.memberships_url = newest
        services.updated_at = now()


def get_services(course_id: int) -> CourseServices:
    """The services of a course. Raises NotFound where no launch has told of any."""
    found = db.session.get(CourseServices, course_id)
    if found is None:
        raise NotFound("The VLE has not told the tool where this course's gradebook is.")
    return found


def find_module_link(course_id: int, module_code: str) -> ResourceLink | None:
    """The link that opens a module in a course; one with a gradebook column comes first.

    One that nobody has confirmed since it came with a copy of another course is none yet.
    """
    return db.session.scalars(
        select(ResourceLink)
        .where(
            ResourceLink.course_id == course_id,
            ResourceLink.opens == MODULE,
            ResourceLink.module_code == module_code,
            ResourceLink.state.in_(SETTLED),
        )
        .order_by(ResourceLink.lineitem_url.is_(None), ResourceLink.id.desc())
        .limit(1)
    ).one_or_none()


def waits_for_tutor(course_id: int, module_code: str) -> bool:
    """Whether a module has a link here, but only such as came with a copy of another course."""
    states = set(
        db.session.scalars(
            select(ResourceLink.state).where(
                ResourceLink.course_id == course_id,
                ResourceLink.opens == MODULE,
                ResourceLink.module_code == module_code,
            )
        )
    )
    return "copied" in states and states.isdisjoint(SETTLED)


def list_links(course_id: int) -> list[ResourceLink]:
    """What is placed in a course, as far as somebody has opened it."""
    return list(
        db.session.scalars(
            select(ResourceLink)
            .where(ResourceLink.course_id == course_id)
            .order_by(ResourceLink.id)
        )
    )


def frame_origins_of_course(course_id: int) -> list[str]:
    """Who may show a course's pages in a frame, for those that nobody is signed in to see."""
    if course_id > LARGEST_ID:
        return []
    query = (
        select(FrameOrigin.origin)
        .join(Course, Course.registration_id == FrameOrigin.registration_id)
        .where(Course.id == course_id)
    )
    return list(db.session.scalars(query))
