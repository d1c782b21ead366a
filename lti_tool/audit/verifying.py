"""Prove that the sealed trail is as it was sealed. Reads everything and changes nothing.

One segment is held in memory at a time, however long the trail is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import func, select

from lti_tool.audit.digests import FIRST, Event, Segment, event_digest, segment_digest
from lti_tool.audit.models import AuditEvent, AuditSeal, SealedEvent
from lti_tool.audit.sealing import COLUMNS, sealed_floor, unsealed
from lti_tool.db import begin_as_reader, db

SEALS_AT_ONCE = 100


class Problem(StrEnum):
    """What can be wrong with a trail."""

    ALTERED = "altered"
    MISSING = "missing"
    ADDED = "added"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where."""

    problem: Problem
    sentence: str
    provider_id: int | None = None
    seal: int | None = None
    event_id: int | None = None


@dataclass(slots=True)
class Progress:
    """How far a reading has come, and where each chain ended: its last number and hash."""

    seals: int = 0
    events: int = 0
    waiting: int = 0
    ends: dict[int | None, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Member:
    """An event as its segment names it, and as it is now."""

    event_id: int
    sha256: str
    event: Event | None


def verify(progress: Progress, *, expected: Collection[str] = ()) -> Iterator[Finding]:
    """Compute every seal again and tell what differs. `expected`: hashes that were kept elsewhere.

    A trail that was cut off at its end, seals and all, is whole in itself: only a kept hash tells.
    """
    begin_as_reader()
    floor, last_id = sealed_floor(), 0
    while seals := _seals_after(last_id):
        for seal_id, segment, digest in seals:
            members = _members_of(seal_id)
            before = progress.ends.get(segment.provider_id, (0, FIRST))
            yield from check(segment, digest, members, before)
            progress.ends[segment.provider_id] = (segment.number, digest)
            progress.seals += 1
            progress.events += len(members)
            last_id = seal_id
    yield from _slipped_in(floor)
    yield from _unknown(expected)
    waiting = select(func.count()).select_from(AuditEvent).where(AuditEvent.id > floor, unsealed())
    progress.waiting = db.session.scalar(waiting) or 0
    db.session.rollback()


def check(
    segment: Segment, digest: str, members: list[Member], before: tuple[int, str]
) -> Iterator[Finding]:
    """What is wrong with one segment, of which `before` ended the chain."""
    place = (segment.provider_id, segment.number)
    if (segment.number - 1, segment.previous) != before:
        sentence = f"Segment {segment.number} does not follow on segment {before[0]}."
        yield Finding(Problem.BROKEN, sentence, *place)
    difference = len(members) - segment.events
    if difference:
        problem = Problem.ADDED if difference > 0 else Problem.MISSING
        sentence = f"Segment {segment.number} has {len(members)} events, not {segment.events}."
        yield Finding(problem, sentence, *place)
    elif segment_digest(segment, [(each.event_id, each.sha256) for each in members]) != digest:
        sentence = f"Segment {segment.number} is not what its seal says."
        yield Finding(Problem.ALTERED, sentence, *place)
    for each in members:
        if each.event is None:
            sentence = f"Event {each.event_id} is gone."
            yield Finding(Problem.MISSING, sentence, *place, each.event_id)
        elif event_digest(each.event) != each.sha256:
            sentence = f"Event {each.event_id} was changed."
            yield Finding(Problem.ALTERED, sentence, *place, each.event_id)


def _seals_after(last_id: int) -> list[tuple[int, Segment, str]]:
    query = (
        select(AuditSeal.id, AuditSeal.sha256, *(getattr(AuditSeal, n) for n in Segment._fields))
        .where(AuditSeal.id > last_id)
        .order_by(AuditSeal.id)
        .limit(SEALS_AT_ONCE)
    )
    return [
        (seal_id, Segment(*values), digest)
        for seal_id, digest, *values in db.session.execute(query)
    ]


def _members_of(seal_id: int) -> list[Member]:
    query = (
        select(SealedEvent.event_id, SealedEvent.sha256, *COLUMNS)
        .outerjoin(AuditEvent, AuditEvent.id == SealedEvent.event_id)
        .where(SealedEvent.seal_id == seal_id)
        .order_by(SealedEvent.event_id)
    )
    return [
        Member(event_id, digest, None if values[0] is None else Event(*values))
        for event_id, digest, *values in db.session.execute(query)
    ]


def _slipped_in(floor: int) -> Iterator[Finding]:
    """Events with an old id that came to light when the tool could not have written them."""
    query = (
        select(AuditEvent.id, AuditEvent.provider_id)
        .where(AuditEvent.id <= floor, unsealed())
        .order_by(AuditEvent.id)
        .execution_options(yield_per=1000)
    )
    for event_id, provider_id in db.session.execute(query):
        sentence = f"Event {event_id} was put among events that were sealed long before."
        yield Finding(Problem.ADDED, sentence, provider_id, None, event_id)


def _unknown(expected: Collection[str]) -> Iterator[Finding]:
    for digest in expected:
        query = select(AuditSeal.id).where(AuditSeal.sha256 == digest.strip().lower())
        if db.session.scalar(query) is None:
            yield Finding(Problem.UNKNOWN, f"No segment has the seal {digest}.")
