"""Courses' rosters are read from their VLEs, by hand and once a day, and applied when whole.

Rows say what is to be read; a lease says who reads. Pages are staged as they come, each in a
transaction of its own, and applied in one at the end: a roster that breaks off changes nothing.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.errors import DomainError, NotAllowed, NotFound, Refused
from lti_tool.identity import Viewer
from lti_tool.jobs import wake_after_commit
from lti_tool.launch.memberships import Member, RosterIncomplete, fetch_pages
from lti_tool.launch.models import CourseServices, Registration
from lti_tool.launch.platform import Peer, PlatformUnreachable, TokenRefused, peer_of
from lti_tool.launch.roles import TEST_USER, load_roles
from lti_tool.logs import get_logger
from lti_tool.people import roster_changes
from lti_tool.people.models import Course, CourseMember, RosterSync
from lti_tool.people.roster_changes import Listed

log = get_logger(__name__)

JOB = "rosters"
# Each page renews it. A page may take two tokens and two calls of a minute each.
LEASE_LIFE = timedelta(minutes=5)
MOST_TRIES = 3
EVERY = timedelta(days=1)
AT_ONCE = 20  # courses whose day is over that one round asks for; there is a round each minute
IN_USE = timedelta(days=90)  # a course that nobody opens any more is left alone
KEPT = timedelta(days=90)

DISABLED = "This platform is disabled in the tool, so its list of people is not read."
NO_SERVICE = (
    "The VLE has not told the tool where this course's list of people is. Its administrator can "
    "let the tool use names and roles."
)
EMPTY = "The VLE sent a list with nobody in it, which cannot be right. Nothing was changed."
LATER = "The VLE does not let the tool in just now. Nothing was changed. Try again later."
MISTAKE = "The tool made a mistake while reading the list of people. Nothing was changed."
BROKE_OFF = "The reading broke off several times. Nothing was changed."


class LeaseLost(Exception):
    """Somebody else reads this roster now; nothing more may be written."""


def request_sync(viewer: Viewer | None, course_id: int) -> RosterSync:
    """Ask for a course's roster to be read; the one that is waiting or in hand, where there is one.

    `viewer` is None for the operator and the daily round.
    """
    course = db.session.get(Course, course_id)
    if course is None or (viewer is not None and viewer.course_id != course_id):
        raise NotFound("There is no such course.")
    if viewer is not None and not viewer.is_staff:
        raise NotAllowed("Only tutors and programme leads update who is in the course.")
    services = db.session.get(CourseServices, course_id)
    if services is None or not services.memberships_url:
        raise Refused(NO_SERVICE)
    wake_after_commit(JOB)
    sync = _find_open(course_id)
    if sync is not None:
        return sync
    try:
        with db.session.begin_nested():
            sync = RosterSync(course_id=course_id, requested_at=now())
            db.session.add(sync)
    except IntegrityError:  # somebody else asked at this moment
        sync = _find_open(course_id)
        assert sync is not None
        return sync
    record(viewer, "roster_sync.requested", sync)
    return sync


def sync_due(*, life: timedelta = LEASE_LIFE) -> datetime | None:
    """Read what is due; tells when a lease runs out. The handler of the "rosters" job."""
    _request_daily()
    read_requested(life=life)
    begin_as_writer()
    until = db.session.scalar(
        select(func.min(RosterSync.lease_until)).where(RosterSync.state == "running")
    )
    db.session.rollback()
    return until


def read_requested(*, life: timedelta = LEASE_LIFE) -> None:
    """Read the rosters that were asked for, one after the other; several may do so at once."""
    while (claimed := _claim(life)) is not None:
        sync_id, lease = claimed
        try:
            _sync(sync_id, lease, life)
        except LeaseLost:
            db.session.rollback()
            log.info("roster_lease_lost", sync=sync_id)


def courses_with_rosters() -> list[int]:
    """The courses whose VLE has told where their roster is."""
    return list(
        db.session.scalars(
            select(CourseServices.course_id)
            .where(CourseServices.memberships_url.is_not(None))
            .order_by(CourseServices.course_id)
        )
    )


def _find_open(course_id: int) -> RosterSync | None:
    return db.session.scalars(
        select(RosterSync).where(
            RosterSync.course_id == course_id, RosterSync.state.in_(["queued", "running"])
        )
    ).one_or_none()


def _request_daily() -> None:
    """A course in use whose roster nobody has asked for since yesterday is read again."""
    begin_as_writer()
    asked = exists().where(
        RosterSync.course_id == Course.id, RosterSync.requested_at > now() - EVERY
    )
    in_use = exists().where(
        CourseMember.course_id == Course.id, CourseMember.last_launch_at > now() - IN_USE
    )
    due = db.session.scalars(
        select(Course.id)
        .join(CourseServices, CourseServices.course_id == Course.id)
        .join(Registration, Registration.id == Course.registration_id)
        .where(
            CourseServices.memberships_url.is_not(None),
            Registration.disabled_at.is_(None),
            ~asked,
            in_use,
        )
        .order_by(Course.id)
        .limit(AT_ONCE)
    ).all()
    for course_id in due:
        request_sync(None, course_id)
    db.session.commit()


def _claim(life: timedelta) -> tuple[int, str] | None:
    """Take one that waits, or whose reader was killed; a reading begins from the start."""
    begin_as_writer()
    left = and_(RosterSync.state == "running", RosterSync.lease_until <= now())
    sync = db.session.scalars(
        select(RosterSync)
        .where(or_(RosterSync.state == "queued", left))
        .order_by(RosterSync.requested_at, RosterSync.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if sync is None:
        db.session.rollback()
        return None
    lease = secrets.token_hex(16)
    sync.state, sync.lease, sync.lease_until = "running", lease, now() + life
    sync.started_at, sync.pages, sync.seen = now(), 0, 0
    sync.tries += 1
    sync_id = sync.id
    roster_changes.unstage(sync_id)
    db.session.commit()
    return sync_id, lease


def _sync(sync_id: int, lease: str, life: timedelta) -> None:
    try:
        _read(sync_id, lease, life)
        _apply(sync_id, lease, life)
    except LeaseLost:
        raise
    except Exception as trouble:
        db.session.rollback()
        _hold(sync_id, lease, state="failed", sentence=_sentence(trouble, sync_id))
        _settle(sync_id)


def _sentence(trouble: Exception, sync_id: int) -> str:
    match trouble:
        case TokenRefused(permanent=False):
            return LATER
        case TokenRefused() | PlatformUnreachable():
            return f"{trouble.sentence} Nothing was changed."
        case RosterIncomplete() | DomainError():
            return trouble.sentence
    log.error("roster_sync_failed", sync=sync_id, exc_info=trouble)
    return MISTAKE


def _read(sync_id: int, lease: str, life: timedelta) -> None:
    """Stage page after page; no transaction is open while the VLE is asked."""
    peer, url, context = _whom_to_ask(sync_id)
    seen = 0
    for number, page in enumerate(fetch_pages(peer, url, context), 1):
        seen += len(page)
        _hold(sync_id, lease, lease_until=now() + life, pages=number, seen=seen)
        roster_changes.stage(sync_id, [_listed(member) for member in page])
        db.session.commit()
    if not seen:
        raise RosterIncomplete(EMPTY)


def _whom_to_ask(sync_id: int) -> tuple[Peer, str, str]:
    begin_as_writer()
    sync = db.session.get_one(RosterSync, sync_id)
    registration = db.session.get_one(Registration, sync.course.registration_id)
    services = db.session.get(CourseServices, sync.course_id)
    url = services.memberships_url if services else None
    asked = peer_of(registration), url or "", sync.course.context
    tries, is_disabled = sync.tries, registration.disabled_at is not None
    db.session.rollback()
    if tries > MOST_TRIES:
        raise RosterIncomplete(BROKE_OFF)
    if is_disabled or not url:
        raise RosterIncomplete(DISABLED if is_disabled else NO_SERVICE)
    return asked


def _apply(sync_id: int, lease: str, life: timedelta) -> None:
    try:
        _apply_once(sync_id, lease, life)
    except IntegrityError:  # somebody whom the roster brings launched at this very moment
        db.session.rollback()
        _apply_once(sync_id, lease, life)


def _apply_once(sync_id: int, lease: str, life: timedelta) -> None:
    _hold(sync_id, lease, lease_until=now() + life)
    sync = db.session.get_one(RosterSync, sync_id, populate_existing=True)
    changes = roster_changes.apply_staged(sync)
    _hold(sync_id, lease, state="done", **vars(changes))
    _settle(sync_id)


def _settle(sync_id: int) -> None:
    """The end of a reading, whatever came of it."""
    sync = db.session.get_one(RosterSync, sync_id, populate_existing=True)
    sync.finished_at, sync.lease, sync.lease_until = now(), None, None
    roster_changes.unstage(sync_id)
    old = and_(RosterSync.course_id == sync.course_id, RosterSync.finished_at < now() - KEPT)
    db.session.execute(delete(RosterSync).where(old))
    event = "roster_sync.applied" if sync.state == "done" else "roster_sync.failed"
    record(None, event, sync, seen=sync.seen, departed=sync.departed)
    log.info("roster_sync", sync=sync_id, state=sync.state, pages=sync.pages, seen=sync.seen)
    db.session.commit()


def _hold(sync_id: int, lease: str, **changes: Any) -> None:
    """Write as long as this lease is ours. Raises LeaseLost."""
    begin_as_writer()
    held = db.session.execute(
        update(RosterSync)
        .where(RosterSync.id == sync_id, RosterSync.lease == lease, RosterSync.state == "running")
        .values(**changes)
        .execution_options(synchronize_session=False)
    )
    if held.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLost


def _listed(member: Member) -> Listed:
    return Listed(
        subject=member.user_id,
        name=member.name,
        email=member.email,
        role=load_roles().role_of(member.roles),
        is_test_user=TEST_USER in member.roles,
    )
