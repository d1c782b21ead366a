"""The people met in a course: who they are there, and who may be made coach or tutor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import joinedload

from lti_tool.db import db
from lti_tool.errors import Invalid, NotAllowed
from lti_tool.identity import STAFF, Role, Viewer
from lti_tool.people.models import Allocation, Course, CourseMember, Participant, RosterSync, User
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


def members(viewer: Viewer, search: str = "", *, left: bool = False) -> Select[CourseMember]:
    """The people of the viewer's course, by name; or those who have left it."""
    if not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads see who is in the course.")
    query = (
        select(CourseMember)
        .join(CourseMember.user)
        .join(Course, Course.id == CourseMember.course_id)
        .where(
            Course.id == viewer.course_id,
            Course.provider_id == viewer.provider_id,
            CourseMember.left_at.is_not(None) if left else CourseMember.left_at.is_(None),
        )
        .options(joinedload(CourseMember.user))
        .order_by(User.name, User.id)
    )
    return query.where(User.name.icontains(search, autoescape=True)) if search else query


def count_left(viewer: Viewer) -> int:
    """How many people have left the viewer's course."""
    query = members(viewer, left=True).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(query)) or 0


def latest_syncs(viewer: Viewer) -> tuple[RosterSync | None, RosterSync | None]:
    """The newest reading of the course's roster, and the newest that came to a good end."""
    syncs = (
        select(RosterSync)
        .join(RosterSync.course)
        .where(Course.id == viewer.course_id, Course.provider_id == viewer.provider_id)
        .order_by(RosterSync.id.desc())
        .limit(1)
    )
    newest = db.session.scalars(syncs).one_or_none()
    return newest, db.session.scalars(syncs.where(RosterSync.state == "done")).one_or_none()


def candidates(viewer: Viewer, participant: Participant) -> list[CourseMember]:
    """The people of the course who could be this participant's coach or tutor."""
    query = members(viewer).where(
        CourseMember.user_id != participant.user_id, CourseMember.is_test_user.is_(False)
    )
    query = query.order_by(None).order_by(USUAL_FIRST, User.name, User.id).limit(OFFERED)
    return list(db.session.scalars(query))


def check_candidate(viewer: Viewer, user_id: int, kind: str) -> None:
    """Refuse somebody who is not in this course, and a tutor who is no tutor here."""
    chosen = members(viewer).where(
        CourseMember.user_id == user_id, CourseMember.is_test_user.is_(False)
    )
    found = db.session.scalars(chosen).first()
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
