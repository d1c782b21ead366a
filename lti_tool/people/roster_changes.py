"""A whole roster is applied to the people of a course: in constant memory, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from lti_tool.audit.record import record_each
from lti_tool.clock import now, today
from lti_tool.db import db
from lti_tool.identity import STAFF, Role
from lti_tool.people import programmes
from lti_tool.people.candidate_numbers import new_numbers
from lti_tool.people.erased import erased_among
from lti_tool.people.models import (
    Allocation,
    Course,
    CourseMember,
    Origin,
    Participant,
    PlatformIdentity,
    RosterEntry,
    RosterSync,
    User,
)

CHUNK = 500
LAUNCH_STANDS = timedelta(days=30)
ABSENCES = 2


@dataclass(frozen=True)
class Listed:
    """One person of a roster; no role where the VLE gave one that has no place in the tool."""

    subject: str
    name: str | None
    email: str | None
    role: Role | None
    is_test_user: bool


@dataclass(frozen=True)
class Changes:
    """What a whole roster brought."""

    seen: int
    joined: int
    departed: int


@dataclass(frozen=True)
class Known:
    """What a launch or an earlier roster said of a member."""

    role: Role
    source: Origin
    last_launch_at: datetime | None


def stage(sync_id: int, listed: Sequence[Listed]) -> None:
    """Keep a page until all are there. Who moves between two pages is listed twice: once counts."""
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    rows = [{"sync_id": sync_id, **vars(one)} for one in listed]
    for start in range(0, len(rows), CHUNK):
        statement = dialect.insert(RosterEntry).on_conflict_do_nothing()
        db.session.execute(statement, rows[start : start + CHUNK])


def unstage(sync_id: int) -> None:
    """Forget what was kept, when it was applied or will never be."""
    db.session.execute(delete(RosterEntry).where(RosterEntry.sync_id == sync_id))


def apply_staged(sync: RosterSync) -> Changes:
    """Bring the course up to date with all that is staged, in the transaction at hand."""
    seen = db.session.scalar(_counted(sync)) or 0
    before = db.session.scalar(_members(sync)) or 0
    for listed in _chunks(sync):
        rows = _without_erased(sync.course, listed)
        _refresh_users(rows)
        created = _create_users(sync.course, [row for row in rows if row.user_id is None])
        _write_members(sync.course, rows, created)
        _enrol(sync.course, rows, created)
    joined = (db.session.scalar(_members(sync)) or 0) - before
    departed = _note_absent(sync)
    unstage(sync.id)
    return Changes(seen, joined, departed)


def role_after(
    listed: Role, known: Known | None, *, coaches: bool, is_lead: bool, moment: datetime
) -> tuple[Role, Origin]:
    """What a person is in the course now that a roster lists them, and on whose word.

    Moodle lists non-editing teachers and coaches as learners: a launch knows better, for a month,
    and an allocation for as long as it lasts.
    """
    if known is not None and known.source is Origin.LAUNCH:
        launched = known.last_launch_at
        is_fresh = launched is not None and moment - launched < LAUNCH_STANDS
        if is_fresh or (known.role is Role.COACH and listed is Role.PARTICIPANT):
            return known.role, Origin.LAUNCH
    if is_lead and listed in STAFF:
        return Role.LEAD, Origin.ROSTER
    if coaches and listed is Role.PARTICIPANT:
        return Role.COACH, Origin.ROSTER
    return listed, Origin.ROSTER


def _chunks(sync: RosterSync) -> Iterator[Sequence[Row[Any]]]:
    """The staged people with all that is known of them, some hundreds at a time."""
    after = ""
    while True:
        rows = db.session.execute(_facts(sync, after)).all()
        if not rows:
            return
        yield rows
        after = rows[-1].subject


def _facts(sync: RosterSync, after: str) -> Any:
    entry, course = RosterEntry, sync.course
    anywhere = aliased(CourseMember)
    launched = exists().where(anywhere.user_id == User.id, anywhere.last_launch_at.is_not(None))
    allocated = exists().where(
        Allocation.user_id == User.id,
        or_(Allocation.ended_on.is_(None), Allocation.ended_on > today()),
    )
    coaches = allocated.where(Allocation.kind == "coach")
    identified = and_(
        PlatformIdentity.subject == entry.subject,
        PlatformIdentity.registration_id == course.registration_id,
    )
    here = and_(CourseMember.user_id == User.id, CourseMember.course_id == course.id)
    return (
        select(
            entry.subject,
            entry.name.label("name"),
            entry.email.label("email"),
            entry.role.label("role"),
            entry.is_test_user.label("is_test_user"),
            User.id.label("user_id"),
            User.name.label("known_name"),
            User.email.label("known_email"),
            User.lead_since,
            CourseMember.id.label("member_id"),
            CourseMember.role.label("known_role"),
            CourseMember.source,
            CourseMember.last_launch_at,
            CourseMember.absent_count,
            CourseMember.left_at,
            CourseMember.is_test_user.label("known_test_user"),
            Participant.id.label("participant_id"),
            or_(launched, allocated).label("is_known"),
            coaches.label("coaches"),
        )
        .outerjoin(PlatformIdentity, identified)
        .outerjoin(User, User.id == PlatformIdentity.user_id)
        .outerjoin(CourseMember, here)
        .outerjoin(Participant, Participant.user_id == User.id)
        .where(entry.sync_id == sync.id, entry.subject > after)
        .order_by(entry.subject)
        .limit(CHUNK)
    )


def _without_erased(course: Course, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """A roster brings nobody back whose data was erased; a launch of their own makes them new."""
    unknown = [row.subject for row in rows if row.user_id is None]
    erased = erased_among(course.registration_id, unknown)
    return [row for row in rows if row.subject not in erased or row.user_id is not None]


def _refresh_users(rows: Sequence[Row[Any]]) -> None:
    changed = [
        {"id": row.user_id, "name": name, "email": email}
        for row in rows
        if row.user_id is not None
        for name, email in [(row.name or row.known_name, row.email or row.known_email)]
        if (name, email) != (row.known_name, row.known_email)
    ]
    if changed:
        db.session.execute(update(User), changed)


def _create_users(course: Course, rows: Sequence[Row[Any]]) -> dict[str, int]:
    """Users for those nobody has met, by subject. People are never merged by e-mail."""
    new = [row for row in rows if row.role is not None]
    if not new:
        return {}
    ids = db.session.scalars(
        insert(User).returning(User.id, sort_by_parameter_order=True),
        [
            {
                "provider_id": course.provider_id,
                "name": row.name or row.email or f"Person {row.subject[-6:]}",
                "email": row.email,
                "created_at": now(),
            }
            for row in new
        ],
    ).all()
    created = {row.subject: user_id for row, user_id in zip(new, ids, strict=True)}
    db.session.execute(
        insert(PlatformIdentity),
        [
            {"user_id": user_id, "registration_id": course.registration_id, "subject": subject}
            for subject, user_id in created.items()
        ],
    )
    record_each("user.created", User.__tablename__, ids, provider_id=course.provider_id)
    return created


def _write_members(course: Course, rows: Sequence[Row[Any]], created: dict[str, int]) -> None:
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for row in rows:
        says = _says(row)
        if row.member_id is None and says:
            user_id = row.user_id or created[row.subject]
            new.append({"course_id": course.id, "user_id": user_id, **says})
        elif row.member_id is not None:
            was = {
                "role": row.known_role,
                "source": row.source,
                "is_test_user": row.known_test_user,
                "absent_count": row.absent_count,
                "left_at": row.left_at,
            }
            becomes = {**was, **says, "absent_count": 0, "left_at": None}
            if becomes != was:
                changed.append({"id": row.member_id, **becomes})
    if new:
        db.session.execute(insert(CourseMember), new)
    if changed:
        db.session.execute(update(CourseMember), changed)


def _says(row: Row[Any]) -> dict[str, Any]:
    """Role, source and mark of a member; nothing where the VLE's role has no place here."""
    if row.role is None:
        return {}
    known = None
    if row.member_id is not None:
        known = Known(Role(row.known_role), Origin(row.source), row.last_launch_at)
    role, source = role_after(
        Role(row.role),
        known,
        coaches=row.coaches,
        is_lead=row.lead_since is not None,
        moment=now(),
    )
    return {"role": role.value, "source": source.value, "is_test_user": row.is_test_user}


def _enrol(course: Course, rows: Sequence[Row[Any]], created: dict[str, int]) -> None:
    """A learner whom no launch has shown and nobody allocated may be expected as a participant."""
    user_ids = [
        row.user_id or created[row.subject]
        for row in rows
        if row.role == Role.PARTICIPANT.value
        and not (row.is_test_user or row.is_known or row.participant_id)
    ]
    if not user_ids:
        return
    version = programmes.newest_version(course.provider_id)
    numbers = new_numbers(course.provider_id, len(user_ids))
    ids = db.session.scalars(
        insert(Participant).returning(Participant.id),
        [
            {
                "provider_id": course.provider_id,
                "user_id": user_id,
                "programme_version_id": version.id,
                "candidate_number": number,
                "enrolled_on": today(),
                "origin": Origin.ROSTER.value,
            }
            for user_id, number in zip(user_ids, numbers, strict=True)
        ],
    ).all()
    kind, provider_id = Participant.__tablename__, course.provider_id
    record_each("participant.expected", kind, ids, provider_id=provider_id)


def _note_absent(sync: RosterSync) -> int:
    """Whoever two whole rosters in a row do not list has left; nobody is deleted.

    Some hundreds at a time: as one statement over all, PostgreSQL looks through the whole roster
    for each member, since it knows nothing yet of rows this new.
    """
    gone: list[int] = []
    after = 0
    while rows := db.session.execute(_current_members(sync, after)).all():
        after = rows[-1].id
        listed = set(db.session.scalars(_listed_among(sync, [row.user_id for row in rows])))
        absent = [row for row in rows if row.user_id not in listed and not _is_newer(row, sync)]
        counts = [{"id": row.id, "absent_count": row.absent_count + 1} for row in absent]
        left = [one for one in counts if one["absent_count"] >= ABSENCES]
        if counts:
            db.session.execute(update(CourseMember), counts)
        if left:
            moment = now()
            leaving = [{"id": one["id"], "left_at": moment} for one in left]
            db.session.execute(update(CourseMember), leaving)
        gone += [one["id"] for one in left]
    kind, provider_id = CourseMember.__tablename__, sync.course.provider_id
    record_each("course_member.departed", kind, gone, provider_id=provider_id)
    return len(gone)


def _current_members(sync: RosterSync, after: int) -> Any:
    member = CourseMember
    return (
        select(member.id, member.user_id, member.absent_count, member.last_launch_at)
        .where(member.course_id == sync.course_id, member.left_at.is_(None), member.id > after)
        .order_by(member.id)
        .limit(CHUNK)
    )


def _listed_among(sync: RosterSync, user_ids: list[int]) -> Any:
    return (
        select(PlatformIdentity.user_id)
        .join(RosterEntry, RosterEntry.subject == PlatformIdentity.subject)
        .where(
            RosterEntry.sync_id == sync.id,
            PlatformIdentity.registration_id == sync.course.registration_id,
            PlatformIdentity.user_id.in_(user_ids),
        )
    )


def _is_newer(row: Row[Any], sync: RosterSync) -> bool:
    """A launch since the reading began is newer than what the VLE listed."""
    began = sync.started_at
    return row.last_launch_at is not None and began is not None and row.last_launch_at >= began


def _counted(sync: RosterSync) -> Any:
    return select(func.count()).where(RosterEntry.sync_id == sync.id)


def _members(sync: RosterSync) -> Any:
    return select(func.count()).where(CourseMember.course_id == sync.course_id)
