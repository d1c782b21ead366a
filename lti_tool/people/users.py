"""Users as launches bring them: create or refresh the person, and what they are in this course."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, exists, or_, select

from lti_tool.audit.record import record
from lti_tool.clock import now, today
from lti_tool.db import bring_up_to_date, db
from lti_tool.identity import Role, Viewer
from lti_tool.people import programmes
from lti_tool.people.candidate_numbers import new_number
from lti_tool.people.models import (
    Allocation,
    Course,
    CourseMember,
    Origin,
    Participant,
    PlatformIdentity,
    User,
)


@dataclass(frozen=True)
class Arrival:
    """Who a verified launch says is coming: `subject` is the platform's id for them."""

    subject: str
    name: str | None
    email: str | None
    role: Role | None  # None: the platform sent no role that we know


def admit(arrival: Arrival, course: Course, *, as_coach: bool) -> Viewer:
    """The viewer that a launch makes, with the user, member and participant rows behind it.

    `as_coach`: the link that was opened is one for coaches. Moodle calls a coach a Learner, so the
    link and the tool's own allocations decide.
    """
    met = _find_met(arrival, course)
    user = _ensure_user(met, arrival, course)
    role = _role_of(user, met, arrival.role, as_coach=as_coach)
    _ensure_member(met, user, course, role)
    if role is Role.PARTICIPANT:
        _ensure_participant(met, user)
    else:
        _set_aside(met)
    return Viewer(user.id, role, course.provider_id, course.id, course.registration_id)


def appoint_lead(user: User) -> None:
    """Make a member of staff the programme lead. From the next launch on they are one."""
    user.lead_since = user.lead_since or now()
    record(None, "lead.appointed", user, acted_as="operator")


def find_user_by_identity(registration_id: int, subject: str) -> User | None:
    """The user whom this platform knows under this id."""
    return db.session.scalars(
        select(User)
        .join(PlatformIdentity)
        .where(
            PlatformIdentity.registration_id == registration_id,
            PlatformIdentity.subject == subject,
        )
    ).one_or_none()


def users_of_subjects(registration_id: int, subjects: Collection[str]) -> list[int]:
    """The ids of those among a platform's people whom the tool knows."""
    query = select(PlatformIdentity.user_id).where(
        PlatformIdentity.registration_id == registration_id,
        PlatformIdentity.subject.in_(subjects),
    )
    return list(db.session.scalars(query))


def subject_on_platform(user_id: int, registration_id: int) -> str | None:
    """How a platform names a user, for messages to its services."""
    return db.session.scalars(
        select(PlatformIdentity.subject)
        .where(
            PlatformIdentity.user_id == user_id,
            PlatformIdentity.registration_id == registration_id,
        )
        .order_by(PlatformIdentity.id.desc())
    ).first()


def members_with_role(course_id: int, role: Role) -> list[User]:
    """People met in a course in this role, by name."""
    return list(
        db.session.scalars(
            select(User)
            .join(CourseMember, CourseMember.user_id == User.id)
            .where(CourseMember.course_id == course_id, CourseMember.role == role.value)
            .order_by(User.name, User.id)
        )
    )


def names_of(user_ids: Collection[int]) -> list[str]:
    """What these people are called, in order."""
    return list(
        db.session.scalars(select(User.name).where(User.id.in_(user_ids)).order_by(User.name))
    )


@dataclass(frozen=True)
class _Met:
    """What is stored of somebody who arrives."""

    user: User | None = None
    member: CourseMember | None = None
    participant: Participant | None = None
    coaches_somebody: bool = False

    @property
    def is_participant(self) -> bool:
        """Whether a launch has ever shown it; a roster may mislead (Moodle lists all as such)."""
        return self.participant is not None and self.participant.origin == Origin.LAUNCH.value


# One query, and built once: it is part of every launch.
MET = (
    select(
        User,
        CourseMember,
        Participant,
        exists().where(
            Allocation.user_id == User.id,
            Allocation.kind == "coach",
            or_(Allocation.ended_on.is_(None), Allocation.ended_on > bindparam("today")),
        ),
    )
    .join(PlatformIdentity, PlatformIdentity.user_id == User.id)
    .outerjoin(
        CourseMember,
        and_(CourseMember.user_id == User.id, CourseMember.course_id == bindparam("course_id")),
    )
    .outerjoin(Participant, Participant.user_id == User.id)
    .where(
        PlatformIdentity.registration_id == bindparam("registration_id"),
        PlatformIdentity.subject == bindparam("subject"),
    )
)


def _find_met(arrival: Arrival, course: Course) -> _Met:
    asked = {
        "registration_id": course.registration_id,
        "subject": arrival.subject,
        "course_id": course.id,
        "today": today(),
    }
    found = db.session.execute(MET, asked).one_or_none()
    return _Met(*found) if found else _Met()


def _ensure_user(met: _Met, arrival: Arrival, course: Course) -> User:
    user = met.user
    if user is None:
        user = User(
            provider_id=course.provider_id,
            name=arrival.name or arrival.email or f"Person {arrival.subject[-6:]}",
            email=arrival.email,
            created_at=now(),
        )
        user.identities.append(
            PlatformIdentity(registration_id=course.registration_id, subject=arrival.subject)
        )
        db.session.add(user)
        db.session.flush()
        record(None, "user.created", user)
    else:
        name, email = arrival.name or user.name, arrival.email or user.email
        bring_up_to_date(user, name=name, email=email)
    return user


def _role_of(user: User, met: _Met, sent: Role | None, *, as_coach: bool) -> Role:
    if sent in {Role.TUTOR, Role.LEAD}:
        return Role.LEAD if user.lead_since else sent
    if sent is Role.COACH:
        return Role.COACH
    if met.is_participant:
        # One who coaches nobody has only opened the wrong link.
        is_coach = as_coach and met.coaches_somebody
    else:
        is_coach = as_coach or met.coaches_somebody
    return Role.COACH if is_coach else Role.PARTICIPANT


def _ensure_member(met: _Met, user: User, course: Course, role: Role) -> None:
    member = met.member
    if member is None:
        member = CourseMember(course_id=course.id, user_id=user.id)
        db.session.add(member)
    elif member.role == Role.PARTICIPANT.value and role is Role.COACH:
        # A participant who opens the coaches' link is still a participant to their tutor.
        role = Role.PARTICIPANT if met.is_participant else role
    bring_up_to_date(
        member,
        role=role.value,
        source=Origin.LAUNCH.value,
        last_launch_at=now(),
        absent_count=0,
        left_at=None,
    )


def _ensure_participant(met: _Met, user: User) -> None:
    if met.participant is not None:
        bring_up_to_date(met.participant, origin=Origin.LAUNCH.value)
        return
    participant = Participant(
        provider_id=user.provider_id,
        user_id=user.id,
        programme_version_id=programmes.newest_version(user.provider_id).id,
        candidate_number=new_number(user.provider_id),
        enrolled_on=today(),
    )
    db.session.add(participant)
    record(None, "participant.enrolled", participant, participant_id=None)


def _set_aside(met: _Met) -> None:
    """A record that only a roster made, of somebody who turns out to be coach or tutor."""
    found = met.participant
    if found is not None and found.origin == Origin.ROSTER.value:
        found.origin = Origin.MISTAKEN.value
        record(None, "participant.set_aside", found, participant_id=found.id)
