"""Whether somebody is to know whose evidence it is: those who judge it by number are not."""

from __future__ import annotations

from sqlalchemy import Select, or_, select

from lti_tool.db import db
from lti_tool.evidence.models import AttemptItem, EvidenceVersion
from lti_tool.grades.chain_models import MarkerAllocation
from lti_tool.grades.moderation_models import ModerationMember, Moderator
from lti_tool.grades.rules.chain import SECOND, THIRD
from lti_tool.identity import Viewer


def reads_by_number(viewer: Viewer, item_id: int) -> bool:
    """Whether the viewer is second or third marker, or moderator, of work with this evidence."""
    if not viewer.is_staff:
        return False
    found = items_by_number(viewer).where(EvidenceVersion.item_id == item_id)
    return bool(db.session.scalar(select(found.exists())))


def items_by_number(viewer: Viewer) -> Select[int]:
    """The ids of all such evidence."""
    return (
        select(EvidenceVersion.item_id)
        .join(AttemptItem, AttemptItem.version_id == EvidenceVersion.id)
        .where(
            or_(
                AttemptItem.attempt_id.in_(_marked_by_number(viewer)),
                AttemptItem.attempt_id.in_(moderated_by(viewer)),
            )
        )
    )


def moderated_by(viewer: Viewer) -> Select[int]:
    """The ids of the attempts in sets that the viewer was ever asked to moderate."""
    return (
        select(ModerationMember.attempt_id)
        .join(Moderator, Moderator.batch_id == ModerationMember.batch_id)
        .where(Moderator.user_id == viewer.user_id)
    )


def _marked_by_number(viewer: Viewer) -> Select[int]:
    return select(MarkerAllocation.attempt_id).where(
        MarkerAllocation.marker_id == viewer.user_id,
        MarkerAllocation.marking_role.in_([SECOND, THIRD]),
        MarkerAllocation.ended_at.is_(None),
    )
