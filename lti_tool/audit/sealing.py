"""Close the trail in segments, so that nobody can change the past unseen; docs/decisions/0045.

Nobody who adds to the trail waits for this: it reads what has settled, and adds rows of its own.
An id is given before the commit, so a lower one may come to light after a higher one was sealed; it
simply belongs to a later segment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, select
from sqlalchemy.exc import IntegrityError

from lti_tool.audit.digests import FIRST, Event, Segment, event_digest, segment_digest
from lti_tool.audit.models import AuditEvent, AuditSeal, SealedEvent
from lti_tool.clock import now
from lti_tool.db import begin_as_reader, db, restart_as_writer
from lti_tool.logs import get_logger

log = get_logger(__name__)

JOB = "seals"
SIZE = 1000
# What is younger may have neighbours that are not committed yet; they would come one segment later.
SETTLED = timedelta(minutes=10)
# A small segment waits for company, but not for longer than this.
PATIENCE = timedelta(hours=1)
# No transaction takes as long: an unsealed event from before did not come by way of the tool.
REACH = timedelta(days=1)

COLUMNS = tuple(getattr(AuditEvent, name) for name in Event._fields)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of one chain is not sealed yet."""

    provider_id: int | None
    events: int
    oldest: datetime


def seal_due() -> None:
    """The handler of the job: close what has settled and is many, or has waited long."""
    begin_as_reader()
    floor = sealed_floor()
    settled = now() - SETTLED
    for chain in list(_waiting(floor, settled)):
        if chain.events >= SIZE or chain.oldest <= now() - PATIENCE:
            _close(chain.provider_id, floor, settled)
    db.session.rollback()


def seal_all() -> int:
    """Close everything that is committed, at an operator's wish; how many events that were."""
    begin_as_reader()
    floor, until = sealed_floor(), now()
    return sum(_close(chain.provider_id, floor, until) for chain in list(_waiting(floor, until)))


def sealed_floor() -> int:
    """The id up to which nothing new can come to light."""
    newest = select(func.max(AuditSeal.sealed_at)).scalar_subquery()
    latest = db.session.scalar(select(newest))
    if latest is None:
        return 0
    query = select(func.max(AuditSeal.last_event_id)).where(AuditSeal.sealed_at < latest - REACH)
    return db.session.scalar(query) or 0


def unsealed() -> ColumnElement[bool]:
    """Events that belong to no segment."""
    return ~exists().where(SealedEvent.event_id == AuditEvent.id)


def newest_seals() -> list[AuditSeal]:
    """The last seal of every chain: what an operator keeps elsewhere."""
    begin_as_reader()
    last = select(func.max(AuditSeal.id)).group_by(AuditSeal.provider_id)
    query = select(AuditSeal).where(AuditSeal.id.in_(last))
    return list(db.session.scalars(query.order_by(AuditSeal.provider_id, AuditSeal.id)))


def _waiting(floor: int, until: datetime) -> Iterator[Waiting]:
    query = (
        select(AuditEvent.provider_id, func.count(), func.min(AuditEvent.at))
        .where(AuditEvent.id > floor, AuditEvent.at <= until, unsealed())
        .group_by(AuditEvent.provider_id)
        .order_by(AuditEvent.provider_id)
    )
    for row in db.session.execute(query):
        yield Waiting(*row)


def _close(provider_id: int | None, floor: int, until: datetime) -> int:
    """Seal one chain, a segment a transaction; another worker at the same work goes first."""
    count = 0
    while True:
        begin_as_reader()
        events = _next_events(provider_id, floor, until)
        if not events:
            return count
        segment = _next(provider_id, events)
        members = [(each.id, event_digest(each)) for each in events]
        restart_as_writer()
        try:
            _store(segment, members)
        except IntegrityError:
            db.session.rollback()
            log.info("seal_overtaken", provider=provider_id, number=segment.number)
            return count
        count, floor = count + len(events), events[-1].id
        log.info("sealed", provider=provider_id, number=segment.number, events=len(events))


def _next_events(provider_id: int | None, after: int, until: datetime) -> list[Event]:
    query = (
        select(*COLUMNS)
        .where(
            AuditEvent.provider_id.is_not_distinct_from(provider_id),
            AuditEvent.id > after,
            AuditEvent.at <= until,
            unsealed(),
        )
        .order_by(AuditEvent.id)
        .limit(SIZE)
    )
    return [Event(*row) for row in db.session.execute(query)]


def _next(provider_id: int | None, events: list[Event]) -> Segment:
    before = db.session.execute(
        select(AuditSeal.number, AuditSeal.sha256)
        .where(AuditSeal.provider_id.is_not_distinct_from(provider_id))
        .order_by(AuditSeal.number.desc())
        .limit(1)
    ).one_or_none()
    number, previous = before or (0, FIRST)
    return Segment(provider_id, number + 1, previous, len(events), events[-1].id, now())


def _store(segment: Segment, members: list[tuple[int, str]]) -> None:
    seal = AuditSeal(**segment._asdict(), sha256=segment_digest(segment, members))
    db.session.add(seal)
    db.session.flush()
    rows: list[dict[str, Any]] = [
        {"event_id": event_id, "seal_id": seal.id, "sha256": digest} for event_id, digest in members
    ]
    db.session.execute(insert(SealedEvent), rows)
    db.session.commit()
