"""The people met in a course: who they are there, and who may be made coach or tutor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, case, select
from sqlalchemy.orm import joinedload

from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed
from lti_tool.identity import STAFF, Role, Viewer
from lti_tool.people.models import Allocation, Course, CourseMember, Participant, User
from lti_tool.people.visibility import is_current, visible_participants

# Coaches first, then staff: the usual choices stand on top of a long list.
USUAL_FIRST = case(
    {Role.COACH.value: 0, Role.TUTOR.value: 1, Role.LEAD.value: 2}, value=CourseMember.role, else_=3
)
OFFERED = 300


@dataclass(frozen=True)
class Allocated:
    """Who coaches and who tutors one participant today."""

    coach: Allocation | None
    tutors: tuple[Allocation, ...]


def members(viewer: Viewer, search: str = "") -> Select[CourseMember]:
    """The people met in the viewer's course, by name."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads see who is in the course.")
    query = (
        select(CourseMember)
        .join(CourseMember.user)
        .join(Course, Course.id == CourseMember.course_id)
        .where(Course.id == viewer.course_id, Course.provider_id == viewer.provider_id)
        .options(joinedload(CourseMember.user))
        .order_by(User.name, User.id)
    )
    return query.where(User.name.icontains(search, autoescape=True)) if search else query


def candidates(viewer: Viewer, participant: Participant) -> list[CourseMember]:
    """The people of the course who could be this participant's coach or tutor."""
    query = members(viewer).where(CourseMember.user_id != participant.user_id)
    query = query.order_by(None).order_by(USUAL_FIRST, User.name, User.id).limit(OFFERED)
    return list(db.session.scalars(query))


def check_candidate(viewer: Viewer, user_id: int, kind: str) -> None:
    """Refuse somebody who was never met in this course, and a tutor who is no tutor here."""
    found = db.session.scalars(members(viewer).where(CourseMember.user_id == user_id)).first()
    if found is None:
        raise Invalid("Choose one of the people listed.", field="user")
    if kind == "tutor" and Role(found.role) not in STAFF:
        raise Invalid(
            f"{found.user.name} is not a tutor in this course. Choose one of its tutors.",
            field="user",
        )


def allocated_now(participant_ids: Collection[int]) -> dict[int, Allocated]:
    """Today's coach and tutors of many participants, in one query."""
    rows = db.session.scalars(
        select(Allocation)
        .where(Allocation.participant_id.in_(participant_ids), is_current())
        .options(joinedload(Allocation.user))
        .order_by(Allocation.id)
    ).all()
    return {
        participant_id: Allocated(
            next(
                (a for a in rows if a.participant_id == participant_id and a.kind == "coach"), None
            ),
            tuple(a for a in rows if a.participant_id == participant_id and a.kind == "tutor"),
        )
        for participant_id in participant_ids
    }


def periods(participant: Participant) -> list[Allocation]:
    """All allocations of a participant, the newest first."""
    return list(
        db.session.scalars(
            select(Allocation)
            .where(Allocation.participant_id == participant.id)
            .options(joinedload(Allocation.user))
            .order_by(Allocation.started_on.desc(), Allocation.id.desc())
        )
    )


def participants_of_users(viewer: Viewer, user_ids: Collection[int]) -> dict[int, Participant]:
    """The participant records, among those the viewer may see, behind some users."""
    query = visible_participants(viewer).where(Participant.user_id.in_(user_ids))
    return {found.user_id: found for found in db.session.scalars(query)}
