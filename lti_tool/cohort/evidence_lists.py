"""Short lists of evidence for the pages about people; the whole list is the evidence page."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from lti_tool.db import db
from lti_tool.evidence.items import visible_items
from lti_tool.evidence.models import EvidenceItem, EvidenceVersion
from lti_tool.evidence.rules import State
from lti_tool.identity import Viewer
from lti_tool.people.models import Participant

LATEST = 5


def latest(viewer: Viewer, participant_id: int, count: int = LATEST) -> list[EvidenceItem]:
    """The newest evidence about one participant."""
    return _all(
        _about(viewer, participant_id)
        .order_by(EvidenceItem.changed_at.desc(), EvidenceItem.id.desc())
        .limit(count)
    )


def of_module(viewer: Viewer, participant_id: int, code: str) -> list[EvidenceItem]:
    """What would go into a module's bundle, the oldest first."""
    return _all(
        _about(viewer, participant_id)
        .join(EvidenceItem.current)
        .where(EvidenceVersion.module_code == code)
        .order_by(EvidenceVersion.activity_on, EvidenceItem.id)
    )


def asked(viewer: Viewer, participant_ids: Collection[int]) -> list[EvidenceItem]:
    """What waits for a coach's answer, the longest wait first."""
    return _all(
        visible_items(viewer)
        .where(
            EvidenceItem.participant_id.in_(participant_ids),
            EvidenceItem.state == State.REQUESTED,
        )
        .options(joinedload(EvidenceItem.participant).joinedload(Participant.user))
        .order_by(EvidenceItem.requested_at, EvidenceItem.id)
    )


def _about(viewer: Viewer, participant_id: int) -> Select[EvidenceItem]:
    return visible_items(viewer).where(
        EvidenceItem.participant_id == participant_id, EvidenceItem.state != State.WITHDRAWN
    )


def _all(query: Select[EvidenceItem]) -> list[EvidenceItem]:
    with_content = joinedload(EvidenceItem.current).selectinload(EvidenceVersion.claims)
    return list(db.session.scalars(query.options(with_content)))
