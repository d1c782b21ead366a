"""The list of evidence: filtered and paged in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, not_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from lti_tool.db import db
from lti_tool.evidence.closed import is_closed_attempt
from lti_tool.evidence.facts import is_current
from lti_tool.evidence.items import visible_items
from lti_tool.evidence.models import (
    Attempt,
    AttemptItem,
    EvidenceItem,
    EvidenceVersion,
    StrandClaim,
)
from lti_tool.evidence.rules import State
from lti_tool.evidence.snapshot import visible_attempts
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant

PAGE = 25


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show; None or empty leaves all."""

    strand: str | None = None
    modules: tuple[str, ...] = ()
    state: str | None = None
    participant_id: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, the newest change first."""

    items: list[EvidenceItem]
    total: int
    number: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


def list_items(viewer: Viewer, filters: Filters, number: int = 1) -> Page:
    """The evidence that the viewer may see and asked for."""
    query = _filtered(viewer, filters)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = db.session.scalars(
        query.options(
            joinedload(EvidenceItem.participant).joinedload(Participant.user),
            selectinload(EvidenceItem.current).selectinload(EvidenceVersion.claims),
            selectinload(EvidenceItem.current).selectinload(EvidenceVersion.files),
        )
        .order_by(EvidenceItem.changed_at.desc(), EvidenceItem.id.desc())
        .limit(PAGE)
        .offset((max(number, 1) - 1) * PAGE)
    )
    return Page(list(found), total, max(number, 1))


def list_submissions(viewer: Viewer, filters: Filters) -> list[Attempt]:
    """The submissions that hold what was asked for, even where the evidence was withdrawn since."""
    query = (
        visible_attempts(viewer)
        .where(
            Attempt.id.in_(_submitted_with(filters).with_only_columns(Attempt.id)),
            not_(is_closed_attempt(viewer)),
        )
        .options(joinedload(Attempt.participant).joinedload(Participant.user))
        .order_by(Attempt.submitted_at.desc())
        .limit(PAGE)
    )
    if filters.participant_id is not None:
        query = query.where(Attempt.participant_id == filters.participant_id)
    return list(db.session.scalars(query))


def submissions_of(viewer: Viewer, item: EvidenceItem) -> dict[int, Attempt]:
    """Which versions of an item were handed in, by their number."""
    rows = db.session.execute(
        select(EvidenceVersion.number, Attempt)
        .join(AttemptItem, AttemptItem.version_id == EvidenceVersion.id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(
            EvidenceVersion.item_id == item.id,
            Attempt.id.in_(visible_attempts(viewer).with_only_columns(Attempt.id)),
        )
        .order_by(Attempt.id)
    )
    found: dict[int, Attempt] = {}
    for number, attempt in rows:
        found[number] = attempt
    return found


def submittable_items(viewer: Viewer, participant: Participant) -> list[EvidenceItem]:
    """What a participant may put into a submission: all that is not withdrawn, oldest first."""
    return list(
        db.session.scalars(
            visible_items(viewer)
            .where(
                EvidenceItem.participant_id == participant.id,
                EvidenceItem.state != State.WITHDRAWN,
            )
            .options(
                joinedload(EvidenceItem.author),
                selectinload(EvidenceItem.current).selectinload(EvidenceVersion.claims),
                selectinload(EvidenceItem.current).selectinload(EvidenceVersion.files),
                selectinload(EvidenceItem.current).selectinload(EvidenceVersion.attestations),
            )
            .order_by(EvidenceItem.id)
        )
    )


def _filtered(viewer: Viewer, filters: Filters) -> Select[Any]:
    query = visible_items(viewer)
    if filters.state:
        query = query.where(EvidenceItem.state == filters.state)
    if filters.participant_id is not None:
        query = query.where(EvidenceItem.participant_id == filters.participant_id)
    if filters.strand or filters.modules:
        # The same versions that coverage counts, so that a cell leads to what it was made of.
        query = query.where(
            or_(
                EvidenceItem.id.in_(_current_with(filters)),
                EvidenceItem.id.in_(_submitted_with(filters)),
            )
        )
    return query


def _current_with(filters: Filters) -> Select[Any]:
    found = select(EvidenceVersion.item_id).join(EvidenceItem, is_current())
    if filters.modules:
        found = found.where(EvidenceVersion.module_code.in_(filters.modules))
    return _with_strand(found, filters)


def _submitted_with(filters: Filters) -> Select[Any]:
    found = (
        select(EvidenceVersion.item_id)
        .join(AttemptItem, AttemptItem.version_id == EvidenceVersion.id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
    )
    if filters.modules:
        found = found.where(Attempt.module_code.in_(filters.modules))
    return _with_strand(found, filters)


def _with_strand(found: Select[Any], filters: Filters) -> Select[Any]:
    if not filters.strand:
        return found
    return found.join(StrandClaim, StrandClaim.version_id == EvidenceVersion.id).where(
        StrandClaim.strand == filters.strand
    )
