"""Fellow participants whom a participant may know of already, and of whom a name is shown."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, or_, select

from lti_tool.clock import today
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import CourseMember, Origin, Participant, SchoolPeriod, User
from lti_tool.people.states import LIVE


def colleagues(viewer: Viewer) -> Select[Participant, str]:
    """Participants who share a course or a school with the viewer today, with their names.

    Their VLE or their staff room has told the viewer that these people are there. It is no key to
    their records: those begin with `visible_participants`, which names nobody but the viewer.
    """
    return (
        select(Participant, User.name)
        .join(User, User.id == Participant.user_id)
        .where(
            Participant.provider_id == viewer.provider_id,
            Participant.origin != Origin.MISTAKEN.value,
            Participant.state.in_(LIVE),
            Participant.user_id != viewer.user_id,
            or_(_in_my_courses(viewer), _in_my_schools(viewer)),
        )
        .order_by(User.name, Participant.id)
    )


def _in_my_courses(viewer: Viewer) -> ColumnElement[bool]:
    takes_part = (
        CourseMember.role == Role.PARTICIPANT.value,
        CourseMember.left_at.is_(None),
        CourseMember.is_test_user.is_(False),
    )
    mine = select(CourseMember.course_id).where(CourseMember.user_id == viewer.user_id, *takes_part)
    return Participant.user_id.in_(
        select(CourseMember.user_id).where(CourseMember.course_id.in_(mine), *takes_part)
    )


def _in_my_schools(viewer: Viewer) -> ColumnElement[bool]:
    now_there = (
        SchoolPeriod.started_on <= today(),
        or_(SchoolPeriod.ended_on.is_(None), SchoolPeriod.ended_on > today()),
    )
    mine = (
        select(SchoolPeriod.school_id)
        .join(Participant, Participant.id == SchoolPeriod.participant_id)
        .where(Participant.user_id == viewer.user_id, *now_there)
    )
    return Participant.id.in_(
        select(SchoolPeriod.participant_id).where(SchoolPeriod.school_id.in_(mine), *now_there)
    )
