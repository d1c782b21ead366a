"""A verified launch is written down: course, link, services, person. Safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select

from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.identity import STAFF, Role, Viewer
from lti_tool.launch import courses, invitations, links, registrations
from lti_tool.launch.claims import SUBMISSION_REVIEW, Launch
from lti_tool.launch.destinations import COACH_EVIDENCE, Destination
from lti_tool.launch.models import Deployment, Registration
from lti_tool.launch.roles import TEST_USER, load_roles
from lti_tool.launch.verdicts import BadLaunch, switched_off
from lti_tool.people.models import Course, CourseMember, Participant, User
from lti_tool.people.users import (
    Arrival,
    admit,
    find_user_by_identity,
    users_of_subjects,
)


@dataclass(frozen=True)
class Landing:
    """Where a person arrives: plain values, to be used after the commit."""

    viewer: Viewer
    deployment_row: int
    frame_origins: tuple[str, ...]
    destination: Destination
    link_id: int | None = None
    unsettled_link_id: int | None = None  # the link of which this tutor is asked what it is
    participant_id: int | None = None  # whose submission is to be reviewed


@dataclass(frozen=True)
class Welcome:
    """A person who is not let into a course, with the reason; no error of anybody."""

    code: str
    heading: str
    sentence: str


@dataclass(frozen=True)
class KnownCourse:
    """A course in which this person was met before."""

    course_id: int
    title: str
    role: Role


def find_approved(registration_id: int, launch: Launch) -> Deployment | None:
    """The deployment of a launch; an unknown one is kept for approval and gives None.

    Raises BadLaunch where the operator has switched the platform off since the login.
    """
    deployment = registrations.find_deployment(registration_id, launch.deployment_id)
    if deployment is None:
        registration = registrations.get_registration(registration_id)
        _check_enabled(registration)
        deployment = invitations.meet(registration, launch.deployment_id)
    else:
        _check_enabled(deployment.registration)
    return deployment if deployment.approved_at else None


def _check_enabled(registration: Registration) -> None:
    if registration.disabled_at is not None:
        raise switched_off()


def turned_away(launch: Launch) -> Welcome | None:
    """Why this person has no place in the tool, or None where they have one."""
    if TEST_USER in launch.roles:
        return Welcome(
            "test_user",
            "This is a test student",
            "The tool keeps records of real participants only. Leave the student view, then open "
            "the link as yourself.",
        )
    if load_roles().role_of(launch.roles) is None:
        return Welcome(
            "role_unknown",
            "You do not have a role in this course yet",
            "Your VLE did not say that you are a participant, a coach or a tutor here. Ask the "
            "person who runs the course to give you one of these roles, then open the link again.",
        )
    return None


def arrive(deployment: Deployment, launch: Launch) -> Landing:
    """Write down what the launch tells, and let the person in."""
    context, registration = launch.context, deployment.registration
    assert context is not None
    if registration.product == "canvas" and launch.link and launch.link.id == context.id:
        # So it says that there is no link, as in the course navigation. Elsewhere links and courses
        # are numbered apart, and the same number means nothing.
        launch = replace(launch, link=None)
    known = courses.find_known(deployment, launch)
    course = courses.ensure_course(known, deployment, context)
    opening = links.ensure_link(known, course, launch)
    courses.ensure_services(known, course, launch)
    addresses = _addresses(registration, launch)
    registrations.learn_frame_origins(registration, addresses, source="learned")
    viewer = admit(_arrival(launch), course, as_coach=opening.destination.page == COACH_EVIDENCE)
    _note_launch(registration)
    return Landing(
        viewer=replace(viewer, scope=scope_of(registration.id, launch)),
        deployment_row=deployment.id,
        frame_origins=tuple(registrations.frame_origins_of(registration)),
        destination=opening.destination,
        link_id=opening.link_id,
        unsettled_link_id=opening.unsettled_link_id if viewer.is_staff else None,
        participant_id=_reviewed(registration, launch),
    )


def known_courses(registration_id: int, launch: Launch) -> tuple[User | None, list[KnownCourse]]:
    """Courses that a launch without a course may open: those in which the person was met before.

    As participant or coach only: what somebody was in a course says nothing of what they are in it
    now, and whoever was staff there would see other people's work.
    """
    user = find_user_by_identity(registration_id, launch.subject)
    if user is None:
        return None, []
    rows = db.session.execute(
        select(Course, CourseMember.role)
        .join(CourseMember, CourseMember.course_id == Course.id)
        .where(
            CourseMember.user_id == user.id,
            CourseMember.last_launch_at.is_not(None),
            CourseMember.left_at.is_(None),
            CourseMember.role.not_in(STAFF),
            Course.registration_id == registration_id,
        )
        .order_by(CourseMember.last_launch_at.desc())
        .limit(50)
    ).all()
    return user, [KnownCourse(course.id, course.title, Role(role)) for course, role in rows]


def scope_of(registration_id: int, launch: Launch) -> tuple[int, ...] | None:
    """The users whom the platform names as those this person mentors; None where it names none."""
    if launch.mentor_scope is None:
        return None
    return tuple(users_of_subjects(registration_id, launch.mentor_scope))


def check_staff(launch: Launch) -> None:
    """Placing links and reviewing work is for staff. Raises BadLaunch."""
    if load_roles().role_of(launch.roles) not in STAFF:
        raise BadLaunch(
            "not_staff",
            "Only tutors and programme leads can do this in the tool.",
            status=403,
            heading="This is for tutors",
        )


def frame_origins(registration_id: int, launch: Launch) -> list[str]:
    """Who may frame a page for this launch, of which nothing is written down yet."""
    registration = registrations.get_registration(registration_id)
    return registrations.frame_origins_with(registration, _addresses(registration, launch))


def _arrival(launch: Launch) -> Arrival:
    return Arrival(
        subject=launch.subject,
        name=launch.name,
        email=launch.email,
        role=load_roles().role_of(launch.roles),
    )


def _note_launch(registration: Registration) -> None:
    """For `platforms check`. To the minute: people who launch at once need not wait for the row."""
    last = registration.last_launch_at
    if last is None or now() - last > timedelta(minutes=1):
        registration.last_launch_at = now()


def _addresses(registration: Registration, launch: Launch) -> tuple[str | None, ...]:
    return (
        registration.auth_login_url,
        launch.return_url,
        launch.lineitems_url,
        launch.memberships_url,
        launch.deep_linking.return_url if launch.deep_linking else None,
    )


def _reviewed(registration: Registration, launch: Launch) -> int | None:
    if launch.message_type != SUBMISSION_REVIEW or launch.for_user is None:
        return None
    user = find_user_by_identity(registration.id, launch.for_user)
    participant_id: int | None = None
    if user is not None:
        query = select(Participant.id).where(Participant.user_id == user.id)
        participant_id = db.session.scalar(query)
    if participant_id is None:
        raise BadLaunch(
            "review_of_nobody",
            "This person has not opened the tool yet, so there is nothing to mark.",
            status=404,
            heading="Nothing to mark yet",
        )
    return participant_id
