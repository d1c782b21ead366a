"""Who may see whom: the one answer, from which every read of a participant starts."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select, true, union
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import set_committed_value

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.errors import NotFound
from lti_tool.identity import LinkHolder, Role, Viewer
from lti_tool.people.models import (
    Allocation,
    CourseMember,
    Origin,
    Participant,
    ProgrammeVersion,
    SchoolPeriod,
)
from lti_tool.people.states import LIVE

# Built once: every page of a participant begins with it, and most ask for the programme next. No
# option of joined loading: it would stay with the row, and PostgreSQL locks no row with a join.
OWN = (
    select(Participant, ProgrammeVersion)
    .join(ProgrammeVersion, ProgrammeVersion.id == Participant.programme_version_id)
    .where(Participant.user_id == bindparam("user_id"))
)

# Not the participant of the surrounding query. Each new alias learns its columns from the start.
MET, OWN_RECORD = aliased(Participant), aliased(Participant)


def visible_participants(viewer: Viewer) -> Select[Participant]:
    """The participants this viewer may see, in no order.

    A participant sees themself; a coach sees those allocated to them today, of whom the VLE may
    have named only some; a tutor those allocated to them and, unless they are on the programme
    themselves, those met in the course where they are Instructor; a lead all of the provider.
    """
    return select(Participant).where(
        Participant.provider_id == viewer.provider_id,
        Participant.origin != Origin.MISTAKEN.value,
        _may_see(viewer),
    )


def participants_of_school(holder: LinkHolder) -> Select[Participant, SchoolPeriod]:
    """The participants whom a head teacher may see, in no order: those who teach at the school now.

    Each with their main post there. What of them may be seen is little: see `head_teachers.py`.
    """
    if holder.kind != "head":
        raise NotFound("This link shows no school.")
    return (
        select(Participant, SchoolPeriod)
        .join(SchoolPeriod, SchoolPeriod.participant_id == Participant.id)
        .where(
            SchoolPeriod.school_id == holder.school_id,
            SchoolPeriod.kind == "main",
            SchoolPeriod.started_on <= today(),
            or_(SchoolPeriod.ended_on.is_(None), SchoolPeriod.ended_on > today()),
            Participant.provider_id == holder.provider_id,
            Participant.origin != Origin.MISTAKEN.value,
            Participant.state.in_(LIVE),
        )
    )


def find_participant(viewer: Viewer, participant_id: int) -> Participant | None:
    """One participant whom the viewer may see, or None."""
    return db.session.scalars(
        visible_participants(viewer).where(Participant.id == participant_id)
    ).one_or_none()


def get_participant(viewer: Viewer, participant_id: int) -> Participant:
    """One participant; whom the viewer may not see does not exist."""
    found = find_participant(viewer, participant_id)
    if found is None:
        raise NotFound("There is no such participant among those you may see.")
    return found


def get_own_participant(viewer: Viewer) -> Participant:
    """The viewer's own record as a participant."""
    found = db.session.execute(OWN, {"user_id": viewer.user_id}).one_or_none()
    if found is None:
        raise NotFound("You are not a participant on the programme.")
    participant, version = found
    set_committed_value(participant, "programme_version", version)
    return participant


def current_allocation(participant_id: int, user_id: int, kind: str) -> Allocation | None:
    """The allocation that makes this user the coach or tutor of a participant today."""
    return db.session.scalars(
        select(Allocation)
        .where(
            Allocation.participant_id == participant_id,
            Allocation.user_id == user_id,
            Allocation.kind == kind,
            is_current(),
        )
        .order_by(Allocation.id.desc())
    ).first()


def _may_see(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.role is Role.PARTICIPANT:
        return Participant.user_id == viewer.user_id
    if viewer.role is Role.COACH:
        return and_(Participant.id.in_(_allocated(viewer, "coach")), _in_scope(viewer))
    if viewer.role is Role.TUTOR:
        # One set of ids: of two conditions joined by OR a database asks for everybody.
        return Participant.id.in_(union(_allocated(viewer, "tutor"), _in_course(viewer)))
    return Participant.provider_id == viewer.provider_id


def _allocated(viewer: Viewer, kind: str) -> Select[int]:
    return select(Allocation.participant_id).where(
        Allocation.user_id == viewer.user_id, Allocation.kind == kind, is_current()
    )


def _in_scope(viewer: Viewer) -> ColumnElement[bool]:
    return true() if viewer.scope is None else Participant.user_id.in_(viewer.scope)


def is_current() -> ColumnElement[bool]:
    """Whether an allocation counts today: it has begun and has not ended."""
    return and_(
        Allocation.started_on <= today(),
        or_(Allocation.ended_on.is_(None), Allocation.ended_on > today()),
    )


def _in_course(viewer: Viewer) -> Select[int]:
    """Whom a tutor meets in the course, unless they take part in the programme themselves.

    Teachers may run courses of their own in the same VLE, and enrol a colleague there. Staff who
    once opened a course as a student have nobody allocated to them.
    """
    takes_part = exists().where(
        OWN_RECORD.user_id == viewer.user_id,
        OWN_RECORD.state.in_(LIVE),
        Allocation.participant_id == OWN_RECORD.id,
    )
    return (
        select(MET.id)
        .join(CourseMember, CourseMember.user_id == MET.user_id)
        .where(
            CourseMember.course_id == viewer.course_id,
            CourseMember.role == Role.PARTICIPANT.value,
            ~takes_part,
        )
    )
